public import SparringDatasets
public import SparringModels
import SparringObjectives
public import SparringTorch

/// ``SemiSupervisedGAN`` for vectors (Salimans et al. 2016, as they train on images whose pixels have no order): features
/// of images, embeddings of sentences, spectra, rows of a table. Classifier and generator are fully connected, and noise
/// on the vectors and between the layers takes the place of an augmentation, which nobody knows for such data. The answers
/// may be made sure by their entropy (Dai et al. 2017, "Good semi-supervised learning that requires a bad GAN"), and the
/// classifier may follow its own average as in ``Consistency``.
public final class FeatureGAN: ClassifierRecipe, GeneratorRecipe {
  /// The name on the command line and in checkpoints.
  public static let name = "feature-gan"
  /// In one line.
  public static let summary = "semi-supervised-gan for vectors: features, embeddings, spectra, tables"
  /// The classifier judges the generator's vectors.
  public static let roles: [NetworkRole] = [.classifier, .generator]
  /// Fully connected, with noise.
  public static var model: ModelConfiguration {
    var (model, classifier) = (ModelConfiguration(), FullyConnectedFamily())
    (classifier.widths, classifier.normalization, classifier.leakyReLUSlope) = ([500, 250], .weight, 0.1)
    // For numbers on [-1, 1] that mostly lie near the middle, as scaled vectors do.
    (classifier.inputNoise, classifier.hiddenNoise) = (0.1, 0.5)
    model.classifier = TrunkConfiguration(classifier)
    model.generator = GeneratorConfiguration(FullyConnectedGeneratorFamily(), latentSize: 100)
    return model
  }

  /// The game may go wrong, and so may pseudo-labels.
  public static let failureSigns = [
    FailureSign.discriminatorWins(.raise("model.classifier.inputNoise")), .pseudoLabelsFavourClasses,
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
    /// The weight of the entropy of what unlabelled vectors are taken for; 0 leaves it out.
    public var entropyWeight = 0.0
    /// The weight of agreeing with the pseudo-labels; 0 leaves the teacher out.
    public var pseudoLabelWeight = 1.0
    /// The least probability at which a pseudo-label counts.
    public var pseudoLabelThreshold = 0.8
    /// Whether pseudo-labels are corrected towards the class frequencies of the labels.
    public var alignsPseudoLabels = true
    /// Labelled vectors in one step.
    public var labelledBatchSize = 64
    /// Unlabelled real vectors in one step; an epoch is one pass over them.
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
      try require(entropyWeight, named: "options.entropyWeight", in: 0...1e6)
      try require(pseudoLabelWeight, named: "options.pseudoLabelWeight", in: 0...1e6)
      try require(pseudoLabelThreshold, named: "options.pseudoLabelThreshold", in: 0...1)
      try validateBatchSizes()
    }
  }

  /// Vectors `[N, F]` to class logits `[N, K]`; also the discriminator. Images are flattened.
  public let classifier: Player<Classifier>
  /// Latents `[N, latentSize]` to vectors `[N, F]`.
  public let generator: Player<Generator>
  /// What the recipe was made from.
  public let setting: Setting
  private let options: Options
  private let teacher: Teacher?
  private let game: FeatureMatching
  private let augmentationRandom: RandomGenerator

  /// Networks with fresh weights: the classifier's are those of every other recipe for the same seed.
  public init(_ options: Options = Options(), in setting: Setting) throws {
    try options.validate()
    (self.options, self.setting) = (options, setting)
    augmentationRandom = try setting.random("augmentation")
    let teaches = options.pseudoLabelWeight > 0
    classifier = try options.classifier.player(in: setting, teaches: teaches)
    generator = try options.generator.player(in: setting)
    teacher =
      teaches
      ? try Teacher(threshold: options.pseudoLabelThreshold, aligns: options.alignsPseudoLabels, in: setting) : nil
    game = try FeatureMatching(generator, options.generator, matching: options.matching, in: setting)
  }

  /// Labelled and unlabelled vectors side by side.
  public func batches(from data: TrainingData) throws -> any BatchSource<SemiSupervisedBatch> {
    try data.fewLabels(
      labelledBatchSize: options.labelledBatchSize, unlabelledBatchSize: options.unlabelledBatchSize)
  }

  /// Moves the classifier and the generator once, from the same forward passes.
  /// - Parameter batch: Real vectors, scaled as the data set's facts say.
  /// - Returns: `classifier`, the labelled vectors' cross-entropy; `agreement`, the unlabelled ones' with the
  ///   pseudo-labels, and `trust`, what that counts for, where there is a teacher; `entropy`, where it counts;
  ///   `discriminator`, half of −log D(x) − log(1 − D(G(z))); `generator`, the feature matching.
  /// - Throws: `TorchError` when the vectors do not fit the networks.
  public func step(_ batch: SemiSupervisedBatch, at time: StepTime) throws -> Losses {
    let beliefs = try teacher?.beliefs(about: batch.unlabelled, by: classifier, in: setting)
    let shown = try setting.augmented(batch, using: augmentationRandom)
    let (pass, labelled, adversary) = try setting.computing {
      let pass = try FewLabelsPass(classifier.network, over: shown)
      return (
        pass,
        try ClassificationLoss.crossEntropy(
          logits: pass.labelledLogits, labels: pass.labels, smoothing: options.classifier.labelSmoothing),
        try game.round(against: pass, by: classifier.network)
      )
    }
    var loss = try labelled + adversary.discriminator * options.adversarialWeight
    var agreement: (loss: Tensor, trust: Tensor)?
    if let teacher, let beliefs {
      let found = try teacher.disagreement(of: pass.unlabelledLogits, with: beliefs)
      loss = try loss + found.loss * found.trust * options.pseudoLabelWeight
      agreement = found
    }
    let entropy =
      try options.entropyWeight > 0
      ? SemiSupervisedLoss.conditionalEntropy(classLogits: pass.unlabelledLogits) : nil
    if let entropy { loss = try loss + entropy * options.entropyWeight }
    try game.step(classifier, classifierLoss: loss, generatorLoss: adversary.generator)
    let taught = try teacher == nil ? 0 : batch.unlabelled.size(0)
    return try Losses(
      [
        .classifier: labelled, .agreement: agreement?.loss, .trust: agreement?.trust, .entropy: entropy,
        .discriminator: adversary.discriminator, .generator: adversary.generator,
      ], imagePasses: pass.count + taught + game.examplePasses)
  }
}
