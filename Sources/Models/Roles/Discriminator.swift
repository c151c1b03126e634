public import SparringTorch

/// Examples to one logit each: above zero means "real".
public final class Discriminator: Module {
  /// What is judged.
  public enum Subject: Sendable, Hashable {
    /// The example alone.
    case example
    /// The example together with its class, by projection (Miyato and Koyama 2018): ψ(φ(x)) + ⟨v(y), φ(x)⟩.
    case exampleOfClass(classCount: Int)
    /// The example together with its latent (Donahue et al. 2017; Dumoulin et al. 2017).
    case exampleAndLatent(latentSize: Int)
  }

  /// Examples to features.
  public let trunk: any Trunk
  /// Between the features and the last layer; does nothing in inference mode.
  public let dropout: Dropout
  /// v(y), for ``Subject/exampleOfClass(classCount:)``.
  public let classVectors: Embedding?
  /// Features of the latent, for ``Subject/exampleAndLatent(latentSize:)``.
  public let latentLayer: LinearBlock?
  /// Features of example and latent together.
  public let jointLayer: LinearBlock?
  /// The features to one logit.
  public let output: Linear

  /// Fresh weights.
  ///
  /// - Parameters:
  ///   - exampleShape: Of one example: `[C, H, W]`, or `[F]` for vectors.
  ///   - weights: Where the weights come from.
  ///   - noise: Where dropout and noise draw from while training.
  /// - Throws: ``TorchError`` for sizes out of range or that do not fit the examples.
  public init(
    _ configuration: TrunkConfiguration, of subject: Subject = .example, exampleShape: [Int],
    using weights: RandomGenerator, noise: RandomGenerator
  ) throws(TorchError) {
    trunk = try configuration.trunk(exampleShape: exampleShape, using: weights, noise: noise)
    dropout = try Dropout(probability: configuration.dropout, using: noise)
    var features = trunk.featureCount
    var (classVectors, latentLayer, jointLayer): (Embedding?, LinearBlock?, LinearBlock?) = (nil, nil, nil)
    switch subject {
    case .example: break
    case .exampleOfClass(let count):
      // From zero: at first the class has no say.
      classVectors = try Embedding(count: count, features: features, initializer: .zeros, using: weights)
    case .exampleAndLatent(let size):
      func layer(_ inputs: Int) throws(TorchError) -> LinearBlock {
        try LinearBlock(
          inputFeatures: inputs, outputFeatures: Self.jointWidth, normalization: .none,
          activation: .leakyReLU(slope: 0.2), using: weights)
      }
      (latentLayer, jointLayer) = (try layer(size), try layer(features + Self.jointWidth))
      features = Self.jointWidth
    }
    (self.classVectors, self.latentLayer, self.jointLayer) = (classVectors, latentLayer, jointLayer)
    output = try trunk.head.linear(features, 1, hasBias: trunk.head.biasesDiscriminator, using: weights)
  }

  private static let jointWidth = 512

  /// Logits `[N, 1]` of examples `[N, C, H, W]` on [-1, 1] or `[N, F]`.
  ///
  /// - Parameters:
  ///   - labels: The examples' classes, `[N]` of `int64`, where those are judged, too.
  ///   - latents: The examples' latents, `[N, latentSize]`, where those are judged, too.
  ///   - countsInStatistics: Whether the examples count in batch normalisation's running statistics.
  /// - Throws: ``TorchError`` when labels or latents are missing, or there are some that are not judged.
  public func callAsFunction(
    _ examples: Tensor, labels: Tensor? = nil, latents: Tensor? = nil, countsInStatistics: Bool = true
  ) throws -> Tensor {
    guard (labels == nil) == (classVectors == nil), (latents == nil) == (latentLayer == nil) else {
      throw TorchError(
        "this discriminator judges examples \(classVectors != nil ? "with labels" : latentLayer != nil ? "with latents" : "alone")"
      )
    }
    return try logits(
      ofFeatures: features(of: examples, latents: latents, countsInStatistics: countsInStatistics), labels: labels)
  }

  /// Logits `[N, 1]` of what ``features(of:latents:countsInStatistics:)`` gives, `[N, F]`.
  /// - Parameter labels: The examples' classes, `[N]` of `int64`, where those are judged, too.
  public func logits(ofFeatures features: Tensor, labels: Tensor? = nil) throws -> Tensor {
    let logits = try output(features).to(.float32)
    guard let labels, let classVectors else { return logits }
    return try logits + (classVectors(labels) * features.to(.float32)).sum(1).unsqueezed(1)
  }

  /// Logits `[N, K]` of examples together with each of the K classes, from one pass through the trunk.
  ///
  /// - Parameters:
  ///   - examples: `[N, C, H, W]` on [-1, 1] or `[N, F]`.
  ///   - countsInStatistics: Whether the examples count in batch normalisation's running statistics.
  /// - Throws: ``TorchError`` for a discriminator that judges no classes.
  public func logitsOfEveryClass(_ examples: Tensor, countsInStatistics: Bool = true) throws -> Tensor {
    guard let classVectors else { throw TorchError("this discriminator judges examples without a class") }
    let features = try dropout(trunk(examples, countsInStatistics: countsInStatistics))
    return try output(features).to(.float32) + features.matmul(classVectors.weight.value.transposed()).to(.float32)
  }

  /// What the last layer sees, `[N, F]`: the trunk's features, or those of example and latent together.
  ///
  /// - Parameter latents: The examples' latents, `[N, latentSize]`, where those are judged, too.
  public func features(
    of examples: Tensor, latents: Tensor? = nil, countsInStatistics: Bool = true
  ) throws -> Tensor {
    let features = try dropout(trunk(examples, countsInStatistics: countsInStatistics))
    guard let latents, let latentLayer, let jointLayer else { return features }
    return try jointLayer(.concatenate([features, latentLayer(latents)], along: 1))
  }
}
