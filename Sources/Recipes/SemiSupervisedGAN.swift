public import SparringDatasets
public import SparringModels
import SparringObjectives
public import SparringTorch

/// A classifier that is also the discriminator (Salimans et al. 2016): besides naming the labelled
/// images it must tell real images from generated ones, so every unlabelled image teaches it what
/// the classes look like. The generator matches the mean of its features.
///
/// What has helped elsewhere can be added, each by a weight of its own: virtual adversarial smoothness, sure and balanced
/// answers (Miyato et al. 2017; Dai et al. 2017), smoothness along the generator's manifold (Lecouat et al. 2018), and for
/// the generator what ``FeatureMatchingOptions`` has.
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
    /// What the generator minimises besides the distance of mean features.
    public var matching = FeatureMatchingOptions()
    /// The weight of telling real from generated.
    public var adversarialWeight = 1.0
    /// The weight of answering alike for an image and for the image moved where that changes the answer most.
    public var smoothnessWeight = 0.0
    /// ε, the length of that perturbation, where pixels lie on [-1, 1].
    public var epsilon = 2.5
    /// ξ, the length at which the most sensitive direction is looked for.
    public var xi = 1.0
    /// Power iterations for that direction.
    public var powerIterations = 1
    /// The weight of the answers' entropy for unlabelled images.
    public var entropyWeight = 0.0
    /// The weight of giving all classes equally often; 0 where they are not equally frequent.
    public var balanceWeight = 0.0
    /// The weight of answering alike along the generator's manifold.
    public var manifoldWeight = 0.0
    /// The length of the step along the manifold, where pixels lie on [-1, 1].
    public var manifoldStep = 2.0
    /// Whether the classifier's layers are scaled by the first unlabelled images before training.
    public var initializesByData = false
    /// Labelled images in one step.
    public var labelledBatchSize = 64
    /// Unlabelled real images in one step; an epoch is one pass over them.
    public var unlabelledBatchSize = 128

    /// The defaults, to be changed one by one.
    public init() {}

    /// At a weight of 0 it is the same recipe without.
    public var usesGenerator: Bool { adversarialWeight > 0 || manifoldWeight > 0 }

    /// - Throws: ``TorchError`` naming the value out of range.
    public func validate() throws(TorchError) {
      try classifier.validate()
      try generator.validate()
      try matching.validate()
      try require(adversarialWeight, named: "options.adversarialWeight", in: 0...1e6)
      try require(smoothnessWeight, named: "options.smoothnessWeight", in: 0...1e6)
      try require(epsilon, named: "options.epsilon", in: 0...1e6)
      try require(xi, named: "options.xi", in: 1e-6...1e6)
      try require(powerIterations, named: "options.powerIterations", in: 1...100)
      try require(entropyWeight, named: "options.entropyWeight", in: 0...1e6)
      try require(balanceWeight, named: "options.balanceWeight", in: 0...1e6)
      try require(manifoldWeight, named: "options.manifoldWeight", in: 0...1e6)
      try require(manifoldStep, named: "options.manifoldStep", in: 1e-6...1e6)
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
  private let smoothness: VirtualAdversarialSmoothness?
  private let manifold: ManifoldSmoothness?
  private let augmentationRandom: RandomGenerator

  /// Networks with fresh weights.
  public init(_ options: Options = Options(), in setting: Setting) throws {
    try options.validate()
    (self.options, self.setting) = (options, setting)
    augmentationRandom = try setting.random("augmentation")
    // The classifier begins exactly as the supervised one of the same seed.
    classifier = try options.classifier.player(in: setting)
    generator = try options.generator.player(in: setting)
    game = try FeatureMatching(generator, options.generator, matching: options.matching, in: setting)
    smoothness =
      options.smoothnessWeight > 0
      ? try VirtualAdversarialSmoothness(
        epsilon: options.epsilon, xi: options.xi, powerIterations: options.powerIterations,
        random: setting.random("directions")) : nil
    manifold =
      options.manifoldWeight > 0
      ? try ManifoldSmoothness(step: options.manifoldStep, augments: options.generator.augments, in: setting) : nil
  }

  /// Labelled and unlabelled images side by side.
  public func batches(from data: TrainingData) throws -> any BatchSource<SemiSupervisedBatch> {
    let batches = try data.fewLabels(
      labelledBatchSize: options.labelledBatchSize, unlabelledBatchSize: options.unlabelledBatchSize)
    if options.initializesByData { try classifier.network.initialize(byFirstOf: data) }
    return batches
  }

  /// Moves the classifier and the generator once, from the same forward passes.
  /// - Parameter batch: Real images on [-1, 1], not yet augmented.
  /// - Returns: `classifier`, the labelled images' cross-entropy; `discriminator`, half of
  ///   −log D(x) − log(1 − D(G(z))), and `generator`, the feature matching; and of what takes part, `smoothness`,
  ///   `entropy`, `imbalance` and `manifold`.
  /// - Throws: `TorchError` when the images do not fit the networks.
  public func step(_ batch: SemiSupervisedBatch, at time: StepTime) throws -> Losses {
    let shown = try setting.augmented(batch, using: augmentationRandom)
    let (pass, labelled, round, further) = try setting.computing {
      let pass = try FewLabelsPass(classifier.network, over: shown)
      let round = try game.round(against: pass, by: classifier.network)
      return (
        pass,
        try ClassificationLoss.crossEntropy(
          logits: pass.labelledLogits, labels: pass.labels, smoothing: options.classifier.labelSmoothing),
        round, try terms(of: pass, images: shown.unlabelled, round: round)
      )
    }
    var loss = try labelled + round.discriminator * options.adversarialWeight
    if let roughness = further.smoothness { loss = try loss + roughness * options.smoothnessWeight }
    if let entropy = further.entropy { loss = try loss + entropy * options.entropyWeight }
    if let imbalance = further.imbalance { loss = try loss + imbalance * options.balanceWeight }
    if let slope = further.manifold { loss = try loss + slope * options.manifoldWeight }
    try game.step(classifier, classifierLoss: loss, generatorLoss: round.generator)
    return try Losses(
      [
        .classifier: labelled, .discriminator: round.discriminator, .generator: round.generator,
        .smoothness: further.smoothness, .entropy: further.entropy, .imbalance: further.imbalance,
        .manifold: further.manifold,
      ],
      imagePasses: pass.count + game.examplePasses + furtherPasses)
  }

  /// Images that pass through a trained network for the terms below.
  private var furtherPasses: Int {
    let smoothed = (smoothness?.passes ?? 0) * options.unlabelledBatchSize
    return manifold == nil ? smoothed : smoothed + 2 * game.generatedCount
  }

  /// What is added to the plain method; nil is left out.
  private struct Terms {
    let smoothness, entropy, imbalance, manifold: Tensor?
  }

  private func terms(of pass: FewLabelsPass, images: Tensor, round: FeatureMatching.Round) throws -> Terms {
    let logits = pass.unlabelledLogits
    return Terms(
      smoothness: try smoothness?.loss(of: classifier.network, at: images, answers: logits),
      entropy: options.entropyWeight > 0 ? try SemiSupervisedLoss.conditionalEntropy(classLogits: logits) : nil,
      imbalance: options.balanceWeight > 0 ? try SemiSupervisedLoss.imbalance(classLogits: logits) : nil,
      manifold: try manifold?.loss(
        of: classifier.network, logits: round.logits, at: round.examples.detached(), latents: round.latents,
        by: generator.network))
  }
}
