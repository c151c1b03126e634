public import SparringTorch

/// A kind of network with its sizes: a value that configurations hold, and from which networks are made.
///
/// A new family is one file with such a type, and one line in ``NetworkFamilies``.
public protocol NetworkFamily: Codable, Hashable, Sendable {
  /// As configurations call it, such as `convolutional`.
  static var name: String { get }
  /// The usual sizes, to be changed one by one.
  init()
  /// Everything that can be said of the sizes before the data are known.
  /// - Parameter key: Where the sizes stand, such as `model.classifier`.
  /// - Throws: ``TorchError`` that names the key and the range.
  func validate(under key: String) throws(TorchError)
}

/// A family of trunks: from examples to features, on which classifiers, discriminators and encoders stand.
public protocol TrunkFamily: NetworkFamily {
  /// A trunk with fresh weights.
  ///
  /// - Parameters:
  ///   - exampleShape: Of one example: `[C, H, W]`, or `[F]` for vectors.
  ///   - weights: Where the weights come from.
  ///   - noise: Where dropout and noise draw from while training.
  /// - Throws: ``TorchError`` for examples that the family cannot take.
  func makeTrunk(
    exampleShape: [Int], using weights: RandomGenerator, noise: RandomGenerator
  ) throws(TorchError) -> any Trunk
}

/// A family of networks that turn latents into examples.
public protocol GeneratorFamily: NetworkFamily {
  /// A body with fresh weights.
  ///
  /// - Parameters:
  ///   - exampleShape: Of one example: `[C, H, W]`, or `[F]` for vectors.
  ///   - latentSize: Numbers in one latent, a class's vector included where there are classes.
  /// - Throws: ``TorchError`` for examples that the family cannot make.
  func makeBody(exampleShape: [Int], latentSize: Int, using weights: RandomGenerator) throws(TorchError) -> any Layer
}

/// A family of networks that turn images into images of the same size.
public protocol RestorerFamily: NetworkFamily {
  /// A body with fresh weights, for images of any size.
  ///
  /// - Parameters:
  ///   - inputChannels: Of the images and of what is known of them.
  ///   - outputChannels: Of the images that are made.
  func makeBody(
    inputChannels: Int, outputChannels: Int, using weights: RandomGenerator
  ) throws(TorchError) -> any Layer
}

/// From examples to features.
public protocol Trunk: Module {
  /// The features of one example.
  var featureCount: Int { get }
  /// What suits a layer on top of the trunk.
  var head: HeadStyle { get }
  /// Features `[N, featureCount]` of examples `[N, C, H, W]` on [-1, 1] or `[N, F]`.
  ///
  /// - Parameter countsInStatistics: Whether the examples move batch normalisation's running statistics; generated ones
  ///   should not, since inference never sees them.
  func callAsFunction(_ examples: Tensor, countsInStatistics: Bool) throws -> Tensor
  /// What each layer makes of the examples, first to last: maps `[N, C, H, W]` or features `[N, F]`.
  func layers(of examples: Tensor, countsInStatistics: Bool) throws -> [Tensor]
  /// Data-dependent initialisation (Salimans and Kingma 2016, section 3): scales and shifts each layer so that its sums
  /// over these examples have mean 0 and deviation 1; a layer with batch normalisation stays, which does that in every step.
  /// - Throws: ``TorchError`` for a family that has none.
  func initialize(by examples: Tensor) throws
}

extension Trunk {
  /// The last layer alone.
  public func layers(of examples: Tensor, countsInStatistics: Bool) throws -> [Tensor] {
    [try self(examples, countsInStatistics: countsInStatistics)]
  }

  /// The features `[N, featureCount]`, of the last of the ``layers(of:countsInStatistics:)``: maps are flattened row by row,
  /// the channels of a pixel side by side.
  public func features(ofLastLayer numbers: Tensor) throws -> Tensor {
    numbers.rank == 4 ? try numbers.permuted(0, 2, 3, 1).flattened() : numbers
  }

