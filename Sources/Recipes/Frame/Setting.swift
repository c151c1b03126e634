public import SparringDatasets
public import SparringModels
public import SparringTorch

/// What a network is for. A recipe asks for roles; the configuration says what fills them.
public enum NetworkRole: String, Codable, Sendable, CaseIterable {
  /// Images to features and class logits.
  case classifier
  /// Latents to images.
  case generator
  /// Images to one logit: real or generated.
  case discriminator
}

/// The sizes of the networks that fill the roles; the sizes of images and the count of classes in them follow the data.
public struct ModelConfiguration: Codable, Sendable, Hashable {
  /// Images to class logits.
  public var classifier = ClassifierConfiguration(imageSize: 0, channels: 0, classCount: 0)
  /// Latents to images.
  public var generator = DCGANConfiguration(imageSize: 0, channels: 0)
  /// Images to one logit.
  public var discriminator = DCGANConfiguration(imageSize: 0, channels: 0)

  /// The defaults, to be changed one by one.
  public init() {}

  /// - Throws: `TorchError` naming the key whose value is out of range, whatever the data are.
  public func validate(_ roles: [NetworkRole]) throws(TorchError) {
    for role in roles {
      do throws(TorchError) {
        // Sizes of some data, since the real ones are not known yet.
        switch role {
        case .classifier:
          var sizes = classifier
          (sizes.imageSize, sizes.channels, sizes.classCount) = (32, 3, 10)
          try sizes.validate()
        case .generator, .discriminator:
          var sizes = role == .generator ? generator : discriminator
          (sizes.imageSize, sizes.channels) = (32, 3)
          try sizes.validate()
        }
      } catch {
        throw TorchError("model.\(role.rawValue): \(error.message)")
      }
    }
  }
}

/// All that a recipe is made from besides its own options: the facts of the data, the networks for its roles, and what
/// every recipe shares.
public struct Setting {
  /// What networks must know of the images.
  public let data: DataFacts
  /// Varies real images, and what a discriminator sees.
  public let augmentation: Augmentation
  /// The rate before the schedule scales it; a recipe may give a network its own.
  public let learningRate: Double
  /// The number format of convolutions and matrix products.
  public let precision: Precision
  /// Gives the weights and every later draw.
  public let seed: UInt64
  /// Where everything is computed.
  public let device: Device
  private let model: ModelConfiguration

  /// - Parameter model: The sizes of the networks; what they say of images and classes gives way to `data`.
  public init(
    data: DataFacts, model: ModelConfiguration = ModelConfiguration(), augmentation: Augmentation = .none,
    learningRate: Double = 1e-3, precision: Precision = .fp32, seed: UInt64, device: Device = .cpu
  ) {
    (self.data, self.model, self.augmentation) = (data, model, augmentation)
    (self.learningRate, self.precision, self.seed, self.device) = (learningRate, precision, seed, device)
  }

  /// A setting for networks of given sizes, without any data set at hand.
  public init(
    classifier: ClassifierConfiguration? = nil, generator: DCGANConfiguration? = nil,
    augmentation: Augmentation = .none, learningRate: Double = 1e-3, precision: Precision = .fp32, seed: UInt64,
    device: Device = .cpu
  ) {
    var model = ModelConfiguration()
    if let classifier { model.classifier = classifier }
    if let generator { (model.generator, model.discriminator) = (generator, generator) }
    let (size, channels) = (
      classifier?.imageSize ?? generator?.imageSize ?? 0, classifier?.channels ?? generator?.channels ?? 0
    )
    self.init(
      data: DataFacts(
        name: "images", shape: .image(channels: channels, height: size, width: size),
        classNames: (0..<max(0, classifier?.classCount ?? 0)).map(String.init)),
      model: model, augmentation: augmentation, learningRate: learningRate, precision: precision, seed: seed,
      device: device)
  }

  /// Draws for one purpose, apart from those for any other.
  public func random(_ purpose: String) throws(TorchError) -> RandomGenerator {
    try RandomGenerator(seed: seed, purpose: purpose, device: device)
  }

  /// A classifier with fresh weights: the same in every recipe for the same seed.
  public func classifier() throws -> ConvolutionalClassifier {
    var sizes = model.classifier
    (sizes.imageSize, sizes.channels) = try squareImage()
    sizes.classCount = data.classCount
    guard data.classCount > 1 else {
      throw TorchError("\(data.name) has \(data.classCount) classes; a classifier needs at least two to tell apart")
    }
    return try ConvolutionalClassifier(
      sizes, using: random("classifier weights"), dropoutRandom: random("dropout"))
  }

  /// A generator with fresh weights.
  public func generator() throws -> DCGANGenerator {
    try DCGANGenerator(fitted(model.generator), using: random("generator weights"))
  }

  /// A discriminator with fresh weights.
  public func discriminator() throws -> DCGANDiscriminator {
    try DCGANDiscriminator(fitted(model.discriminator), using: random("discriminator weights"))
  }

  private func fitted(_ sizes: DCGANConfiguration) throws -> DCGANConfiguration {
    var sizes = sizes
    (sizes.imageSize, sizes.channels) = try squareImage()
    return sizes
  }

  private func squareImage() throws(TorchError) -> (side: Int, channels: Int) {
    guard case .image(let channels, let height, let width) = data.shape, height == width else {
      throw TorchError("\(data.name) has \(data.shape.plural) of \(data.shape); they must be square images")
    }
    return (height, channels)
  }
}
