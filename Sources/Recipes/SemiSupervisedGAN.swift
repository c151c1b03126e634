public import SparringDatasets
public import SparringModels
import SparringObjectives
public import SparringTorch

/// A classifier that is also the discriminator (Salimans et al. 2016): besides naming the labelled
/// images it must tell real images from generated ones, so every unlabelled image teaches it what
/// the classes look like. The generator matches the mean of its features.
///
/// A moving average of the classifier may also teach it: the average names unlabelled images, and
/// where it is sure, the classifier must agree on a stronger augmentation (Sohn et al. 2020).
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

  /// What may be chosen besides the networks' sizes.
  public struct Options: RecipeOptions, FewLabelsBatchSizes {
    /// How the classifier is optimised.
    public var classifier = ClassifierOptions()
    /// How the generator is optimised.
    public var generator = GeneratorOptions()
    /// The weight of telling real from generated.
    public var adversarialWeight = 1.0
    /// The weight of the average's pseudo-labels; 0 leaves them out.
    public var pseudoLabelWeight = 0.0
    /// The least probability at which a pseudo-label counts.
    public var pseudoLabelThreshold = 0.95
    /// Whether pseudo-labels are corrected towards equally frequent classes.
    public var alignsPseudoLabels = true
    /// Images of each kind in one step.
    public var labelledBatchSize = 64
    /// Unlabelled real images in one step; an epoch is one pass over them.
    public var unlabelledBatchSize = 128

    /// The defaults, to be changed one by one.
    public init() {}

    /// - Throws: ``TorchError`` naming the value out of range.
    public func validate() throws(TorchError) {
      try classifier.validate()
      try generator.validate()
      try require(pseudoLabelThreshold, named: "options.pseudoLabelThreshold", in: 0...1)
      try require(adversarialWeight, named: "options.adversarialWeight", in: 0...1e6)
      try require(pseudoLabelWeight, named: "options.pseudoLabelWeight", in: 0...1e6)
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
  private let teacher: Teacher
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
    teacher = try Teacher(
      threshold: options.pseudoLabelThreshold, aligns: options.alignsPseudoLabels, in: setting)
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
    let teaches = options.pseudoLabelWeight > 0
    let beliefs = teaches ? try teacher.probabilities(ofLogits: classLogits(of: batch.unlabelled)) : nil
    let (count, labelled, total, adversary) = try setting.computing {
      let pass = try FewLabelsPass(classifier.network, over: shown)
      let labelled = try ClassificationLoss.crossEntropy(
        logits: pass.labelledLogits, labels: pass.labels, smoothing: options.classifier.labelSmoothing)
      var total = labelled
      if let beliefs {
        total = try total + teacher.disagreement(of: pass.unlabelledLogits, with: beliefs) * options.pseudoLabelWeight
      }
      let adversary = try game.losses(
        of: classifier.network, realLogits: pass.unlabelledLogits, realFeatures: pass.unlabelledFeatures)
      total = try total + adversary.discriminator * options.adversarialWeight
      return (pass.count + (teaches ? options.unlabelledBatchSize : 0), labelled, total, adversary)
    }
    try game.step(classifier, classifierLoss: total, generatorLoss: adversary.generator)
    return try Losses(
      [.classifier: labelled, .discriminator: adversary.discriminator, .generator: adversary.generator],
      imagePasses: count + game.examplePasses)
  }
}
