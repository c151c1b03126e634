public import SparringDatasets
public import SparringModels
import SparringObjectives
public import SparringTorch

/// Generated images join the training set: a generator of classes plays against a discriminator that judges image and
/// class together (Miyato and Koyama 2018), and the classifier learns from the labelled images and from generated ones
/// that it takes for the class that was asked for. Unlabelled images take part in the game under the classifier's name
/// for them (as in Lučić et al. 2019, "High-fidelity image generation with fewer labels").
///
/// With a share of 1 the classifier sees generated images alone, and its accuracy on real ones is the classification
/// accuracy score of the generator (Ravuri and Vinyals 2019); a second classifier, of the labelled images, then gives the
/// names.
public final class Synthesis: ClassifierRecipe, ClassGeneratorRecipe {
  /// The name on the command line and in checkpoints.
  public static let name = "synthesis"
  /// In one line.
  public static let summary = "a generator of classes whose recognised images join the training set"
  /// The classifier takes no part in the game itself.
  public static let roles: [NetworkRole] = [.classifier, .generator, .discriminator]
  /// Small players of the game.
  public static var model: ModelConfiguration {
    var model = SemiSupervisedGAN.model
    model.discriminator = TrunkConfiguration(DCGANFamily(width: 32))
    return model
  }
  /// A game takes longer than a classifier.
  public static var pace: TrainingPace {
    var pace = TrainingPace()
    pace.steps = 1200
    return pace
  }

  /// The game may go wrong, and generated images may be none of their class.
  public static let failureSigns = failureSigns(of: GameOptions())

  private static func failureSigns(of game: GameOptions) -> [FailureSign] {
    game.failureSignsOfOwnRates + [
      FailureSign(
        .kept, within: 0.02, patience: 20, meaning: "hardly any generated image is taken for its class, so none joins",
        remedies: [.lower("options.confidence")])
    ]
  }

  /// What may be chosen besides the networks' sizes.
  public struct Options: ClassifierRecipeOptions, FewLabelsBatchSizes {
    /// How the classifier is optimised.
    public var classifier = ClassifierOptions()
    /// How the generator is optimised.
    public var generator = GeneratorOptions()
    /// How the discriminator is optimised.
    public var discriminator = DiscriminatorOptions()
    /// What generator and discriminator minimise.
    public var game = GameOptions()
    /// The generated images' part in what the classifier minimises; 1 leaves out the labelled ones.
    public var syntheticShare = 0.2
    /// The share of the run before which no generated image joins; with a share of 1, where there is nothing to join, they
    /// are learnt from all along.
    public var joinsAfter = 0.6
    /// The least probability of the class asked for at which a generated image joins; 0 takes all.
    public var confidence = 0.9
    /// Whether unlabelled images take part in the game, under the classifier's name for them.
    public var namesUnlabelled = true
    /// The weight of images of one class differing as their latents do (Mao et al. 2019); 0 leaves it out.
    public var modeSeekingWeight = 0.1
    /// Labelled images in one step.
    public var labelledBatchSize = 64
    /// Unlabelled real images in one step; an epoch is one pass over them.
    public var unlabelledBatchSize = 64

    /// The defaults, to be changed one by one.
    public init() { (generator.learningRate, discriminator.learningRate) = (4e-4, 4e-4) }

    /// - Throws: ``TorchError`` naming the value out of range.
    public func validate() throws(TorchError) {
      try classifier.validate()
      try generator.validate()
      try discriminator.validate()
      try game.validate()
      try require(syntheticShare, named: "options.syntheticShare", in: 0...1)
      try require(joinsAfter, named: "options.joinsAfter", in: 0...1)
      try require(confidence, named: "options.confidence", in: 0...1)
      try require(modeSeekingWeight, named: "options.modeSeekingWeight", in: 0...1e6)
      try validateBatchSizes()
    }
  }

  /// Images `[N, C, H, W]` on [-1, 1] to class logits `[N, K]`; the average gives the result.
  public let classifier: Player<Classifier>
  /// Latents `[N, latentSize]` and classes to images `[N, C, H, W]` on [-1, 1].
  public let generator: Player<Generator>
  /// Images and their classes to logits `[N, 1]`; above zero means "real, and of that class".
  public let discriminator: Player<Discriminator>
  /// What the recipe was made from.
  public let setting: Setting
  /// Learns from the labelled images where the classifier sees none of them.
  private let labeller: Player<Classifier>?
  private let options: Options
  private let seeking: ModeSeeking
  private let latentRandom: RandomGenerator
  private let augmentationRandom: RandomGenerator
  private let generatedAugmentation: GeneratedAugmentation

  /// With these options.
  public var failureSigns: [FailureSign] { Self.failureSigns(of: options.game) }

  /// Networks with fresh weights.
  public init(_ options: Options = Options(), in setting: Setting) throws {
    try options.validate()
    (self.options, self.setting) = (options, setting)
    seeking = ModeSeeking(weight: options.modeSeekingWeight)
    latentRandom = try setting.random("latents")
    augmentationRandom = try setting.random("augmentation")
    generatedAugmentation = try GeneratedAugmentation(options.generator, in: setting)
    // The classifier begins exactly as the supervised one of the same seed.
    classifier = try options.classifier.player(in: setting)
    labeller = options.syntheticShare == 1 ? try options.classifier.player(in: setting) : nil
    generator = try options.generator.player(in: setting, ofClasses: true)
    discriminator = try options.discriminator.player(
      setting.discriminator(of: .exampleOfClass(classCount: setting.data.classCount)))
    try options.game.requireSmallSlope(of: discriminator.network)
  }

