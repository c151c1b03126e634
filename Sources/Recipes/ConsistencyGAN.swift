public import SparringDatasets
public import SparringModels
import SparringObjectives
public import SparringTorch

/// ``Consistency`` and ``SemiSupervisedGAN`` as one: the classifier's average names the unlabelled images, and a
/// generator spars with the classifier over what real images look like. The sum of the two recipes' losses.
public final class ConsistencyGAN: ClassifierRecipe, GeneratorRecipe {
  /// The name on the command line and in checkpoints.
  public static let name = "consistency-gan"
  /// In one line.
  public static let summary = "pseudo-labels and a generator: consistency and semi-supervised-gan together"
  /// The classifier judges the generator's images.
  public static let roles: [NetworkRole] = [.classifier, .generator]
  /// A small generator.
  public static var model: ModelConfiguration { SemiSupervisedGAN.model }

  /// Pseudo-labels may go wrong, and so may the game.
  public static let failureSigns = [
    FailureSign.discriminatorWins(), .pseudoLabelsFavourClasses,
    .discriminatorAtChance(loss: 0.693_147_18, .raise("options.adversarialWeight")),
  ]

  /// What may be chosen besides the networks' sizes.
  public struct Options: ClassifierRecipeOptions, FewLabelsBatchSizes {
    /// How the classifier is optimised.
    public var classifier = ClassifierOptions()
    /// How the generator is optimised.
    public var generator = GeneratorOptions()
    /// What the generator minimises besides the distance of mean features.
    public var matching = FeatureMatchingOptions()
    /// The weight of telling real from generated.
    public var adversarialWeight = 0.3
    /// The weight of agreeing with the pseudo-labels.
    public var pseudoLabelWeight = 1.0
    /// The least probability at which a pseudo-label counts.
    public var pseudoLabelThreshold = 0.95
    /// The weight of telling turned images from upright ones, on unlabelled images; 0 leaves it out, and for pictures that
    /// have no way up, such as cells, it should.
    public var rotationWeight = 0.0
    /// Whether pseudo-labels are corrected towards the class frequencies of the labels.
    public var alignsPseudoLabels = true
    /// Labelled images in one step.
    public var labelledBatchSize = 64
    /// Unlabelled real images in one step; an epoch is one pass over them.
    public var unlabelledBatchSize = 128

    /// The defaults, to be changed one by one.
    public init() {}

    /// At a weight of 0 it is the same recipe without.
    public var usesGenerator: Bool { adversarialWeight > 0 }

    /// - Throws: ``TorchError`` naming the value out of range.
    public func validate() throws(TorchError) {
      try classifier.validate()
      try generator.validate()
      try matching.validate()
      try require(adversarialWeight, named: "options.adversarialWeight", in: 0...1e6)
      try require(pseudoLabelWeight, named: "options.pseudoLabelWeight", in: 0...1e6)
      try require(rotationWeight, named: "options.rotationWeight", in: 0...1e6)
      try require(pseudoLabelThreshold, named: "options.pseudoLabelThreshold", in: 0...1)
      try validateBatchSizes()
    }
  }

  /// Images `[N, C, H, W]` on [-1, 1] to class logits `[N, K]`; also the discriminator, and as an average the teacher.
  public let classifier: Player<Classifier>
  /// Latents `[N, latentSize]` to images `[N, C, H, W]` on [-1, 1].
  public let generator: Player<Generator>
  /// What the recipe was made from.
  public let setting: Setting
  private let options: Options
  private let teacher: Teacher
  private let game: FeatureMatching
  private let rotation: RotationPrediction?
  private let augmentationRandom: RandomGenerator

  /// Networks with fresh weights: the classifier's are those of every other recipe for the same seed.
  public init(_ options: Options = Options(), in setting: Setting) throws {
    try options.validate()
    (self.options, self.setting) = (options, setting)
    augmentationRandom = try setting.random("augmentation")
    classifier = try options.classifier.player(in: setting, teaches: true)
    generator = try options.generator.player(in: setting)
    teacher = try Teacher(threshold: options.pseudoLabelThreshold, aligns: options.alignsPseudoLabels, in: setting)
    game = try FeatureMatching(generator, options.generator, matching: options.matching, in: setting)
    rotation = try RotationPrediction(
      classifier.network, weight: options.rotationWeight, batchSize: options.unlabelledBatchSize, in: setting)
  }

  /// Labelled and unlabelled images side by side.
  public func batches(from data: TrainingData) throws -> any BatchSource<SemiSupervisedBatch> {
    try data.fewLabels(
      labelledBatchSize: options.labelledBatchSize, unlabelledBatchSize: options.unlabelledBatchSize)
  }

  /// Moves the classifier and the generator once, from the same forward passes.
  /// - Parameter batch: Real images on [-1, 1], not yet augmented.
  /// - Returns: `classifier`, the labelled images' cross-entropy; `agreement`, the unlabelled ones' with the
  ///   pseudo-labels; `trust`, what that counts for; `rotation`, where it takes part; `discriminator`, half of
  ///   −log D(x) − log(1 − D(G(z))); `generator`, the feature matching.
  /// - Throws: `TorchError` when the images do not fit the networks.
  public func step(_ batch: SemiSupervisedBatch, at time: StepTime) throws -> Losses {
    let beliefs = try teacher.beliefs(about: batch.unlabelled, by: classifier, in: setting)
    let strong = try setting.augmented(batch, using: augmentationRandom)
    let (pass, labelled, agreement, adversary, turned) = try setting.computing {
      let pass = try FewLabelsPass(classifier.network, over: strong)
      return (
        pass,
        try ClassificationLoss.crossEntropy(
          logits: pass.labelledLogits, labels: pass.labels, smoothing: options.classifier.labelSmoothing),
        try teacher.disagreement(of: pass.unlabelledLogits, with: beliefs),
        try game.round(against: pass, by: classifier.network),
        try rotation?.loss(of: classifier.network, on: strong.unlabelled)
      )
    }
    var loss =
      try labelled + agreement.loss * agreement.trust * options.pseudoLabelWeight
      + adversary.discriminator * options.adversarialWeight
    if let turned { loss = try loss + turned * options.rotationWeight }
    try rotation.step(along: loss) {
      try game.step(classifier, classifierLoss: loss, generatorLoss: adversary.generator)
    }
    let passes = try pass.count + batch.unlabelled.size(0) + game.examplePasses
    return try Losses(
      [
        .classifier: labelled, .agreement: agreement.loss, .trust: agreement.trust, .rotation: turned,
        .discriminator: adversary.discriminator, .generator: adversary.generator,
      ], imagePasses: passes + (rotation?.examplePasses ?? 0))
  }
}
