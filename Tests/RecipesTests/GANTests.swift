import SparringDatasets
import SparringModels
import SparringObjectives
import SparringTorch
import Testing

@testable import SparringRecipes

/// The game without labels: its objectives and what keeps the discriminator's slope small.
@Suite struct GANSteps {
  @Test(arguments: AdversarialObjective.allCases)
  func everyObjectiveTrains(objective: AdversarialObjective) throws {
    var options = GAN.Options.reference
    options.objective = objective
    (options.r1Penalty, options.r2Penalty, options.gradientPenalty) = (0.1, 0.2, 0.3)
    options.labelSmoothing = objective.smoothsLabels ? 0.1 : 0
    options.averageDecay = 0.9
    let gan = try GAN(
      options,
      in: Setting(
        shape: .image(channels: 1, height: 28, width: 28), generator: DCGANGeneratorFamily(width: 2), latentSize: 8,
        discriminator: DCGANFamily(width: 2), learningRate: 2e-4, seed: 1))
    let images = try Tensor.normal([4, 1, 28, 28], using: RandomGenerator(seed: 2))
    let losses = try gan.step(ExampleBatch(images: images), at: StepTime())
    #expect(losses.values.map(\.name) == ["discriminator", "generator"])
    #expect(try losses.values.allSatisfy { try $0.value.isFinite() })
  }

  private func smallGAN(
    _ options: GAN.Options, discriminator: any TrunkFamily = DCGANFamily(width: 2)
  ) throws -> GAN {
    try GAN(
      options,
      in: Setting(
        shape: .image(channels: 1, height: 12, width: 12), generator: DCGANGeneratorFamily(width: 2), latentSize: 8,
        discriminator: discriminator, learningRate: 2e-4, seed: 1))
  }

  /// Without a bound on its slope the discriminator's mean difference has no end.
  @Test func wassersteinNeedsASmallSlope() throws {
    var options = GAN.Options.reference
    options.objective = .wasserstein
    #expect(throws: TorchError.self) { try smallGAN(options) }
    let normalized = try smallGAN(
      options, discriminator: ConvolutionalFamily(widths: [4, 8], normalization: .spectral))
    #expect(normalized.discriminator.network.isSpectrallyNormalized && normalized.failureSigns.isEmpty)
    let images = try Tensor.normal([4, 1, 12, 12], using: RandomGenerator(seed: 2))
    for _ in 0..<3 {
      let losses = try normalized.step(ExampleBatch(images: images), at: StepTime())
      #expect(try losses.values.allSatisfy { try $0.value.isFinite() })
    }
    options.gradientPenalty = 10
    #expect(try !smallGAN(options).discriminator.network.isSpectrallyNormalized)
    var smoothed = GAN.Options.reference
    (smoothed.objective, smoothed.labelSmoothing) = (.hinge, 0.1)
    #expect(throws: TorchError.self) { try smoothed.validate() }
  }

  /// What the discriminator is shown is noisy at the run's beginning and as it is at its end; its rate is its own.
  @Test func noiseFallsAndRatesDiffer() throws {
    var options = GAN.Options.reference
    let images = try Tensor.normal([4, 1, 12, 12], using: RandomGenerator(seed: 2))
    func losses(_ options: GAN.Options, at progress: Double) throws -> [Double] {
      try smallGAN(options).step(ExampleBatch(images: images), at: StepTime(progress: progress)).values
        .map { try $0.value.item() }
    }
    let plain = try losses(options, at: 0)
    (options.instanceNoise, options.instanceNoiseLength) = (0.5, 0.5)
    #expect(try losses(options, at: 0.6) == plain)
    let noisy = try losses(options, at: 0)
    #expect(noisy != plain && noisy.allSatisfy(\.isFinite))
    options.discriminatorRate = 8e-4
    let gan = try smallGAN(options)
    #expect(gan.discriminator.optimizer.learningRate == 8e-4 && gan.generator.optimizer.learningRate == 2e-4)
  }

