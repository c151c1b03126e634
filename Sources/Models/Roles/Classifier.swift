public import SparringTorch

/// Examples to features and class logits.
public final class Classifier: Module {
  /// Examples to features.
  public let trunk: any Trunk
  /// Between the features and the last layer; does nothing in inference mode.
  public let dropout: Dropout
  /// Features `[N, F]` to class logits `[N, K]`, before their scale.
  public let output: Linear
  private let scale: Double

  /// Fresh weights.
  ///
  /// - Parameters:
  ///   - exampleShape: Of one example: `[C, H, W]`, or `[F]` for vectors.
  ///   - classCount: K, at least 2.
  ///   - weights: Where the weights come from.
  ///   - noise: Where dropout and noise draw from while training.
  /// - Throws: ``TorchError`` for sizes out of range or that do not fit the examples.
  public init(
    _ configuration: TrunkConfiguration, exampleShape: [Int], classCount: Int, using weights: RandomGenerator,
    noise: RandomGenerator
  ) throws(TorchError) {
    try require(classCount, named: "the number of classes", in: 2...1_000_000)
    trunk = try configuration.trunk(exampleShape: exampleShape, using: weights, noise: noise)
    dropout = try Dropout(probability: configuration.dropout, using: noise)
    output = try trunk.head.linear(trunk.featureCount, classCount, using: weights)
    scale = trunk.head.scale
  }

  /// The trunk's features, `[N, F]`, of examples `[N, C, H, W]` on [-1, 1] or `[N, F]`.
  ///
  /// - Parameter countsInStatistics: Whether the examples count in batch normalisation's running statistics; generated
  ///   ones should not, since inference never sees them.
  public func features(of examples: Tensor, countsInStatistics: Bool = true) throws -> Tensor {
    try trunk(examples, countsInStatistics: countsInStatistics)
  }

  /// The outputs of the trunk's layers, `[N, …]` each, the features `[N, F]` last.
  public func layers(of examples: Tensor, countsInStatistics: Bool = true) throws -> [Tensor] {
    var layers = try trunk.layers(of: examples, countsInStatistics: countsInStatistics)
    if let last = layers.popLast() { layers.append(try trunk.features(ofLastLayer: last)) }
    return layers
  }

  /// Data-dependent initialisation (Salimans and Kingma 2016, section 3) of the trunk and of the last layer, by examples
  /// `[N, …]` as they are.
  /// - Throws: ``TorchError`` for a family of trunks that has none.
  public func initialize(by examples: Tensor) throws {
    try withoutGradients {
      try inInferenceMode {
        try trunk.initialize(by: examples)
        try output.initialize(by: trunk(examples, countsInStatistics: false))
      }
    }
  }

  /// Class logits `[N, K]` of features `[N, F]`.
  public func logits(ofFeatures features: Tensor) throws -> Tensor {
    let logits = try output(dropout(features)).to(.float32)
    return scale == 1 ? logits : try logits * scale
  }

  /// Class logits `[N, K]` of examples.
  public func callAsFunction(_ examples: Tensor, countsInStatistics: Bool = true) throws -> Tensor {
    try logits(ofFeatures: features(of: examples, countsInStatistics: countsInStatistics))
  }
}
