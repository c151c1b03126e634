public import SparringDatasets
public import SparringModels
import SparringObjectives
public import SparringTorch

/// A generator against a discriminator (Goodfellow et al. 2014), both moved once from the same two forward passes; where
/// ``Options/classes`` says so, of classes that can be asked for.
///
/// By default the discriminator is normalised (Radford et al. 2016) and shown varied images only as far as it learns the
/// real ones by heart (Karras et al. 2020), and the generator is averaged. Pairs of real and generated images and penalised
/// slopes (Huang et al. 2024, "R3GAN") are options; ``Options/reference`` is Keras's DCGAN.
public final class GAN: ClassGeneratorRecipe {
  /// The name on the command line and in checkpoints.
  public static let name = "gan"
  /// In one line.
  public static let summary = "a generator against a discriminator, without labels"
  /// Two networks.
  public static let roles: [NetworkRole] = [.generator, .discriminator]
  /// DCGANs whose discriminator is normalised and twice as wide as the generator. It still multiplies less than half as much
  /// for an image, and what is drawn becomes things only as it learns to see them.
  public static var model: ModelConfiguration {
    var model = ModelConfiguration()
    model.generator = GeneratorConfiguration(DCGANGeneratorFamily(width: 32))
    model.discriminator = TrunkConfiguration(DCGANFamily(width: 64, normalization: .batch))
    return model
  }
  /// A hundred passes.
  public static var pace: TrainingPace {
    var pace = TrainingPace()
    (pace.epochs, pace.steps, pace.learningRate, pace.schedule) = (100, 1000, 5e-4, .constant)
    (pace.logEvery, pace.lookEvery, pace.checkpointEvery) = (50, 500, 500)
    return pace
  }
  /// What keeps neither digits nor photographs from being what they are: no mirroring.
  public static var augmentation: Augmentation {
    Augmentation(
      maximumShift: 4, cutout: 16, brightness: 0.5, contrast: 0.5, saturation: 0.5, fill: .edge, referenceSize: 32)
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
      options.r1Penalty > 0
        ? .discriminatorAtChance(loss: loss, .raise(rate), .lower("options.r1Penalty"))
        : .discriminatorAtChance(loss: loss, .raise(rate)),
    ]
  }

  /// Latents `[N, latentSize]`, and classes where there are some, to images `[N, C, H, W]` on [-1, 1].
  public let generator: Player<Generator>
  /// Images `[N, C, H, W]` on [-1, 1], and classes where those are judged, to logits `[N, 1]`; above zero means "real".
  public let discriminator: Player<Discriminator>
  /// The discriminator's features to class logits `[N, K]`, for ``ClassConditioning/auxiliary``.
  public let classHead: Player<Linear>?
  /// What the recipe was made from.
  public let setting: Setting
  private let options: Options
  private let mixesExamples: Bool
  private let seeking: ModeSeeking
  private let latentRandom: RandomGenerator
  private let augmentation: AdaptiveAugmentation
  private let noiseRandom: RandomGenerator
  private let shareRandom: RandomGenerator?

  /// With these options.
  public var failureSigns: [FailureSign] { Self.failureSigns(with: options) }

  /// Networks with fresh weights.
  public init(_ options: Options = Options(), in setting: Setting) throws {
    try options.validate()
    (self.options, self.setting) = (options, setting)
    if options.classes != .none { try setting.requireClasses() }
    seeking = ModeSeeking(weight: options.classes == .none ? 0 : options.modeSeekingWeight)
    latentRandom = try setting.random("latents")
    noiseRandom = try setting.random("instance noise")
    augmentation = try AdaptiveAugmentation(
      setting.augmentation, target: options.augmentationTarget, images: options.augmentationPace, in: setting)
    shareRandom = options.gradientPenalty > 0 ? try setting.random("shares of real images") : nil
    // Keras's Adam has ε = 10⁻⁷ and adds it before the correction.
    func adam(_ rate: Double) -> ([NamedParameter]) throws -> any Optimizer {
      {
        try Adam(
          parameters: $0, learningRate: rate, beta1: options.beta1, beta2: 0.999, epsilon: 1e-7,
          addsEpsilonBeforeCorrection: true)
      }
    }
    let (rate, classCount) = (setting.learningRate, setting.data.classCount)
    let discriminatorRate = options.discriminatorRate > 0 ? options.discriminatorRate : rate
    generator = try Player(
      setting.generator(ofClasses: options.classes != .none), averageDecay: options.averageDecay, optimizer: adam(rate))
    discriminator = try Player(
      setting.discriminator(of: options.classes == .projection ? .exampleOfClass(classCount: classCount) : .example),
      optimizer: adam(discriminatorRate))
    let features = discriminator.network.trunk.featureCount
    classHead =
      options.classes != .auxiliary
      ? nil
      : try Player(
        Linear(inputFeatures: features, outputFeatures: classCount, using: setting.random("class head")),
        optimizer: adam(discriminatorRate))
    // What the two networks say of a class is not one loss scaled.
    mixesExamples = discriminator.network.mixesExamples || classHead != nil
    try requireSmallSlope()
  }

  private func requireSmallSlope() throws(TorchError) {
    let penalties = options.gradientPenalty + options.r1Penalty + options.r2Penalty
    guard options.objective.isTooSteep(discriminator.network, penalties: penalties) else { return }
    throw TorchError(
      "options.objective=wasserstein needs a discriminator of small slope: set options.gradientPenalty (10 in the "
        + "paper) or r1Penalty, or model.discriminator.family=convolutional with "
        + "model.discriminator.normalization=spectral")
  }

  /// Images, with every class that is known where the game has classes.
  public func batches(from data: TrainingData) throws -> any BatchSource<ExampleBatch> {
    try data.examples(batchSize: options.batchSize, withClasses: options.classes != .none)
  }

  /// - Parameter batch: Real images on [-1, 1].
  public func step(_ batch: ExampleBatch, at time: StepTime) throws -> Losses {
    let count = try batch.images.size(0)
    return try step(
      realImages: batch.images, labels: batch.labels, latents: Tensor.normal([count, latentSize], using: latentRandom),
      at: time)
  }

  /// One step from given latents `[N, latentSize]`, as a comparison with another engine needs.
  ///
  /// - Parameters:
  ///   - labels: The real images' classes, `[N]` of `int64`, among which those that are asked for are chosen.
  ///   - time: nil stands at the run's beginning.
  /// - Returns: `discriminator` and `generator`; `generated-class`, the cross-entropy of generated images with the class
  ///   asked for, and `augmented`, the share of varied images, where there are such.
  public func step(
    realImages: Tensor, labels: Tensor? = nil, latents: Tensor, at time: StepTime? = nil
  ) throws -> Losses {
    // What the discriminator sees of either kind is varied alike (Zhao et al. 2020).
    let shownReal = try shown(realImages, at: time)
    let asked = try labels.map(seeking.asked)
    let (backward, likeness, shownFake, real, fake) = try setting.computing {
      let made = try generator.network(latents, labels: asked)
      let backward = try SharedBackward(fakeExamples: made, mixesExamples: mixesExamples)
      let shownFake = try shown(backward.judgedExamples, at: time)
      return (
        backward, try seeking.loss(examples: made, latents: latents), shownFake, try opinion(of: shownReal, labels),
        try opinion(of: shownFake, asked)
      )
    }
    let played = try losses(realLogits: real.logits, fakeLogits: fake.logits)
    let naming = try (
      real.naming.map { try $0 * options.classWeight }, fake.naming.map { try $0 * options.classWeight }
    )
    let found = try backward.gradients(
      discriminatorLoss: naming.0.map { try played.discriminator + $0 } ?? played.discriminator,
      generatorLoss: naming.1.map { try played.generator + $0 } ?? played.generator,
      realLogits: real.logits, fakeLogits: fake.logits,
      penalty: penalty(at: shownReal, and: shownFake.detached(), labels: labels, asked: asked),
      generatorPenalty: likeness, discriminator: discriminator.parameters + (classHead?.parameters ?? []),
      generator: generator.parameters)
    try discriminator.step(Array(found.discriminator.prefix(discriminator.parameters.count)))
    try classHead?.step(Array(found.discriminator.dropFirst(discriminator.parameters.count)))
    try generator.step(found.generator)
    try augmentation.follow(opinions(ofReal: real.logits, beside: fake.logits))
    let unit: Quantity.Unit = options.objective.isInNats ? .nats : .plain
    return try Losses(
      [
        .discriminator.measured(in: unit): played.discriminator, .generator.measured(in: unit): played.generator,
        .generatedClass: fake.naming, .augmented: augmentation.adapts ? augmentation.share.value.cloned() : nil,
      ],
      imagePasses: 3 * realImages.size(0))
  }

  /// How sure the discriminator is of real images. Pairs have no zero of their own: the middle between the two kinds takes
  /// its place. That more real images than not beat their partners would say less, for so they do long before any is
  /// learnt by heart.
  func opinions(ofReal realLogits: Tensor, beside fakeLogits: Tensor) throws -> Tensor {
    guard options.objective == .relativistic else { return realLogits }
    return try realLogits - (realLogits.mean() + fakeLogits.mean()) * 0.5
  }

  /// What the discriminator says of images: whether they are real, `[N, 1]`, and how badly it names their classes.
  private func opinion(of images: Tensor, _ labels: Tensor?) throws -> (logits: Tensor, naming: Tensor?) {
    let features = try discriminator.network.features(of: images)
    let logits = try discriminator.network.logits(
      ofFeatures: features, labels: options.classes == .projection ? labels : nil)
    guard let classHead, let labels else { return (logits, nil) }
    return (
      logits, try ClassificationLoss.crossEntropy(logits: classHead.network(features).to(.float32), labels: labels)
    )
  }

  private func shown(_ images: Tensor, at time: StepTime?) throws -> Tensor {
    let varied = try augmentation(images)
    guard options.instanceNoise > 0 else { return varied }
    let deviation = try (time ?? StepTime(on: images.device)).ramp(
      from: options.instanceNoise, to: 0, over: 0...options.instanceNoiseLength)
    return try varied + Tensor.normal(varied.shape, using: noiseRandom) * deviation
  }

  func losses(realLogits: Tensor, fakeLogits: Tensor) throws -> (discriminator: Tensor, generator: Tensor) {
    try options.objective.losses(
      realLogits: realLogits, fakeLogits: fakeLogits, smoothing: options.labelSmoothing)
  }

  /// What the discriminator pays for its slope, measured at the first of the images; nil for nothing.
  func penalty(
    at realImages: Tensor, and fakeImages: Tensor, labels: Tensor? = nil, asked: Tensor? = nil
  ) throws -> Tensor? {
    let all = try realImages.size(0)
    let count = max(1, Int((Double(all) * options.penalizedShare).rounded()))
    let (real, fake) = (try realImages.narrowed(0..<count), try fakeImages.narrowed(0..<count))
    func logits(of classes: Tensor?) throws -> (Tensor) throws -> Tensor {
      let judged = options.classes == .projection ? try classes?.narrowed(0..<count) : nil
      return { [discriminator] in try discriminator.network($0, labels: judged) }
    }
    var terms: [Tensor] = []
    if options.r1Penalty > 0 {
      terms.append(try GradientPenalty.r1(realImages: real, logits: logits(of: labels)) * options.r1Penalty)
    }
    if options.r2Penalty > 0 {
      terms.append(try GradientPenalty.r2(fakeImages: fake, logits: logits(of: asked)) * options.r2Penalty)
    }
    if let shareRandom {
      let shares = try Tensor.uniform(
        [count] + [Int](repeating: 1, count: real.rank - 1), low: 0, high: 1, using: shareRandom)
      let slope = try GradientPenalty.unitSlope(
        realImages: real, fakeImages: fake, shares: shares, logits: logits(of: labels))
      terms.append(try slope * options.gradientPenalty)
    }
    return try terms.dropFirst().reduce(terms.first) { sum, term in try sum.map { try $0 + term } }
  }
}
