public import SparringDatasets
public import SparringModels
import SparringObjectives
public import SparringTorch

/// DADA (Zhang et al. 2019, "DADA: Deep adversarial data augmentation for extremely low data regime classification"): a few
/// labelled images and nothing else. Every class has two logits, one for real and one for generated images of it. First
/// their difference is learnt against a generator of classes, which so becomes an augmenter; then their sum, which names
/// the class, from real and generated images alike.
///
/// The sum of a class's two logits is the classifier's logit, their difference a head beside it: the same functions as with
/// the two logits themselves, and a classifier like every other recipe's.
public final class DataAugmentingGAN: ClassifierRecipe, ClassGeneratorRecipe {
  /// The name on the command line and in checkpoints.
  public static let name = "data-augmenting-gan"
  /// In one line.
  public static let summary =
    "a few labelled images alone: a generator of classes is trained first, and makes more (DADA)"
  /// The classifier judges the generator's images.
  public static let roles: [NetworkRole] = [.classifier, .generator]
  /// A small generator.
  public static var model: ModelConfiguration { SemiSupervisedGAN.model }

  /// The generator rests once the classes are learnt.
  public static let playsThroughout = false
  /// The game may go wrong.
  public static let failureSigns = failureSigns(of: GameOptions())

  private static func failureSigns(of game: GameOptions) -> [FailureSign] {
    game.failureSigns(remedy: .lower("options.augmenterShare"), remedyAtChance: .raise("training.learningRate"))
  }

  /// What may be chosen besides the networks' sizes.
  public struct Options: ClassifierRecipeOptions {
    /// How the classifier is optimised.
    public var classifier = ClassifierOptions()
    /// How the generator is optimised.
    public var generator = GeneratorOptions()
    /// What generator and discriminator minimise.
    public var game = GameOptions()
    /// The share of the run in which the generator is trained; the classes are learnt after it.
    public var augmenterShare = 0.3
    /// The generator's weight of matching the classifier's mean features.
    public var featureMatchingWeight = 0.5
    /// The weight of naming generated images; 0 leaves them out, and so the classifier to the real ones.
    public var syntheticWeight = 1.0
    /// The weight of images of one class differing as their latents do (Mao et al. 2019); 0 leaves it out.
    public var modeSeekingWeight = 1.0
    /// Labelled images in one step.
    public var batchSize = 64

    /// The defaults, to be changed one by one.
    public init() {}

    /// - Throws: ``TorchError`` naming the value out of range.
    public func validate() throws(TorchError) {
      try classifier.validate()
      try generator.validate()
      try game.validate()
      try require(augmenterShare, named: "options.augmenterShare", in: 0...1)
      try require(featureMatchingWeight, named: "options.featureMatchingWeight", in: 0...1e6)
      try require(syntheticWeight, named: "options.syntheticWeight", in: 0...1e6)
      try require(modeSeekingWeight, named: "options.modeSeekingWeight", in: 0...1e6)
      try require(batchSize: batchSize, named: "batchSize")
    }
  }

  /// Images `[N, C, H, W]` on [-1, 1] to class logits `[N, K]`; with the head, also the discriminator.
  public let classifier: Player<Classifier>
  /// The classifier's features `[N, F]` to a logit for each class, `[N, K]`: above zero means "real, if of this class".
  public let sourceHead: Player<Linear>
  /// Latents `[N, latentSize]` and classes to images `[N, C, H, W]` on [-1, 1].
  public let generator: Player<Generator>
  /// What the recipe was made from.
  public let setting: Setting
  private let options: Options
  private let asking: AskedClasses
  private let augmentationRandom: RandomGenerator

  /// With these options.
  public var failureSigns: [FailureSign] { Self.failureSigns(of: options.game) }

  /// Networks with fresh weights: the classifier's are those of every other recipe for the same seed.
  public init(_ options: Options = Options(), in setting: Setting) throws {
    try options.validate()
    (self.options, self.setting) = (options, setting)
    augmentationRandom = try setting.random("augmentation")
    classifier = try options.classifier.player(in: setting)
    let head = try Linear(
      inputFeatures: classifier.network.trunk.featureCount, outputFeatures: setting.data.classCount,
      using: setting.random("source head"))
    sourceHead = try Player(head) { try Adam(parameters: $0, learningRate: setting.learningRate) }
    generator = try options.generator.player(in: setting, ofClasses: true)
    try options.game.requireSmallSlope(of: classifier.network)
    asking = try AskedClasses(
      generator, options.generator, modeSeekingWeight: options.modeSeekingWeight, in: setting)
  }

