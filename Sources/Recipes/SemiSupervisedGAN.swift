public import SparringDatasets
public import SparringModels
import SparringObjectives
public import SparringTorch

/// A classifier that is also the discriminator (Salimans et al. 2016): besides naming the labelled
/// images it must tell real images from generated ones, so every unlabelled image teaches it what
/// the classes look like. The generator matches the mean of its features.
public final class SemiSupervisedGAN: ClassifierRecipe, GeneratorRecipe {
  /// The name on the command line and in checkpoints.
  public static let name = "semi-supervised-gan"
  /// In one line.
  public static let summary = "a classifier that is also the discriminator of a GAN"
  /// The classifier judges the generator's images.
  public static let roles: [NetworkRole] = [.classifier, .generator]
  /// A small generator.
  public static var model: ModelConfiguration {
    var model = ModelConfiguration()
    model.generator = GeneratorConfiguration(DCGANGeneratorFamily(width: 16), latentSize: 64)
    return model
  }

  /// The game may go wrong.
  public static let failureSigns = [
    FailureSign.discriminatorWins(),
    .discriminatorAtChance(loss: 0.693_147_18, .raise("options.adversarialWeight")),
  ]

  /// What may be chosen besides the networks' sizes.
  public struct Options: ClassifierRecipeOptions, FewLabelsBatchSizes {
    /// How the classifier is optimised.
    public var classifier = ClassifierOptions()
    /// How the generator is optimised.
    public var generator = GeneratorOptions()
    /// The weight of telling real from generated.
    public var adversarialWeight = 1.0
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
      try require(adversarialWeight, named: "options.adversarialWeight", in: 0...1e6)
      try validateBatchSizes()
    }
  }

  /// Images `[N, C, H, W]` on [-1, 1] to class logits `[N, K]`; also the discriminator.
  public let classifier: Player<Classifier>
  /// Latents `[N, latentSize]` to images `[N, C, H, W]` on [-1, 1].
  public let generator: Player<Generator>
  /// What the recipe was made from.
  public let setting: Setting
  private let options: Options
  private let game: FeatureMatching
  private let augmentationRandom: RandomGenerator

  /// Networks with fresh weights.
  public init(_ options: Options = Options(), in setting: Setting) throws {
    try options.validate()
    (self.options, self.setting) = (options, setting)
    augmentationRandom = try setting.random("augmentation")
    // The classifier begins exactly as the supervised one of the same seed.
    classifier = try options.classifier.player(in: setting)
    generator = try options.generator.player(in: setting)
    game = try FeatureMatching(generator, options.generator, in: setting)
  }

  /// Labelled and unlabelled images side by side.
  public func batches(from data: TrainingData) throws -> any BatchSource<SemiSupervisedBatch> {
    try data.fewLabels(
      labelledBatchSize: options.labelledBatchSize, unlabelledBatchSize: options.unlabelledBatchSize)
  }

  /// Moves the classifier and the generator once, from the same forward passes.
  /// - Parameter batch: Real images on [-1, 1], not yet augmented.
  /// - Returns: `classifier`, the labelled images' cross-entropy; `discriminator`, half of
  ///   −log D(x) − log(1 − D(G(z))), and `generator`, the feature matching.
  /// - Throws: `TorchError` when the images do not fit the networks.
  public func step(_ batch: SemiSupervisedBatch, at time: StepTime) throws -> Losses {
    let shown = try setting.augmented(batch, using: augmentationRandom)
    let (pass, labelled, adversary) = try setting.computing {
      let pass = try FewLabelsPass(classifier.network, over: shown)
      return (
        pass,
        try ClassificationLoss.crossEntropy(
          logits: pass.labelledLogits, labels: pass.labels, smoothing: options.classifier.labelSmoothing),
        try game.losses(
          of: classifier.network, realLogits: pass.unlabelledLogits, realFeatures: pass.unlabelledFeatures)
      )
    }
    let loss = try labelled + adversary.discriminator * options.adversarialWeight
    try game.step(classifier, classifierLoss: loss, generatorLoss: adversary.generator)
    return try Losses(
      [.classifier: labelled, .discriminator: adversary.discriminator, .generator: adversary.generator],
      imagePasses: pass.count + game.examplePasses)
  }
}
