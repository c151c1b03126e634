import SparringDatasets
import SparringExperiments
import SparringModels
import SparringPresets
import SparringRecipes
import SparringTorch
import SparringTraining

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

/// A DCGAN's sizes as every worker reads them.
struct GANSizes: Codable {
  var imageSize: Int
  var channels: Int
  var latentSize: Int
  var width: Int
  var maximumWidth: Int
}

/// The sizes of a classifier of strided convolutions as every worker reads them.
struct ClassifierSizes: Codable {
  var imageSize: Int
  var channels: Int
  var classCount: Int
  var widths: [Int]
  var leakyReLUSlope: Double
  var dropout: Double
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
  /// - Parameter sizes: nil takes the reference's.
  static func dcgan(batchSize: Int, sizes: GANSizes? = nil) throws -> Work {
    let configuration = try RunConfiguration<GAN>(preset: "cifar10-dcgan")
    return Work(
      name: "dcgan-\(batchSize)", kind: .gan, batchSize: batchSize, generator: try sizes ?? .reference(),
      learningRate: configuration.training.learningRate, beta1: configuration.options.beta1)
  }

  /// The step of the method of `demo mnist`.
  static func semiSupervised() throws -> Work {
    let configuration = try RunConfiguration<ConsistencyGAN>(preset: Presets.Demo.digits.method)
    let options = configuration.options
    return Work(
      name: "semi-supervised", kind: .semiSupervised, batchSize: options.unlabelledBatchSize,
      generator: try GANSizes(configuration.model, on: .mnist),
      classifier: try ClassifierSizes(configuration.model, on: .mnist),
      learningRate: configuration.training.learningRate, beta1: options.classifier.beta1,
      averageDecay: options.classifier.averageDecay, augmentation: configuration.augmentation, options: options)
  }

  /// The step of its baseline.
  static func supervised() throws -> Work {
    let configuration = try RunConfiguration<Supervised>(preset: Presets.Demo.digits.baseline)
    let options = configuration.options
    return Work(
      name: "supervised", kind: .supervised, batchSize: options.batchSize,
      classifier: try ClassifierSizes(configuration.model, on: .mnist),
      learningRate: configuration.training.learningRate, beta1: options.classifier.beta1,
      averageDecay: options.classifier.averageDecay, augmentation: configuration.augmentation)
  }

  static func generate() throws -> Work {
    Work(name: "generate", kind: .generate, batchSize: 500, generator: try .reference())
  }

  static func classify() throws -> Work {
    var work = try supervised()
    (work.name, work.kind, work.batchSize, work.augmentation) = ("classify", .classify, 500, .none)
    return work
  }

  static let loading = Work(name: "loading", kind: .loading, batchSize: 64, augmentation: shiftAndFlip)
  static let assembly = Work(name: "assembly", kind: .assembly, batchSize: 64, augmentation: shiftAndFlip)
  private static let shiftAndFlip = Augmentation(maximumShift: 4, horizontalFlip: true)
}

extension GANSizes {
  /// The reference DCGAN's.
  static func reference() throws -> GANSizes {
    try GANSizes(RunConfiguration<GAN>(preset: "cifar10-dcgan").model, on: .cifar10)
  }

  /// The small generator's of the demo's method.
  static func digits() throws -> GANSizes {
    try GANSizes(RunConfiguration<ConsistencyGAN>(preset: Presets.Demo.digits.method).model, on: .mnist)
  }

  fileprivate init(_ model: ModelConfiguration, on dataset: KnownDataset) throws {
    guard let family = model.generator.family as? DCGANGeneratorFamily,
      case .image(let channels, let side, _) = dataset.shape
    else { throw BenchError("the peers know DCGANs only") }
    self.init(
      imageSize: side, channels: channels, latentSize: model.generator.latentSize, width: family.width,
      maximumWidth: family.maximumWidth)
  }
}

extension ClassifierSizes {
  fileprivate init(_ model: ModelConfiguration, on dataset: KnownDataset) throws {
    guard let family = model.classifier.family as? ConvolutionalFamily, family.normalization == .batch,
      case .image(let channels, let side, _) = dataset.shape
    else { throw BenchError("the peers know convolutional classifiers with batch normalisation only") }
    self.init(
      imageSize: side, channels: channels, classCount: dataset.classNames.count, widths: family.widths,
      leakyReLUSlope: family.leakyReLUSlope, dropout: model.classifier.dropout)
  }
}