  /// The labelled images.
  public func batches(from data: TrainingData) throws -> any BatchSource<LabelledBatch> {
    try data.labelled(batchSize: options.batchSize)
  }

  /// Moves classifier and generator once, from the same forward passes.
  /// - Parameter batch: Labelled images on [-1, 1], not yet augmented.
  /// - Returns: `classifier`, the images' cross-entropy; `synthetic`, that of generated ones, where it takes part;
  ///   `discriminator`, its loss of the game with D the source of an image of its class; `generator`, the loss of the game,
  ///   the feature matching and the likeness of images of one class.
  /// - Throws: `TorchError` when the images do not fit the networks.
  public func step(_ batch: LabelledBatch, at time: StepTime) throws -> Losses {
    let images = try setting.augmentation(batch.images, using: augmentationRandom)
    let (real, fake, shown, likeness) = try setting.computing {
      let real = try Answers(classifier.network, sourceHead.network, of: images, labels: batch.labels, areReal: true)
      let (made, asked, likeness) = try asking.make(like: batch.labels)
      let shown = try asking.shown(made)
      return (
        real, try Answers(classifier.network, sourceHead.network, of: shown, labels: asked, areReal: false), shown,
        likeness
      )
    }
    let labelled = try ClassificationLoss.crossEntropy(
      logits: real.classLogits, labels: real.labels, smoothing: options.classifier.labelSmoothing)
    let synthetic =
      try options.syntheticWeight > 0
      ? ClassificationLoss.crossEntropy(logits: fake.classLogits, labels: fake.labels) : nil
    let played = try options.game.losses(realLogits: real.sourceLogits, fakeLogits: fake.sourceLogits)
    let penalty = try options.game.penalty(
      real: (images, sourceLogits(of: real.labels)), fake: (shown, sourceLogits(of: fake.labels)))
    let source = try penalty.map { try played.discriminator + $0 } ?? played.discriminator
    let matching = try SemiSupervisedLoss.absoluteFeatureMatching(
      realFeatures: real.features.detached(), fakeFeatures: fake.features)
    let playing = try played.generator + matching * options.featureMatchingWeight
    let generatorLoss = try likeness.map { try playing + $0 } ?? playing

    // 0 while the generator is trained, 1 once the classes are learnt.
    let naming = try time.switched(at: options.augmenterShare)
    let named = try synthetic.map { try labelled + $0 * options.syntheticWeight } ?? labelled
    let loss = try named * naming + source * (1 - naming)
    let gradients = (
      try classifier.gradients(of: loss, retainGraph: true), try sourceHead.gradients(of: loss, retainGraph: true)
    )
    try generator.step(generator.gradients(of: generatorLoss * (1 - naming)))
    try classifier.step(gradients.0)
    try sourceHead.step(gradients.1)
    let quantities = options.game.quantities
    return try Losses(
      [
        .classifier: labelled, .synthetic: synthetic, quantities.discriminator: played.discriminator,
        quantities.generator: generatorLoss,
      ], imagePasses: images.size(0) + 2 * asking.count)
  }

  private func sourceLogits(of labels: Tensor) -> (Tensor) throws -> Tensor {
    { [classifier, sourceHead] images in
      try Answers(classifier.network, sourceHead.network, of: images, labels: labels, areReal: false).sourceLogits
    }
  }

  /// What classifier and head say of images whose class is known.
  private struct Answers {
    let labels: Tensor
    /// `[N, F]` of `float32`.
    let features: Tensor
    /// `[N, K]`.
    let classLogits: Tensor
    /// Of the images' own classes, `[N, 1]`.
    let sourceLogits: Tensor

    init(_ classifier: Classifier, _ head: Linear, of images: Tensor, labels: Tensor, areReal: Bool) throws {
      let features = try classifier.features(of: images, countsInStatistics: areReal)
      classLogits = try classifier.logits(ofFeatures: features)
      sourceLogits = try head(features).to(.float32).gather(labels.unsqueezed(1), along: 1)
      (self.labels, self.features) = (labels, try features.to(.float32))
    }
  }
}
