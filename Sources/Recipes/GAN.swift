public import SparringDatasets
public import SparringModels
import SparringObjectives
public import SparringTorch

/// A generator against a discriminator (Goodfellow et al. 2014), both moved once from the same two
/// forward passes, as Keras's reference training step does.
public final class GAN: Recipe, ImageGenerating {
  /// The name on the command line and in checkpoints.
  public static let name = "gan"

  /// What may be chosen besides the networks' sizes.
  public struct Options: Codable, Sendable {
    /// What the two networks minimise.
    public enum Objective: String, Codable, Sendable, CaseIterable {
      case nonSaturating = "non-saturating"
      case minimax
      case hinge
    }
    /// The pair of losses; the discriminator's always fits the generator's.
    public var objective = Objective.nonSaturating
    /// Adam's decay of the gradient's mean.
    public var beta1 = 0.5
    /// The weight γ of the R1 penalty on the discriminator's slope at real images; 0 leaves it out.
    public var r1Penalty = 0.0
    /// How much of the averaged generator survives one step; 0 keeps no average.
    public var averageDecay = 0.0

    /// The defaults, to be changed one by one.
    public init() {}

    /// - Throws: ``TorchError`` naming the value out of range.
    public func validate() throws(TorchError) {
      try require(r1Penalty, named: "r1Penalty", in: 0...1e6)
      try require(averageDecay, named: "averageDecay", in: 0...0.999_999)
    }
  }

  /// Latents `[N, latentSize]` to images `[N, C, H, W]` on [-1, 1].
  public let generator: Player<DCGANGenerator>
  /// Images `[N, C, H, W]` on [-1, 1] to logits `[N, 1]`; above zero means "real".
  public let discriminator: Player<DCGANDiscriminator>
  /// How many normal numbers an image is made from.
  public let latentSize: Int
  private let options: Options
  private let precision: Precision
  private let latentRandom: RandomGenerator

  /// Networks with fresh weights.
  /// - Parameters:
  ///   - learningRate: Of both optimisers.
  ///   - seed: Gives the weights and every later draw of latents.
  /// - Throws: `TorchError` for sizes outside the family or a value out of range.
  public init(
    model: DCGANConfiguration, options: Options = Options(), learningRate: Double = 2e-4, precision: Precision = .fp32,
    seed: UInt64, device: Device = .cpu
  ) throws {
    try options.validate()
    let initialRandom = try RandomGenerator(seed: seed, purpose: "initial weights", device: device)
    latentSize = model.latentSize
    latentRandom = try RandomGenerator(seed: seed, purpose: "latents", device: device)
    // Keras's Adam has ε = 10⁻⁷ and adds it before the correction.
    func adam(_ parameters: [NamedParameter]) throws -> any Optimizer {
      try Adam(
        parameters: parameters, learningRate: learningRate, beta1: options.beta1, beta2: 0.999, epsilon: 1e-7,
        addsEpsilonBeforeCorrection: true)
    }
    generator = try Player(
      DCGANGenerator(model, using: initialRandom), averageDecay: options.averageDecay, warmsUp: false, optimizer: adam)
    discriminator = try Player(DCGANDiscriminator(model, using: initialRandom), optimizer: adam)
    (self.options, self.precision) = (options, precision)
  }

  /// - Parameter batch: Real images on [-1, 1].
  public func step(_ batch: UnlabelledBatch, at time: StepTime) throws -> Losses {
    let count = try batch.images.size(0)
    return try step(realImages: batch.images, latents: Tensor.normal([count, latentSize], using: latentRandom))
  }

  /// One step from given latents `[N, latentSize]`, as a comparison with another engine needs.
  public func step(realImages: Tensor, latents: Tensor) throws -> Losses {
    let pass = try withAutocast(precision, on: realImages.device) {
      let fakeImages = try generator.network(latents)
      let judgedImages = try fakeImages.detached().requiringGradient()
      return SharedBackward(
        fakeExamples: fakeImages, judgedExamples: judgedImages, realLogits: try discriminator.network(realImages),
        fakeLogits: try discriminator.network(judgedImages))
    }
    let (discriminatorLoss, generatorLoss) = try losses(realLogits: pass.realLogits, fakeLogits: pass.fakeLogits)
    let gradients = try pass.gradients(
      discriminatorLoss: discriminatorLoss, generatorLoss: generatorLoss,
      penalty: options.r1Penalty > 0 ? penalty(at: realImages) : nil, discriminator: discriminator.parameters,
      generator: generator.parameters)
    try discriminator.step(gradients.discriminator)
    try generator.step(gradients.generator)
    let count = try realImages.size(0)
    return try Losses(["discriminator": discriminatorLoss, "generator": generatorLoss], imagePasses: 3 * count)
  }

  func losses(realLogits: Tensor, fakeLogits: Tensor) throws -> (discriminator: Tensor, generator: Tensor) {
    switch options.objective {
    case .nonSaturating:
      (
        try AdversarialLoss.discriminator(realLogits: realLogits, fakeLogits: fakeLogits),
        try AdversarialLoss.nonSaturatingGenerator(fakeLogits: fakeLogits)
      )
    case .minimax:
      (
        try AdversarialLoss.discriminator(realLogits: realLogits, fakeLogits: fakeLogits),
        try AdversarialLoss.minimaxGenerator(fakeLogits: fakeLogits)
      )
    case .hinge:
      (
        try AdversarialLoss.hingeDiscriminator(realLogits: realLogits, fakeLogits: fakeLogits),
        try AdversarialLoss.hingeGenerator(fakeLogits: fakeLogits)
      )
    }
  }

  private func penalty(at realImages: Tensor) throws -> Tensor {
    try GradientPenalty.r1(realImages: realImages, logits: { try discriminator.network($0) }) * options.r1Penalty
  }

  /// Images `[N, C, H, W]` on [-1, 1] for latents `[N, latentSize]`, by the averaged generator where there
  /// is one, in inference mode and without gradients.
  public func generateImages(from latents: Tensor) throws -> Tensor {
    try generator.inferring { network in
      try withAutocast(precision, on: latents.device) { try network(latents) }
    }
  }
}
