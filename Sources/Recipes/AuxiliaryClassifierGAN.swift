public import SparringDatasets
public import SparringModels
import SparringObjectives
public import SparringTorch

/// A generator of classes against a discriminator that names classes, too (Odena et al. 2017, "AC-GAN"): one trunk with
/// two heads, one for real or generated, one for the class. The generator is to be taken for real, and for the class that
/// it was asked for. Labelled images teach the class head; unlabelled ones take part in the game alone.
public final class AuxiliaryClassifierGAN: ClassifierRecipe, ClassGeneratorRecipe {
  /// The name on the command line and in checkpoints.
  public static let name = "auxiliary-classifier-gan"
  /// In one line.
  public static let summary =
    "a generator of classes against a discriminator whose class head is the classifier (AC-GAN)"
  /// The classifier's trunk is also the discriminator's.
  public static let roles: [NetworkRole] = [.classifier, .generator]
  /// A small generator.
  public static var model: ModelConfiguration { SemiSupervisedGAN.model }

  /// The game may go wrong.
  public static let failureSigns = failureSigns(of: GameOptions())

  private static func failureSigns(of game: GameOptions) -> [FailureSign] {
    game.failureSigns(
      remedy: .lower("options.adversarialWeight"), remedyAtChance: .raise("options.adversarialWeight"))
  }

  /// What may be chosen besides the networks' sizes.
  public struct Options: ClassifierRecipeOptions, FewLabelsBatchSizes {
    /// How the classifier is optimised, and the head beside it that tells real from generated.
    public var classifier = ClassifierOptions()
    /// How the generator is optimised.
    public var generator = GeneratorOptions()
    /// What generator and discriminator minimise.
    public var game = GameOptions()
    /// The weight of telling real from generated.
    public var adversarialWeight = 0.3
    /// The weight of the generated images' classes in what the classifier learns; with few labels the generator's idea of
    /// a class is the classifier's own, so that too much confirms its mistakes.
    public var generatedLabelWeight = 0.1
    /// The weight of being taken for the class asked for in what the generator learns.
    public var generatorClassWeight = 1.0
    /// The weight of images of one class differing as their latents do (Mao et al. 2019); 0 leaves it out.
    public var modeSeekingWeight = 0.1
    /// Labelled images in one step.
    public var labelledBatchSize = 64
    /// Unlabelled real images in one step; an epoch is one pass over them.
    public var unlabelledBatchSize = 128

    /// The defaults, to be changed one by one.
    public init() {}

    /// - Throws: ``TorchError`` naming the value out of range.
    public func validate() throws(TorchError) {
      try classifier.validate()
      try generator.validate()
      try game.validate()
      try require(adversarialWeight, named: "options.adversarialWeight", in: 0...1e6)
      try require(generatedLabelWeight, named: "options.generatedLabelWeight", in: 0...1e6)
      try require(generatorClassWeight, named: "options.generatorClassWeight", in: 0...1e6)
      try require(modeSeekingWeight, named: "options.modeSeekingWeight", in: 0...1e6)
      try validateBatchSizes()
    }
  }

  /// Images `[N, C, H, W]` on [-1, 1] to class logits `[N, K]`; its trunk is also the discriminator's.
  public let classifier: Player<Classifier>
  /// Latents `[N, latentSize]` and classes to images `[N, C, H, W]` on [-1, 1].
  public let generator: Player<Generator>
  /// What the recipe was made from.
  public let setting: Setting
  /// The trunk's features to one logit; above zero means "real".
  private let source: Player<Linear>
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
    generator = try options.generator.player(in: setting, ofClasses: true)
    let head = try Linear(
      inputFeatures: classifier.network.trunk.featureCount, outputFeatures: 1, using: setting.random("source head"))
    source = try Player(head) {
      try AdamW(parameters: $0, learningRate: setting.learningRate, beta1: options.classifier.beta1)
    }
    try options.game.requireSmallSlope(of: classifier.network)
  }

  /// Labelled and unlabelled images side by side.
  public func batches(from data: TrainingData) throws -> any BatchSource<SemiSupervisedBatch> {
    try data.fewLabels(
      labelledBatchSize: options.labelledBatchSize, unlabelledBatchSize: options.unlabelledBatchSize)
  }

  /// Moves the classifier, the head beside it and the generator once, from the same forward passes.
  /// - Parameter batch: Real images on [-1, 1], not yet augmented.
  /// - Returns: `classifier`, the labelled images' cross-entropy; `generated-class`, the generated ones' with the class
  ///   asked for; `discriminator` and `generator`, the losses of the game.
  /// - Throws: `TorchError` when the images do not fit the networks.
  public func step(_ batch: SemiSupervisedBatch, at time: StepTime) throws -> Losses {
    let shown = try setting.augmented(batch, using: augmentationRandom)
    let count = options.generator.batchSize
    let latents = try Tensor.normal([count, latentSize], using: latentRandom)
    let classes = try seeking.asked(
      .randomIntegers([count], in: 0..<setting.data.classCount, using: latentRandom))
    let (labelled, asked, realLogits, fakeLogits, likeness, shownFakes) = try setting.computing {
      let pass = try FewLabelsPass(classifier.network, over: shown)
      let made = try generator.network(latents, labels: classes)
      let shownFakes = try generatedAugmentation(made)
      let features = try classifier.network.features(of: shownFakes, countsInStatistics: false)
      return (
        try ClassificationLoss.crossEntropy(
          logits: pass.labelledLogits, labels: pass.labels, smoothing: options.classifier.labelSmoothing),
        try ClassificationLoss.crossEntropy(
          logits: classifier.network.logits(ofFeatures: features), labels: classes),
        try source.network(pass.unlabelledFeatures).to(.float32), try source.network(features).to(.float32),
        try seeking.loss(examples: made, latents: latents), shownFakes
      )
    }
    let played = try options.game.losses(realLogits: realLogits, fakeLogits: fakeLogits)
    let penalty = try options.game.penalty(real: (shown.unlabelled, sourceLogits), fake: (shownFakes, sourceLogits))
    let telling = try penalty.map { try played.discriminator + $0 } ?? played.discriminator
    let judged = try labelled + telling * options.adversarialWeight + asked * options.generatedLabelWeight
    let named = try played.generator + asked * options.generatorClassWeight
    let made = try likeness.map { try named + $0 } ?? named

    let found = try gradients(
      of: judged, withRespectTo: classifier.parameters + source.parameters, retainGraph: true)
    try generator.step(generator.gradients(of: made))
    try classifier.step(Array(found[..<classifier.parameters.count]))
    try source.step(Array(found[classifier.parameters.count...]))
    let quantities = options.game.quantities
    return try Losses(
      [
        .classifier: labelled, .generatedClass: asked, quantities.discriminator: played.discriminator,
        quantities.generator: played.generator,
      ], imagePasses: options.labelledBatchSize + options.unlabelledBatchSize + 2 * count)
  }

  private func sourceLogits(_ images: Tensor) throws -> Tensor {
    try source.network(classifier.network.features(of: images, countsInStatistics: false)).to(.float32)
  }
}

extension Quantity {
  /// How badly the classes of generated images are recognised.
  static let generatedClass = Quantity(
    "generated-class", title: "generated images' class loss", short: "loss class of G", unit: .nats, better: .lower)
}
