import SparringDatasets
import SparringModels
import SparringRecipes
import SparringTorch

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
  /// Of a GAN, the discriminator's too.
  var generator: GANSizes?
  var classifier: ClassifierSizes?
  var learningRate = 2e-4
  var beta1 = 0.5
  /// How much of the averaged classifier survives one step.
  var averageDecay = 0.99
  var augmentation = Augmentation.none
  var options: ConsistencyGAN.Options?

  /// The fixed latents or images that a worker gets, in batches.
  static let givenBatches = 5
}

/// The reference DCGAN's sizes as every worker reads them.
struct GANSizes: Codable {
  var imageSize = 32
  var channels = 3
  var latentSize = 100
  var width = 64
  var maximumWidth = 1024
}

/// The sizes of a classifier of strided convolutions as every worker reads them.
struct ClassifierSizes: Codable {
  var imageSize = 28
  var channels = 1
  var classCount = 10
  var widths = [32, 64, 128]
  var leakyReLUSlope = 0.1
  var dropout = 0.0
}

extension Work {
  /// What Sparring's recipes are made from for this work.
  func setting(
    augmentation: Augmentation = .none, precision: Precision, seed: UInt64 = 1, device: Device = .cpu
  ) -> Setting {
    var model = ModelConfiguration()
    if let sizes = generator {
      let (width, maximum) = (sizes.width, sizes.maximumWidth)
      model.generator = GeneratorConfiguration(
        DCGANGeneratorFamily(width: width, maximumWidth: maximum), latentSize: sizes.latentSize)
      model.discriminator = TrunkConfiguration(DCGANFamily(width: width, maximumWidth: maximum))
    }
    if let sizes = classifier {
      model.classifier = TrunkConfiguration(
        ConvolutionalFamily(
          widths: sizes.widths, normalization: .batch, leakyReLUSlope: sizes.leakyReLUSlope), dropout: sizes.dropout)
    }
    let side = classifier?.imageSize ?? generator?.imageSize ?? 0
    return Setting(
      data: DataFacts(
        name: name,
        shape: .image(channels: classifier?.channels ?? generator?.channels ?? 0, height: side, width: side),
        classNames: (0..<(classifier?.classCount ?? 0)).map(String.init)),
      model: model, augmentation: augmentation, learningRate: learningRate, precision: precision, seed: seed,
      device: device)
  }

  /// The reference DCGAN's step on images like CIFAR-10's.
  static func dcgan(batchSize: Int, sizes: GANSizes = GANSizes()) -> Work {
    Work(name: "dcgan-\(batchSize)", kind: .gan, batchSize: batchSize, generator: sizes)
  }

  /// The demo's classifier: what the presets `few-labels-gan` and `few-labels-supervised` share.
  private static let digits = ClassifierSizes()
  private static let digitAugmentation = Augmentation(maximumShift: 2, rotation: 20, scale: 0.2, shear: 0.3)
  static let digitGenerator = GANSizes(imageSize: 28, channels: 1, latentSize: 64, width: 16)

  static let semiSupervised: Work = {
    var options = ConsistencyGAN.Options()
    options.adversarialWeight = 0.3
    options.pseudoLabelWeight = 1
    options.pseudoLabelThreshold = 0.8
    return Work(
      name: "semi-supervised", kind: .semiSupervised, batchSize: options.unlabelledBatchSize, generator: digitGenerator,
      classifier: digits, learningRate: 2e-3, beta1: options.classifier.beta1,
      averageDecay: options.classifier.averageDecay,
      augmentation: digitAugmentation, options: options)
  }()

  static let supervised = Work(
    name: "supervised", kind: .supervised, batchSize: 448, classifier: digits, learningRate: 2e-3, beta1: 0.9,
    augmentation: digitAugmentation)

  static let generate = Work(
    name: "generate", kind: .generate, batchSize: 500, generator: GANSizes())

  static let classify = Work(
    name: "classify", kind: .classify, batchSize: 500, classifier: digits, learningRate: 2e-3, beta1: 0.9)

  static let loading = Work(name: "loading", kind: .loading, batchSize: 64, augmentation: shiftAndFlip)
  static let assembly = Work(name: "assembly", kind: .assembly, batchSize: 64, augmentation: shiftAndFlip)
  private static let shiftAndFlip = Augmentation(maximumShift: 4, horizontalFlip: true)
}