  /// Each penalty with its own weight, at the images that it is made for.
  @Test func penaltiesAddUp() throws {
    var options = GAN.Options.reference
    (options.r1Penalty, options.r2Penalty, options.gradientPenalty) = (0.1, 0.2, 0.3)
    let gan = try smallGAN(options)
    let random = try RandomGenerator(seed: 2)
    let (real, fake) = (
      try Tensor.normal([4, 1, 12, 12], using: random), try Tensor.normal([4, 1, 12, 12], using: random) * 2
    )
    func logits(_ images: Tensor) throws -> Tensor { try gan.discriminator.network(images) }
    let shares = try Tensor.uniform([4, 1, 1, 1], low: 0, high: 1, using: gan.setting.random("shares of real images"))
    let (r1, r2) = (
      try GradientPenalty.r1(realImages: real, logits: logits).item(),
      try GradientPenalty.r2(fakeImages: fake, logits: logits).item()
    )
    let slope = try GradientPenalty.unitSlope(realImages: real, fakeImages: fake, shares: shares, logits: logits).item()
    let sum = try #require(try gan.penalty(at: real, and: fake)).item()
    #expect(abs(sum - (0.1 * r1 + 0.2 * r2 + 0.3 * slope)) < 1e-5 * max(1, sum) && r1 != r2)
    #expect(try smallGAN(.reference).penalty(at: real, and: fake) == nil)
    // A share of the batch is its first images, and their mean.
    (options.penalizedShare, options.gradientPenalty) = (0.5, 0)
    let (first, second) = (try real.narrowed(0..<2), try fake.narrowed(0..<2))
    let half = try #require(try smallGAN(options).penalty(at: real, and: fake)).item()
    options.penalizedShare = 1
    let whole = try #require(try smallGAN(options).penalty(at: first, and: second)).item()
    #expect(half == whole && half > 0)
  }
}

/// The game of classes that can be asked for.
@Suite struct GANsOfClasses {
  private static func gan(
    _ classes: GAN.ClassConditioning, classCount: Int = 2, objective: AdversarialObjective = .relativistic,
    rate: Double = 5e-3
  ) throws -> GAN {
    var options = GAN.Options()
    (options.classes, options.objective) = (classes, objective)
    return try GAN(
      options,
      in: Setting(
        shape: .image(channels: 1, height: 8, width: 8), classCount: classCount,
        generator: DCGANGeneratorFamily(width: 8), latentSize: 4, discriminator: DCGANFamily(width: 8),
        learningRate: rate, seed: 4))
  }

  /// Dark images of class 0 and bright ones of class 1.
  private static func batch(_ random: RandomGenerator) throws -> ExampleBatch {
    let labels = try Tensor.randomIntegers([24], in: 0..<2, using: random)
    let noise = try Tensor.normal([24, 1, 8, 8], using: random) * 0.1
    return try ExampleBatch(images: noise + (labels.to(.float32) - 0.5).reshaped(-1, 1, 1, 1), labels: labels)
  }

  @Test(arguments: [GAN.ClassConditioning.projection, .auxiliary])
  func aClassIsMadeAsItIsAskedFor(classes: GAN.ClassConditioning) throws {
    let gan = try Self.gan(classes)
    let random = try RandomGenerator(seed: 1)
    var names: [String] = []
    for _ in 0..<150 { names = try gan.step(Self.batch(random), at: StepTime()).values.map(\.name) }
    #expect(names == ["discriminator", "generator"] + (classes == .auxiliary ? ["generated-class"] : []))
    let latents = try Tensor.normal([16, 4], using: random)
    func brightness(_ label: Int) throws -> Double {
      try gan.generateImages(from: latents, labels: Tensor(indices: [Int](repeating: label, count: 16))).mean().item()
    }
    let (dark, bright) = (try brightness(0), try brightness(1))
    #expect(dark < -0.2 && bright > 0.2, "\(dark), \(bright)")
    // Other latents make other images of a class.
    let many = try gan.generateImages(from: latents, labels: Tensor(indices: [Int](repeating: 1, count: 16)))
    #expect(try many.variance(0).mean().item() > 1e-4)
    // Without a wish, the classes in turn.
    let inTurn = try gan.generateImages(from: latents).mean(1, 2, 3).array(of: Float.self)
    #expect(inTurn[0] < 0 && inTurn[1] > 0)
    #expect(gan.generatesByClass)
  }

