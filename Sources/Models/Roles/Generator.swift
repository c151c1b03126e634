public import SparringTorch

/// Latents to examples, of any class or of one that is asked for.
public final class Generator: Module {
  /// One vector for each class, joined to the latents; nil where no class can be asked for.
  public let classVectors: Embedding?
  /// Latents, with a class's vector where there are classes, to examples.
  public let body: any Layer
  /// How many normal numbers an example is made from.
  public let latentSize: Int

  /// Fresh weights.
  ///
  /// - Parameters:
  ///   - exampleShape: Of one example: `[C, H, W]`, or `[F]` for vectors.
  ///   - classCount: How many classes can be asked for; nil for none.
  ///   - weights: Where the weights come from.
  /// - Throws: ``TorchError`` for sizes out of range or that do not fit the examples.
  public init(
    _ configuration: GeneratorConfiguration, exampleShape: [Int], classCount: Int? = nil,
    using weights: RandomGenerator
  ) throws(TorchError) {
    try configuration.validate(under: "model.generator")
    latentSize = configuration.latentSize
    classVectors = try classCount.map { count throws(TorchError) in
      try Embedding(count: count, features: configuration.latentSize, using: weights)
    }
    body = try configuration.family.makeBody(
      exampleShape: exampleShape, latentSize: classVectors == nil ? latentSize : 2 * latentSize, using: weights)
  }

  /// - Parameters:
  ///   - latents: `[N, latentSize]`, standard normal.
  ///   - labels: The classes asked for, `[N]` of `int64`, where the generator has classes.
  /// - Returns: Images `[N, C, H, W]` on [-1, 1], or vectors `[N, F]`.
  /// - Throws: ``TorchError`` when labels are missing, or there are some without classes.
  public func callAsFunction(_ latents: Tensor, labels: Tensor? = nil) throws -> Tensor {
    switch (labels, classVectors) {
    case (nil, nil): return try body(latents)
    case (let labels?, let vectors?): return try body(.concatenate([latents, vectors(labels)], along: 1))
    default:
      throw TorchError("this generator \(classVectors == nil ? "knows no classes" : "needs a label for each latent")")
    }
  }
}
