public import SparringTorch

/// Examples to latents.
public final class LatentEncoder: Module {
  /// Examples to features.
  public let trunk: any Trunk
  /// Between the features and the last layer; does nothing in inference mode.
  public let dropout: Dropout
  /// Features `[N, F]` to latents `[N, latentSize]`.
  public let output: Linear

  /// Fresh weights.
  ///
  /// - Parameters:
  ///   - exampleShape: Of one example: `[C, H, W]`, or `[F]` for vectors.
  ///   - latentSize: Numbers in one latent.
  ///   - weights: Where the weights come from.
  ///   - noise: Where dropout and noise draw from while training.
  /// - Throws: ``TorchError`` for sizes out of range or that do not fit the examples.
  public init(
    _ configuration: TrunkConfiguration, exampleShape: [Int], latentSize: Int, using weights: RandomGenerator,
    noise: RandomGenerator
  ) throws(TorchError) {
    trunk = try configuration.trunk(exampleShape: exampleShape, using: weights, noise: noise)
    dropout = try Dropout(probability: configuration.dropout, using: noise)
    output = try trunk.head.linear(trunk.featureCount, latentSize, using: weights)
  }

  /// Latents `[N, latentSize]` of examples `[N, C, H, W]` on [-1, 1] or `[N, F]`.
  ///
  /// - Parameter countsInStatistics: Whether the examples count in batch normalisation's running statistics.
  public func callAsFunction(_ examples: Tensor, countsInStatistics: Bool = true) throws -> Tensor {
    try output(dropout(trunk(examples, countsInStatistics: countsInStatistics))).to(.float32)
  }
}