  /// - Throws: ``TorchError``: the family has no data-dependent initialisation.
  public func initialize(by examples: Tensor) throws {
    throw TorchError(
      "data-dependent initialisation is for the \(ConvolutionalFamily.name) and \(FullyConnectedFamily.name) families")
  }

  /// A plain linear layer.
  public var head: HeadStyle { HeadStyle() }
}

/// How a linear layer on a trunk is made.
public struct HeadStyle {
  /// How its weight is rescaled before use.
  public var weightNormalization = WeightNormalization.none
  /// How its weight begins.
  public var initializer = Initializer.fanInUniform
  /// Whether a discriminator's only unit has a bias; a classifier's always do.
  public var biasesDiscriminator = true
  /// What the logits are multiplied with.
  public var scale = 1.0

  /// The usual layer, to be changed one by one.
  public init() {}

  func linear(
    _ inputs: Int, _ outputs: Int, hasBias: Bool = true, using weights: RandomGenerator
  ) throws(TorchError) -> Linear {
    try Linear(
      inputFeatures: inputs, outputFeatures: outputs, hasBias: hasBias, initializer: initializer,
      weightNormalization: weightNormalization, using: weights)
  }
}

/// How layers keep their activations on one scale.
public enum Normalization: String, NamedChoice {
  case none
  /// Batch normalisation after each layer (Ioffe and Szegedy 2015).
  case batch
  /// Weight normalisation (Salimans and Kingma 2016): the examples of a batch do not see each other, so real and
  /// generated ones may share a pass.
  case weight
  /// Spectral normalisation (Miyato et al. 2018), which bounds the slope of a discriminator.
  case spectral

  /// What a layer does to its weight.
  var ofWeights: WeightNormalization {
    switch self {
    case .none, .batch: .none
    case .weight: .weight
    case .spectral: .spectral()
    }
  }
}

/// The families by name.
public enum NetworkFamilies {
  /// What classifiers, discriminators and encoders may stand on: one line makes a family known everywhere.
  public static let trunks: [any TrunkFamily.Type] = [
    ConvolutionalFamily.self,
    ResidualFamily.self,
    FastFamily.self,
    FullyConnectedFamily.self,
    DCGANFamily.self,
    ResNet18Family.self,
    InceptionFamily.self,
  ]

  /// What makes examples from latents.
  public static let generators: [any GeneratorFamily.Type] = [
    DCGANGeneratorFamily.self,
    ResidualGeneratorFamily.self,
    FullyConnectedGeneratorFamily.self,
  ]

  /// What makes images from damaged ones.
  public static let restorers: [any RestorerFamily.Type] = [UNetFamily.self]

  static func trunk(named name: String) -> (any TrunkFamily.Type)? { trunks.first { $0.name == name } }
  static func generator(named name: String) -> (any GeneratorFamily.Type)? { generators.first { $0.name == name } }
  static func restorer(named name: String) -> (any RestorerFamily.Type)? { restorers.first { $0.name == name } }
}

/// - Throws: ``TorchError`` naming the key, unless it is a list of 1 to 64 layers of 1 to 65,536 channels or units.
func require(widths: [Int], named name: String) throws(TorchError) {
  try require(widths.count, named: "the number of \(name)", in: 1...64)
  for width in widths { try require(width, named: name, in: 1...65_536) }
}

/// Height, width and channels of images.
struct ImageSize {
  let (channels, height, width): (Int, Int, Int)

  /// - Throws: ``TorchError`` where examples are no images, which the family needs.
  init(_ exampleShape: [Int], family: String) throws(TorchError) {
    guard exampleShape.count == 3 else {
      throw TorchError(
        "the \(family) family takes images, not vectors of \(exampleShape.first ?? 0) numbers; set the network's family to \(FullyConnectedFamily.name)"
      )
    }
    (channels, height, width) = (exampleShape[0], exampleShape[1], exampleShape[2])
  }
}
