public import SparringDatasets
public import SparringModels
import SparringObjectives
public import SparringTorch

/// Triple-GAN (Li et al. 2017), in its second version (Li et al. 2021, "Triple generative adversarial networks"): three
/// players. The classifier makes pairs by naming unlabelled images, the generator by drawing images of a class that it is
/// asked for, and the discriminator tells both kinds of pairs from real ones. The classifier, which follows its own
/// average as in ``Consistency``, also learns from the generator's pairs.
public final class TripleGAN: ClassifierRecipe, ClassGeneratorRecipe {
  /// The name on the command line and in checkpoints.
  public static let name = "triple-gan"
  /// In one line.
  public static let summary = "classifier and generator each make pairs of image and label, a discriminator judges them"
  /// Three networks.
  public static let roles: [NetworkRole] = [.classifier, .generator, .discriminator]
  /// A small generator against a small discriminator.
  public static var model: ModelConfiguration {
    var model = SemiSupervisedGAN.model
    model.discriminator = TrunkConfiguration(ConvolutionalFamily(widths: [32, 64, 128], leakyReLUSlope: 0.2))
    return model
  }

  /// The game may go wrong, and so may pseudo-labels.
  public static let failureSigns = [
    FailureSign.discriminatorWins(.raise("options.r1Penalty"), .lower("options.discriminator.learningRate")),
    .pseudoLabelsFavourClasses,
    .discriminatorAtChance(loss: 2, .raise("options.discriminator.learningRate"), .lower("options.r1Penalty")),
  ]

  /// What may be chosen besides the networks' sizes.
  public struct Options: ClassifierRecipeOptions, FewLabelsBatchSizes {
    /// How the classifier is optimised.
    public var classifier = ClassifierOptions()
    /// How the generator is optimised.
    public var generator = GeneratorOptions(learningRate: 5e-4)
    /// How the discriminator is optimised.
    public var discriminator = DiscriminatorOptions(learningRate: 1e-3)
    /// The classifier's weight of deceiving the discriminator; 0 leaves it out.
    public var adversarialWeight = 0.01
    /// The classifier's weight of naming generated images as they were asked for; 0 leaves it out.
    public var syntheticWeight = 0.03
    /// The weight of images of one class differing as their latents do (Mao et al. 2019); 0 leaves it out.
    public var modeSeekingWeight = 0.1
    /// The share of the run at which the classifier begins to learn from the game.
    public var gameStart = 0.2
    /// The share of the run from which the game has its whole weight.
    public var gameEnd = 0.4
    /// The share of the discriminator's real pairs that are unlabelled images with the teacher's label, so that it cannot
    /// learn the labelled ones by heart.
    public var namedPairShare = 0.9
    /// α, the share of the classifier's pairs among those that the discriminator must see through.
    public var classifierPairShare = 0.5
    /// The weight γ of the R1 penalty on the discriminator's slope at real pairs (Mescheder et al. 2018), where the paper
    /// normalises its weights spectrally; 0 leaves it out. With 3 the discriminator of digits tells nothing apart.
    public var r1Penalty = 0.1
    /// The weight of agreeing with the pseudo-labels.
    public var pseudoLabelWeight = 1.0
    /// The least probability at which a pseudo-label counts.
    public var pseudoLabelThreshold = 0.95
    /// Whether pseudo-labels are corrected towards the class frequencies of the labels.
    public var alignsPseudoLabels = true
    /// The share of the run over which the pseudo-labels gain their weight.
    public var rampLength = 0.0
    /// Labelled images in one step.
    public var labelledBatchSize = 64
    /// Unlabelled real images in one step; an epoch is one pass over them.
    public var unlabelledBatchSize = 128

    /// The defaults, to be changed one by one.
    public init() {}

    /// Without both it is the teacher alone.
    public var usesGenerator: Bool { adversarialWeight > 0 || syntheticWeight > 0 }

    /// - Throws: ``TorchError`` naming the value out of range.
    public func validate() throws(TorchError) {
      try classifier.validate()
      try generator.validate()
      try discriminator.validate()
      try require(adversarialWeight, named: "options.adversarialWeight", in: 0...1e6)
      try require(syntheticWeight, named: "options.syntheticWeight", in: 0...1e6)
      try require(modeSeekingWeight, named: "options.modeSeekingWeight", in: 0...1e6)
      try require(gameStart, named: "options.gameStart", in: 0...1)
      try require(gameEnd, named: "options.gameEnd", in: gameStart...1)
      try require(namedPairShare, named: "options.namedPairShare", in: 0...1)
      try require(classifierPairShare, named: "options.classifierPairShare", in: 0...1)
      try require(r1Penalty, named: "options.r1Penalty", in: 0...1e6)
      try require(pseudoLabelWeight, named: "options.pseudoLabelWeight", in: 0...1e6)
      try require(pseudoLabelThreshold, named: "options.pseudoLabelThreshold", in: 0...1)
      try require(rampLength, named: "options.rampLength", in: 0...1)
      try validateBatchSizes()
    }
  }

