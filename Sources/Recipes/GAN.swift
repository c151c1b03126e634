public import SparringDatasets
public import SparringModels
public import SparringObjectives
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
  /// With the usual options.
  public static let failureSigns = failureSigns(with: Options())

  /// A penalty on its slope slows a discriminator that always wins.
  private static func failureSigns(with options: Options) -> [FailureSign] {
    let objective = options.objective
    guard let loss = objective.lossAtChance(smoothing: options.labelSmoothing) else { return [] }
    let rate = options.discriminatorRate > 0 ? "options.discriminatorRate" : "training.learningRate"
    return [
      .discriminatorWins(
        .raise("options.r1Penalty"), loss: objective.leastLoss(smoothing: options.labelSmoothing), rate: rate),
      .discriminatorAtChance(loss: loss, .raise(rate), .lower("options.r1Penalty")),
    ]
  }

  /// What may be chosen besides the networks' sizes.
  public struct Options: RecipeOptions {
    /// What the two networks minimise.
    public var objective = AdversarialObjective.nonSaturating
    /// s, where the discriminator's target of real images is 1 − s (one-sided label smoothing).
    public var labelSmoothing = 0.0
    /// Adam's decay of the gradient's mean.
    public var beta1 = 0.5
    /// The weight γ of the R1 penalty on the discriminator's slope at real images; 0 leaves it out.
    public var r1Penalty = 0.0
    /// The weight γ of the R2 penalty on its slope at generated images; 0 leaves it out.
    public var r2Penalty = 0.0
    /// The weight λ of its slope's distance from 1 between real and generated images, which ``AdversarialObjective/wasserstein``
    /// is made for (10 in the paper); 0 leaves it out. The paper's discriminator has no batch normalisation.
    public var gradientPenalty = 0.0
    /// σ of the noise on what the discriminator is shown when the run begins, where pixels lie on [-1, 1] (instance noise,
    /// Sønderby et al. 2017); it falls to zero in a straight line.
    public var instanceNoise = 0.0
    /// The share of the run over which it falls.
    public var instanceNoiseLength = 1.0
    /// The discriminator's learning rate, scaled by the schedule like the generator's (two time-scales, Heusel et al.
    /// 2017); 0 takes the generator's.
    public var discriminatorRate = 0.0
    /// How much of the averaged generator survives one step; 0 keeps no average.
    public var averageDecay = 0.0
    /// Real images in one step, and as many generated ones.
    public var batchSize = 32

    /// The defaults, to be changed one by one.
    public init() {}

    /// - Throws: ``TorchError`` naming the value out of range.
    public func validate() throws(TorchError) {
      try require(r1Penalty, named: "options.r1Penalty", in: 0...1e6)
      try require(r2Penalty, named: "options.r2Penalty", in: 0...1e6)
      try require(gradientPenalty, named: "options.gradientPenalty", in: 0...1e6)
      try require(instanceNoise, named: "options.instanceNoise", in: 0...100)
      try require(instanceNoiseLength, named: "options.instanceNoiseLength", in: 1e-6...1)
      try require(discriminatorRate, named: "options.discriminatorRate", in: 0...1000)
      try require(labelSmoothing, named: "options.labelSmoothing", in: 0...0.5)
      if labelSmoothing > 0, !objective.smoothsLabels {
        throw TorchError("options.labelSmoothing: \(objective.rawValue) has no targets that could be smoothed; use 0")
      }
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
  private let shareRandom: RandomGenerator?

  /// With these options.
  public var failureSigns: [FailureSign] { Self.failureSigns(with: options) }

  /// Networks with fresh weights.
  public init(_ options: Options = Options(), in setting: Setting) throws {
    try options.validate()
    (self.options, self.setting) = (options, setting)
    latentRandom = try setting.random("latents")
    augmentationRandom = try setting.random("augmentation")
    shareRandom = options.gradientPenalty > 0 ? try setting.random("shares of real images") : nil
    // Keras's Adam has ε = 10⁻⁷ and adds it before the correction.
    func adam(_ rate: Double) -> ([NamedParameter]) throws -> any Optimizer {
      {
        try Adam(
          parameters: $0, learningRate: rate, beta1: options.beta1, beta2: 0.999, epsilon: 1e-7,
          addsEpsilonBeforeCorrection: true)
      }
    }
    let rate = setting.learningRate
    generator = try Player(
      setting.generator(), averageDecay: options.averageDecay, warmsUp: false, optimizer: adam(rate))
    discriminator = try Player(
      setting.discriminator(), optimizer: adam(options.discriminatorRate > 0 ? options.discriminatorRate : rate))
    mixesExamples = discriminator.network.mixesExamples
    let isBounded = options.gradientPenalty + options.r1Penalty + options.r2Penalty > 0
    if options.objective == .wasserstein, !isBounded, !discriminator.network.isSpectrallyNormalized {
      throw TorchError(
        "options.objective=wasserstein needs a discriminator of small slope: set options.gradientPenalty (10 in the "
          + "paper) or r1Penalty, or model.discriminator.family=convolutional with "
          + "model.discriminator.normalization=spectral")
    }
  }

  /// Images alone.
  public func batches(from data: TrainingData) throws -> any BatchSource<UnlabelledBatch> {
    try data.unlabelled(batchSize: options.batchSize)
  }

  /// - Parameter batch: Real images on [-1, 1].
  public func step(_ batch: UnlabelledBatch, at time: StepTime) throws -> Losses {
    let count = try batch.images.size(0)
    return try step(
      realImages: batch.images, latents: Tensor.normal([count, latentSize], using: latentRandom), at: time)
  }

  /// One step from given latents `[N, latentSize]`, as a comparison with another engine needs.
  /// - Parameter time: nil stands at the run's beginning.
  public func step(realImages: Tensor, latents: Tensor, at time: StepTime? = nil) throws -> Losses {
    // What the discriminator sees of either kind is varied alike (Zhao et al. 2020).
    let shownReal = try shown(realImages, at: time)
    let (backward, shownFake, realLogits, fakeLogits) = try setting.computing {
      let backward = try SharedBackward(fakeExamples: generator.network(latents), mixesExamples: mixesExamples)
      let shownFake = try shown(backward.judgedExamples, at: time)
      return (backward, shownFake, try discriminator.network(shownReal), try discriminator.network(shownFake))
    }
    let (discriminatorLoss, generatorLoss) = try losses(realLogits: realLogits, fakeLogits: fakeLogits)
    let gradients = try backward.gradients(
      discriminatorLoss: discriminatorLoss, generatorLoss: generatorLoss, realLogits: realLogits,
      fakeLogits: fakeLogits, penalty: penalty(at: shownReal, and: shownFake.detached()),
      discriminator: discriminator.parameters, generator: generator.parameters)
    try discriminator.step(gradients.discriminator)
    try generator.step(gradients.generator)
    let count = try realImages.size(0)
    let unit: Quantity.Unit = options.objective.isInNats ? .nats : .plain
    return try Losses(
      [.discriminator.measured(in: unit): discriminatorLoss, .generator.measured(in: unit): generatorLoss],
      imagePasses: 3 * count)
  }

  private func shown(_ images: Tensor, at time: StepTime?) throws -> Tensor {
    let varied = try setting.augmentation(images, using: augmentationRandom)
    guard options.instanceNoise > 0 else { return varied }
    let deviation = try (time ?? StepTime(on: images.device)).ramp(
      from: options.instanceNoise, to: 0, over: 0...options.instanceNoiseLength)
    return try varied + Tensor.normal(varied.shape, using: augmentationRandom) * deviation
  }

  func losses(realLogits: Tensor, fakeLogits: Tensor) throws -> (discriminator: Tensor, generator: Tensor) {
    try options.objective.losses(
      realLogits: realLogits, fakeLogits: fakeLogits, smoothing: options.labelSmoothing)
  }

  /// What the discriminator pays for its slope; nil for nothing.
  func penalty(at real: Tensor, and fake: Tensor) throws -> Tensor? {
    func logits(_ images: Tensor) throws -> Tensor { try discriminator.network(images) }
    var terms: [Tensor] = []
    if options.r1Penalty > 0 {
      terms.append(try GradientPenalty.r1(realImages: real, logits: logits) * options.r1Penalty)
    }
    if options.r2Penalty > 0 {
      terms.append(try GradientPenalty.r2(fakeImages: fake, logits: logits) * options.r2Penalty)
    }
    if let shareRandom {
      let shape = [try real.size(0)] + [Int](repeating: 1, count: real.rank - 1)
      let shares = try Tensor.uniform(shape, low: 0, high: 1, using: shareRandom)
      let slope = try GradientPenalty.unitSlope(
        realImages: real, fakeImages: fake, shares: shares, logits: logits)
      terms.append(try slope * options.gradientPenalty)
    }
    return try terms.dropFirst().reduce(terms.first) { sum, term in try sum.map { try $0 + term } }
  }
}