  /// Labelled and unlabelled images side by side.
  public func batches(from data: TrainingData) throws -> any BatchSource<SemiSupervisedBatch> {
    try data.fewLabels(
      labelledBatchSize: options.labelledBatchSize, unlabelledBatchSize: options.unlabelledBatchSize)
  }

  /// Moves the two players of the game once, then the classifier.
  /// - Parameter batch: Real images on [-1, 1], not yet augmented.
  /// - Returns: `classifier`, the labelled images' cross-entropy; `synthetic`, that of the generated ones that join, and
  ///   `kept`, their share; `discriminator` and `generator`, the losses of the game.
  /// - Throws: `TorchError` when the images do not fit the networks.
  public func step(_ batch: SemiSupervisedBatch, at time: StepTime) throws -> Losses {
    let shown = try setting.augmented(batch, using: augmentationRandom)
    let classes = try seeking.asked(
      .randomIntegers([options.generator.batchSize], in: 0..<setting.data.classCount, using: latentRandom))
    let game = try play(named(shown, seenAs: batch.unlabelled), against: classes)
    let lesson = try learn(from: shown.labelled, and: game.generated, of: classes, at: time)
    let named = options.namesUnlabelled ? 2 * options.unlabelledBatchSize : 0
    let quantities = options.game.quantities
    return try Losses(
      [
        .classifier: lesson.labelled, .synthetic: lesson.synthetic, .kept: lesson.kept,
        quantities.discriminator: game.discriminator, quantities.generator: game.generator,
      ], imagePasses: 2 * options.labelledBatchSize + named + 4 * options.generator.batchSize)
  }

  /// The real images of the game with their classes: those of the labels, and where they take part the unlabelled ones
  /// with what the averaged classifier calls them as they are, before augmentation.
  private func named(_ shown: SemiSupervisedBatch, seenAs unlabelled: Tensor) throws -> LabelledBatch {
    guard options.namesUnlabelled else { return shown.labelled }
    let names = try beliefs(about: unlabelled).argmax()
    return LabelledBatch(
      images: try .concatenate([shown.labelled.images, shown.unlabelled]),
      labels: try .concatenate([shown.labelled.labels, names]))
  }

  /// One step of the game, both players from the same two forward passes.
  private func play(
    _ real: LabelledBatch, against classes: Tensor
  ) throws -> (generated: Tensor, discriminator: Tensor, generator: Tensor) {
    let latents = try Tensor.normal([options.generator.batchSize, latentSize], using: latentRandom)
    let (generated, backward, shown, realLogits, fakeLogits, likeness) = try setting.computing {
      let generated = try generator.network(latents, labels: classes)
      let backward = try SharedBackward(
        fakeExamples: generated, mixesExamples: discriminator.network.mixesExamples)
      let shown = try generatedAugmentation(backward.judgedExamples)
      return (
        try generated.detached(), backward, shown, try discriminator.network(real.images, labels: real.labels),
        try discriminator.network(shown, labels: classes, countsInStatistics: false),
        try seeking.loss(examples: generated, latents: latents)
      )
    }
    let losses = try options.game.losses(realLogits: realLogits, fakeLogits: fakeLogits)
    func logits(of labels: Tensor) -> (Tensor) throws -> Tensor {
      { [discriminator] in try discriminator.network($0, labels: labels, countsInStatistics: false) }
    }
    let gradients = try backward.gradients(
      discriminatorLoss: losses.discriminator, generatorLoss: losses.generator, realLogits: realLogits,
      fakeLogits: fakeLogits,
      penalty: options.game.penalty(
        real: (real.images, logits(of: real.labels)), fake: (shown, logits(of: classes))),
      generatorPenalty: likeness, discriminator: discriminator.parameters, generator: generator.parameters)
    try discriminator.step(gradients.discriminator)
    try generator.step(gradients.generator)
    return (generated, losses.discriminator, losses.generator)
  }

  /// Moves the classifier by labelled images and by those generated ones that are taken for their class.
  private func learn(
    from real: LabelledBatch, and generated: Tensor, of classes: Tensor, at time: StepTime
  ) throws -> (labelled: Tensor, synthetic: Tensor, kept: Tensor) {
    let joins = try withoutGradients {
      try beliefs(about: generated).gather(classes.unsqueezed(1), along: 1).squeezed(1).isAtLeast(options.confidence)
        .to(.float32)
    }
    let (realLogits, logits) = try setting.computing {
      let synthetic = try generatedAugmentation(generated)
      if let labeller { return (try labeller.network(real.images), try classifier.network(synthetic)) }
      // They are one training set, also to batch normalisation.
      let both = try classifier.network(.concatenate([real.images, synthetic]))
      let count = try real.images.size(0)
      return (try both.narrowed(0..<count), try both.narrowed(count..<both.size(0)))
    }
    let labelled = try ClassificationLoss.crossEntropy(
      logits: realLogits, labels: real.labels, smoothing: options.classifier.labelSmoothing)
    let synthetic = try ClassificationLoss.crossEntropy(logits: logits, labels: classes, weights: joins)
    if let labeller {
      try labeller.step(labeller.gradients(of: labelled))
      try classifier.step(classifier.gradients(of: synthetic))
    } else {
      let share = try time.switched(at: options.joinsAfter) * options.syntheticShare
      try classifier.step(classifier.gradients(of: labelled * (1 - share) + synthetic * share))
    }
    return (labelled, synthetic, try joins.mean())
  }

  /// Class probabilities `[N, K]` of images as they are, by the averaged weights of whichever classifier has seen labels.
  private func beliefs(about images: Tensor) throws -> Tensor {
    try (labeller ?? classifier).inferring { network in try setting.computing { try network(images) }.softmax() }
  }
}

extension Quantity {
  /// How many generated images are taken for their class.
  static let kept = Quantity("kept", title: "share of generated images that join", short: "join", unit: .share)
}