  /// Images `[N, C, H, W]` on [-1, 1] to class logits `[N, K]`; the average teaches, and gives the result.
  public let classifier: Player<Classifier>
  /// Latents `[N, latentSize]` and classes to images `[N, C, H, W]` on [-1, 1].
  public let generator: Player<Generator>
  /// Images and classes to logits; above zero means "a real pair".
  public let discriminator: Player<Discriminator>
  /// What the recipe was made from.
  public let setting: Setting
  private let options: Options
  private let teacher: Teacher
  private let asking: AskedClasses
  /// Whether the discriminator's judgement of one example depends on the others (``SharedBackward``).
  var mixesExamples: Bool
  private let augmentationRandom: RandomGenerator

  /// Networks with fresh weights: the classifier's are those of every other recipe for the same seed.
  public init(_ options: Options = Options(), in setting: Setting) throws {
    try options.validate()
    (self.options, self.setting) = (options, setting)
    augmentationRandom = try setting.random("augmentation")
    classifier = try options.classifier.player(in: setting, teaches: true)
    generator = try options.generator.player(in: setting, ofClasses: true)
    discriminator = try options.discriminator.player(
      setting.discriminator(of: .exampleOfClass(classCount: setting.data.classCount)))
    mixesExamples = discriminator.network.mixesExamples
    teacher = try Teacher(threshold: options.pseudoLabelThreshold, aligns: options.alignsPseudoLabels, in: setting)
    asking = try AskedClasses(
      generator, options.generator, modeSeekingWeight: options.modeSeekingWeight, in: setting)
  }

  /// Labelled and unlabelled images side by side.
  public func batches(from data: TrainingData) throws -> any BatchSource<SemiSupervisedBatch> {
    try data.fewLabels(
      labelledBatchSize: options.labelledBatchSize, unlabelledBatchSize: options.unlabelledBatchSize)
  }

  /// Moves each of the three once, from the same forward passes.
  /// - Parameter batch: Real images on [-1, 1], not yet augmented.
  /// - Returns: `classifier`, the labelled images' cross-entropy; `agreement`, the unlabelled ones' with the pseudo-labels;
  ///   `trust`, what that counts for; `synthetic`, the generated images' cross-entropy, and `deception`, what the
  ///   discriminator thinks of the classifier's pairs, where they take part; `discriminator` and `generator`, their hinge
  ///   losses.
  /// - Throws: `TorchError` when the images do not fit the networks.
  public func step(_ batch: SemiSupervisedBatch, at time: StepTime) throws -> Losses {
    let beliefs = try teacher.beliefs(about: batch.unlabelled, by: classifier, in: setting)
    let shown = try setting.augmented(batch, using: augmentationRandom)
    let (pass, pairs, labelled, agreement, synthetic) = try setting.computing {
      let pass = try FewLabelsPass(classifier.network, over: shown)
      let pairs = try judged(shown, like: pass.labels)
      return (
        pass, pairs,
        try ClassificationLoss.crossEntropy(
          logits: pass.labelledLogits, labels: pass.labels, smoothing: options.classifier.labelSmoothing),
        try teacher.disagreement(of: pass.unlabelledLogits, with: beliefs),
        try options.syntheticWeight > 0 ? syntheticLoss(pairs) : nil
      )
    }
    let probabilities = try pass.unlabelledLogits.softmax()
    let deception =
      try options.adversarialWeight > 0
      ? NamedPairLoss.hingeClassifier(logits: pairs.unlabelledLogits, probabilities: probabilities) : nil
    let discriminatorLoss = try hinge(pairs, labels: pass.labels, beliefs: beliefs, probabilities: probabilities)
    let generatorLoss = try AdversarialLoss.hingeGenerator(fakeLogits: pairs.fakeLogits)

    var loss =
      try labelled + agreement.loss * agreement.trust * options.pseudoLabelWeight
      * time.growth(over: options.rampLength)
    let game = try time.ramp(from: 0, to: 1, over: options.gameStart...options.gameEnd)
    if let deception { loss = try loss + deception * options.adversarialWeight * game }
    if let synthetic { loss = try loss + synthetic * options.syntheticWeight * game }
    let classifierGradients = try classifier.gradients(of: loss)
    let gradients = try pairs.backward.gradients(
      discriminatorLoss: discriminatorLoss, generatorLoss: generatorLoss, realLogits: pairs.realLogits,
      fakeLogits: pairs.fakeLogits,
      penalty: options.r1Penalty > 0 ? penalty(at: shown, named: beliefs.argmax()) : nil,
      generatorPenalty: pairs.likeness, discriminator: discriminator.parameters, generator: generator.parameters)
    try classifier.step(classifierGradients)
    try discriminator.step(gradients.discriminator)
    try generator.step(gradients.generator)
    let generated = asking.count * (synthetic == nil ? 2 : 3)
    return try Losses(
      [
        .classifier: labelled, .agreement: agreement.loss, .trust: agreement.trust, .synthetic: synthetic,
        .deception: deception, .discriminator.measured(in: .plain): discriminatorLoss,
        .generator.measured(in: .plain): generatorLoss,
      ], imagePasses: 2 * pass.count + batch.unlabelled.size(0) + generated)
  }

