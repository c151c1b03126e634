import SparringDatasets
import SparringModels
import SparringRecipes

/// One piece of work, described so that a worker in any language can do it; written as `work.json`.
struct Work: Codable {
  enum Kind: String, Codable {
    case gan, semiSupervised, supervised, generate, classify, loading, assembly
  }

  /// As on the command line: `dcgan-64`.
  var name: String
  var kind: Kind
  /// Images in one repetition; of real ones in a training step.
  var batchSize: Int
  var generator: DCGANConfiguration?
  var classifier: ClassifierConfiguration?
  var learningRate = 2e-4
  var beta1 = 0.5
  /// How much of the averaged classifier survives one step.
  var averageDecay = 0.99
  var augmentation = Augmentation.none
  var options: SemiSupervisedGAN.Options?

  /// The fixed latents or images that a worker gets, in batches.
  static let givenBatches = 5
}

extension Work {
  /// The reference DCGAN's step on images like CIFAR-10's.
  static func dcgan(batchSize: Int, sizes: DCGANConfiguration = DCGANConfiguration()) -> Work {
    Work(name: "dcgan-\(batchSize)", kind: .gan, batchSize: batchSize, generator: sizes)
  }

  /// The demo's classifier: what the presets `few-labels-gan` and `few-labels-supervised` share.
  private static let digits = ClassifierConfiguration(normalization: .batch)
  private static let digitAugmentation = Augmentation(maximumShift: 2, rotation: 20, scale: 0.2, shear: 0.3)
  static let digitGenerator = DCGANConfiguration(imageSize: 28, channels: 1, latentSize: 64, width: 16)

  static let semiSupervised: Work = {
    var options = SemiSupervisedGAN.Options()
    options.adversarialWeight = 0.3
    options.pseudoLabelWeight = 1
    options.pseudoLabelThreshold = 0.8
    return Work(
      name: "semi-supervised", kind: .semiSupervised, batchSize: options.unlabelledBatchSize, generator: digitGenerator,
      classifier: digits, learningRate: 2e-3, beta1: options.beta1, averageDecay: options.averageDecay,
      augmentation: digitAugmentation, options: options)
  }()

  static let supervised = Work(
    name: "supervised", kind: .supervised, batchSize: 448, classifier: digits, learningRate: 2e-3, beta1: 0.9,
    augmentation: digitAugmentation)

  static let generate = Work(
    name: "generate", kind: .generate, batchSize: 500, generator: DCGANConfiguration())

  static let classify = Work(
    name: "classify", kind: .classify, batchSize: 500, classifier: digits, learningRate: 2e-3, beta1: 0.9)

  static let loading = Work(name: "loading", kind: .loading, batchSize: 64, augmentation: shiftAndFlip)
  static let assembly = Work(name: "assembly", kind: .assembly, batchSize: 64, augmentation: shiftAndFlip)
  private static let shiftAndFlip = Augmentation(maximumShift: 4, horizontalFlip: true)
}