  /// The class head's gradient is the classification loss's alone, and moves with it.
  @Test func theClassHeadLearnsFromRealImages() throws {
    let gan = try Self.gan(.auxiliary, rate: 0.02)
    let head = try #require(gan.classHead).network
    let before = try head.weight.value.array(of: Float.self)
    let random = try RandomGenerator(seed: 1)
    for _ in 0..<60 { _ = try gan.step(Self.batch(random), at: StepTime()) }
    #expect(try head.weight.value.array(of: Float.self) != before)
    let batch = try Self.batch(random)
    let named = try withoutGradients {
      try head(gan.discriminator.network.features(of: batch.images)).argmax().integers()
    }
    #expect(try named == #require(batch.labels).integers())
  }

  @Test func classesNeedLabelsAndADataSetThatHasThem() throws {
    #expect(throws: TorchError.self) { try Self.gan(.projection, classCount: 0) }
    #expect(try !Self.gan(.none).generatesByClass)
    let examples = try Dataset(
      name: "d", split: .train, images: Tensor.zeros([6, 1, 8, 8], dtype: .uint8),
      labels: Tensor(indices: [0, 1, 0, 1, 0, 1]),
      classNames: ["dark", "bright"])
    let data = TrainingData(examples, seed: 1)
    #expect(try data.examples(batchSize: 2, withClasses: true).next().labels?.shape == [2])
    #expect(try data.examples(batchSize: 2, withClasses: false).next().labels == nil)
  }
}

/// Augmentation as far as it is needed.
@Suite struct AdaptiveAugmentations {
  private static func augmentation(target: Double = 0.5) throws -> AdaptiveAugmentation {
    try AdaptiveAugmentation(
      Augmentation(brightness: 1), target: target, images: 100,
      in: Setting(shape: .image(channels: 1, height: 4, width: 4), seed: 1))
  }

  /// Ten sure opinions move the share by a tenth, ten doubtful ones back, and it stays on [0, 1].
  @Test func shareFollowsTheOpinions() throws {
    let adaptive = try Self.augmentation()
    func share() throws -> Double { (try adaptive.share.value.item() * 1e4).rounded() / 1e4 }
    #expect(try share() == 0)
    let (sure, doubtful) = (try Tensor.ones([10, 1]), try Tensor.ones([10, 1]) * -1)
    try adaptive.follow(doubtful)
    #expect(try share() == 0)
    for _ in 0..<3 { try adaptive.follow(sure) }
    #expect(try share() == 0.3)
    try adaptive.follow(doubtful)
    #expect(try share() == 0.2)
    // Seven of ten for real: the mean sign is 0.4, below the target.
    try adaptive.follow(Tensor([Float](repeating: 1, count: 7) + [-1, -1, -1]))
    #expect(try share() == 0.1)
    for _ in 0..<12 { try adaptive.follow(sure) }
    #expect(try share() == 1)
  }

  /// Pairs are judged by differences, so that what is added to every logit means nothing.
  @Test func theMiddleIsTheZeroOfPairs() throws {
    let setting = Setting(
      shape: .image(channels: 1, height: 8, width: 8), generator: DCGANGeneratorFamily(width: 2), latentSize: 3,
      discriminator: DCGANFamily(width: 2), seed: 1)
    let (real, fake) = (try Tensor([4, 7, 5], shape: [3, 1]), try Tensor([4, 3, 1], shape: [3, 1]))
    // The means are 16/3 and 8/3.
    var options = GAN.Options()
    options.objective = .relativistic
    #expect(try GAN(options, in: setting).opinions(ofReal: real, beside: fake).array(of: Float.self) == [0, 3, 1])
    options.objective = .hinge
    #expect(try GAN(options, in: setting).opinions(ofReal: real, beside: fake).array(of: Float.self) == [4, 7, 5])
  }

  @Test func thatShareOfImagesIsVaried() throws {
    let adaptive = try Self.augmentation()
    let images = try Tensor.zeros([2000, 1, 4, 4])
    func varied() throws -> Double {
      try adaptive(images).absolute().mean(1, 2, 3).isGreater(than: 0).to(.float32).mean().item()
    }
    #expect(try varied() == 0)
    try adaptive.share.value.fill(0.3)
    #expect(try abs(varied() - 0.3) < 0.04)
    #expect(
      try Self.augmentation(target: 0).adapts == false
        && Self.augmentation(target: 0)(images).absolute().maximum().item() > 0)
  }
}