  /// What the discriminator is shown, and what it says.
  private struct JudgedPairs {
    let backward: SharedBackward
    /// Generated images as they are shown, `[G, …]`, and the classes that were asked for, `[G]`.
    let fakes: Tensor
    let asked: Tensor
    /// Of real images with every class, the labelled ones first: `[N + M, K]`.
    let realLogits: Tensor
    /// Of generated images with the classes that were asked for, `[G, 1]`.
    let fakeLogits: Tensor
    let labelledCount: Int
    /// What the generator pays for images of one class that are alike.
    let likeness: Tensor?

    /// `[N, K]`.
    var labelledLogits: Tensor { get throws { try realLogits.narrowed(0..<labelledCount) } }
    /// `[M, K]`.
    var unlabelledLogits: Tensor { get throws { try realLogits.narrowed(labelledCount..<realLogits.size(0)) } }
  }

  private func judged(_ shown: SemiSupervisedBatch, like labels: Tensor) throws -> JudgedPairs {
    let (made, asked, likeness) = try asking.make(like: labels)
    let backward = try SharedBackward(fakeExamples: made, mixesExamples: mixesExamples)
    let fakes = try asking.shown(backward.judgedExamples)
    let real = try Tensor.concatenate([shown.labelled.images, shown.unlabelled])
    return JudgedPairs(
      backward: backward, fakes: fakes, asked: asked,
      realLogits: try discriminator.network.logitsOfEveryClass(real),
      fakeLogits: try discriminator.network(fakes, labels: asked, countsInStatistics: false),
      labelledCount: try labels.size(0), likeness: likeness)
  }

  /// The cross-entropy of generated images with the classes that they were asked for; no gradient flows into them.
  private func syntheticLoss(_ pairs: JudgedPairs) throws -> Tensor {
    try ClassificationLoss.crossEntropy(
      logits: classifier.network(pairs.fakes.detached(), countsInStatistics: false), labels: pairs.asked)
  }

  /// The discriminator's loss: pairs with a true label or the teacher's are real; those that the classifier makes, in the
  /// mean over all it might say, and those that the generator makes are not.
  private func hinge(_ pairs: JudgedPairs, labels: Tensor, beliefs: Tensor, probabilities: Tensor) throws -> Tensor {
    func logits(_ ofEveryClass: Tensor, _ labels: Tensor) throws -> Tensor {
      try ofEveryClass.gather(labels.unsqueezed(1), along: 1)
    }
    let (named, made) = (options.namedPairShare, options.classifierPairShare)
    let unlabelled = try pairs.unlabelledLogits
    return try AdversarialLoss.hingeReal(realLogits: logits(pairs.labelledLogits, labels)) * (1 - named)
      + AdversarialLoss.hingeReal(realLogits: logits(unlabelled, beliefs.argmax())) * named
      + NamedPairLoss.hingeDiscriminator(logits: unlabelled, probabilities: probabilities) * made
      + AdversarialLoss.hingeFake(fakeLogits: pairs.fakeLogits) * (1 - made)
  }

  /// What the discriminator pays for its slope at real pairs, with true labels and with the teacher's.
  private func penalty(at shown: SemiSupervisedBatch, named: Tensor) throws -> Tensor {
    let images = try Tensor.concatenate([shown.labelled.images, shown.unlabelled])
    let labels = try Tensor.concatenate([shown.labelled.labels, named])
    return try GradientPenalty.r1(realImages: images) { points in
      try discriminator.network(points, labels: labels, countsInStatistics: false)
    } * options.r1Penalty
  }
}

extension Quantity {
  /// How little the discriminator believes the classifier's labels.
  static let deception = Quantity(
    "deception", title: "loss of the classifier's pairs", short: "loss pairs", unit: .plain)
}
