public import SparringDatasets
public import SparringModels
import SparringObjectives
public import SparringTorch

/// A generator against a discriminator (Goodfellow et al. 2014), both moved once from the same two
/// forward passes, as Keras's reference training step does.
public final class GAN: Recipe, ImageGenerating {
  /// The name on the command line and in checkpoints.
  public static let name = "gan"
  /// In one line.
  public static let summary = "a generator against a discriminator, without labels"
  /// Two networks.
  public static let roles: [NetworkRole] = [.generator, .discriminator]
  /// A hundred passes at Keras's rate.
  public static var pace: TrainingPace {
    var pace = TrainingPace()
    (pace.epochs, pace.steps, pace.learningRate, pace.schedule) = (100, 1000, 2e-4, .constant)
    (pace.logEvery, pace.lookEvery, pace.checkpointEvery) = (50, 500, 500)
    return pace
  }
  /// A penalty on its slope slows a discriminator that always wins.
  public static let failureSigns = [FailureSign.discriminatorWins(.raise("options.r1Penalty"))]

  /// What may be chosen besides the networks' sizes.
  public struct Options: RecipeOptions {
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
    /// Real images in one step, and as many generated ones.
    public var batchSize = 32

    /// The defaults, to be changed one by one.
    public init() {}

    /// - Throws: ``TorchError`` naming the value out of range.
    public func validate() throws(TorchError) {
      try require(r1Penalty, named: "r1Penalty", in: 0...1e6)
      try require(averageDecay, named: "averageDecay", in: 0...0.999_999)
      try require(beta1, named: "beta1", in: 0...0.999_999)
      try require(batchSize: batchSize, named: "batchSize")
    }
  }

  /// Latents `[N, latentSize]` to images `[N, C, H, W]` on [-1, 1].
  public let generator: Player<DCGANGenerator>
  /// Images `[N, C, H, W]` on [-1, 1] to logits `[N, 1]`; above zero means "real".
  public let discriminator: Player<DCGANDiscriminator>
  /// How many normal numbers an image is made from.
  public let latentSize: Int
  private let options: Options
  private let setting: Setting
  private let latentRandom: RandomGenerator
  private let augmentationRandom: RandomGenerator

  /// Networks with fresh weights.
  public init(_ options: Options = Options(), in setting: Setting) throws {
    try options.validate()
    latentRandom = try setting.random("latents")
    augmentationRandom = try setting.random("augmentation")
    // Keras's Adam has ε = 10⁻⁷ and adds it before the correction.
    func adam(_ parameters: [NamedParameter]) throws -> any Optimizer {
      try Adam(
        parameters: parameters, learningRate: setting.learningRate, beta1: options.beta1, beta2: 0.999, epsilon: 1e-7,
        addsEpsilonBeforeCorrection: true)
    }
    let generator = try setting.generator()
    latentSize = generator.latentSize
    self.generator = try Player(generator, averageDecay: options.averageDecay, warmsUp: false, optimizer: adam)
    discriminator = try Player(setting.discriminator(), optimizer: adam)
    (self.options, self.setting) = (options, setting)
  }

  /// Images alone.
  public func batches(from data: TrainingData) throws -> any BatchSource<UnlabelledBatch> {
    try data.unlabelled(batchSize: options.batchSize)
  }

  /// - Parameter batch: Real images on [-1, 1].
  public func step(_ batch: UnlabelledBatch, at time: StepTime) throws -> Losses {
    let count = try batch.images.size(0)
    return try step(realImages: batch.images, latents: Tensor.normal([count, latentSize], using: latentRandom))
  }

  /// One step from given latents `[N, latentSize]`, as a comparison with another engine needs.
  public func step(realImages: Tensor, latents: Tensor) throws -> Losses {
    // What the discriminator sees of either kind is varied alike (Zhao et al. 2020).
    let shownReal = try setting.augmentation(realImages, using: augmentationRandom)
    let pass = try withAutocast(setting.precision, on: realImages.device) {
      let fakeImages = try generator.network(latents)
      let judgedImages = try fakeImages.detached().requiringGradient()
      return SharedBackward(
        fakeExamples: fakeImages, judgedExamples: judgedImages, realLogits: try discriminator.network(shownReal),
        fakeLogits: try discriminator.network(setting.augmentation(judgedImages, using: augmentationRandom)))
    }
    let (discriminatorLoss, generatorLoss) = try losses(realLogits: pass.realLogits, fakeLogits: pass.fakeLogits)
    let gradients = try pass.gradients(
      discriminatorLoss: discriminatorLoss, generatorLoss: generatorLoss,
      penalty: options.r1Penalty > 0 ? penalty(at: shownReal) : nil, discriminator: discriminator.parameters,
      generator: generator.parameters)
    try discriminator.step(gradients.discriminator)
    try generator.step(gradients.generator)
    let count = try realImages.size(0)
    let unit: Quantity.Unit = options.objective == .hinge ? .plain : .nats
    return try Losses(
      [.discriminator.measured(in: unit): discriminatorLoss, .generator.measured(in: unit): generatorLoss],
      imagePasses: 3 * count)
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
      try withAutocast(setting.precision, on: latents.device) { try network(latents) }
    }
  }
}
