public import SparringDatasets
public import SparringModels
import SparringObjectives
public import SparringTorch

/// A generator against a discriminator (Goodfellow et al. 2014), both moved once from the same two
/// forward passes, as Keras's reference training step does.
public final class GAN: GeneratorRecipe {
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
  public static let failureSigns = [
    FailureSign.discriminatorWins(.raise("options.r1Penalty")),
    .discriminatorAtChance(loss: 2 * 0.693_147_18, .raise("training.learningRate"), .lower("options.r1Penalty")),
  ]

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
      try require(r1Penalty, named: "options.r1Penalty", in: 0...1e6)
      try require(averageDecay, named: "options.averageDecay", in: 0...0.999_999)
      try require(beta1, named: "options.beta1", in: 0...0.999_999)
      try require(batchSize: batchSize, named: "batchSize")
    }
  }

  /// Latents `[N, latentSize]` to images `[N, C, H, W]` on [-1, 1].
  public let generator: Player<Generator>
  /// Images `[N, C, H, W]` on [-1, 1] to logits `[N, 1]`; above zero means "real".
  public let discriminator: Player<Discriminator>
  /// What the recipe was made from.
  public let setting: Setting
  private let options: Options
  private let mixesExamples: Bool
  private let latentRandom: RandomGenerator
  private let augmentationRandom: RandomGenerator

  /// Networks with fresh weights.
  public init(_ options: Options = Options(), in setting: Setting) throws {
    try options.validate()
    (self.options, self.setting) = (options, setting)
    latentRandom = try setting.random("latents")
    augmentationRandom = try setting.random("augmentation")
    // Keras's Adam has ε = 10⁻⁷ and adds it before the correction.
    func adam(_ parameters: [NamedParameter]) throws -> any Optimizer {
      try Adam(
        parameters: parameters, learningRate: setting.learningRate, beta1: options.beta1, beta2: 0.999, epsilon: 1e-7,
        addsEpsilonBeforeCorrection: true)
    }
    generator = try Player(
      setting.generator(), averageDecay: options.averageDecay, warmsUp: false, optimizer: adam)
    discriminator = try Player(setting.discriminator(), optimizer: adam)
    mixesExamples = discriminator.network.mixesExamples
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
    let (backward, realLogits, fakeLogits) = try setting.computing {
      let backward = try SharedBackward(fakeExamples: generator.network(latents), mixesExamples: mixesExamples)
      let shownFake = try setting.augmentation(backward.judgedExamples, using: augmentationRandom)
      return (backward, try discriminator.network(shownReal), try discriminator.network(shownFake))
    }
    let (discriminatorLoss, generatorLoss) = try losses(realLogits: realLogits, fakeLogits: fakeLogits)
    let gradients = try backward.gradients(
      discriminatorLoss: discriminatorLoss, generatorLoss: generatorLoss, realLogits: realLogits,
      fakeLogits: fakeLogits, penalty: options.r1Penalty > 0 ? penalty(at: shownReal) : nil,
      discriminator: discriminator.parameters, generator: generator.parameters)
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
}
