public import SparringDatasets
public import SparringModels
import SparringObjectives
public import SparringTorch

/// Virtual adversarial training with entropy minimisation (Miyato et al. 2017): the classifier must answer alike for an
/// unlabelled image and for the image moved by ε in the direction that changes its answer most, and be sure. That it
/// gives all classes equally often keeps it from being sure of the same few (Hu et al. 2017, "IMSAT"). It needs no
/// augmentation, so it serves where nobody can say which changes keep the class. No generator takes part.
public final class VirtualAdversarial: ClassifierRecipe {
  /// The name on the command line and in checkpoints.
  public static let name = "virtual-adversarial"
  /// In one line.
  public static let summary =
    "smooth where the classifier is most sensitive (VAT), no generator, no augmentation needed"
  /// One classifier.
  public static let roles: [NetworkRole] = [.classifier]

  /// What may be chosen besides the classifier's sizes.
  public struct Options: ClassifierRecipeOptions, FewLabelsBatchSizes {
    /// How the classifier is optimised.
    public var classifier = ClassifierOptions()
    /// ε, the length of the perturbation, where pixels lie on [-1, 1]; decides everything.
    public var epsilon = 2.5
    /// ξ, the length at which the most sensitive direction is looked for.
    public var xi = 1.0
    /// Power iterations for that direction.
    public var powerIterations = 1
    /// The weight of answering alike.
    public var smoothnessWeight = 1.0
    /// The weight of the answers' entropy; too much makes answers sure before they are right.
    public var entropyWeight = 0.3
    /// The weight of giving all classes equally often; 0 where they are not equally frequent.
    public var balanceWeight = 1.0
    /// Labelled images in one step.
    public var labelledBatchSize = 100
    /// Unlabelled images in one step; an epoch is one pass over them.
    public var unlabelledBatchSize = 250

    /// The defaults, to be changed one by one.
    public init() {}

    /// - Throws: ``TorchError`` naming the value out of range.
    public func validate() throws(TorchError) {
      try classifier.validate()
      try require(epsilon, named: "options.epsilon", in: 0...1e6)
      try require(xi, named: "options.xi", in: 1e-6...1e6)
      try require(powerIterations, named: "options.powerIterations", in: 1...100)
      try require(smoothnessWeight, named: "options.smoothnessWeight", in: 0...1e6)
      try require(entropyWeight, named: "options.entropyWeight", in: 0...1e6)
      try require(balanceWeight, named: "options.balanceWeight", in: 0...1e6)
      try validateBatchSizes()
    }
  }

  /// Images `[N, C, H, W]` on [-1, 1] to class logits `[N, K]`; the average gives the result.
  public let classifier: Player<Classifier>
  /// What the recipe was made from.
  public let setting: Setting
  private let options: Options
  private let augmentationRandom: RandomGenerator
  private let directionRandom: RandomGenerator
  let smoothness: VirtualAdversarialSmoothness

  /// A classifier with fresh weights: those of every other recipe for the same seed.
  public init(_ options: Options = Options(), in setting: Setting) throws {
    try options.validate()
    (self.options, self.setting) = (options, setting)
    augmentationRandom = try setting.random("augmentation")
    directionRandom = try setting.random("directions")
    smoothness = VirtualAdversarialSmoothness(
      epsilon: options.epsilon, xi: options.xi, powerIterations: options.powerIterations, random: directionRandom)
    classifier = try options.classifier.player(in: setting)
  }

  /// Labelled and unlabelled images side by side.
  public func batches(from data: TrainingData) throws -> any BatchSource<SemiSupervisedBatch> {
    try data.fewLabels(
      labelledBatchSize: options.labelledBatchSize, unlabelledBatchSize: options.unlabelledBatchSize)
  }

  /// Moves the classifier once.
  /// - Parameter batch: Images on [-1, 1], not yet augmented.
  /// - Returns: `classifier`, the labelled images' cross-entropy; `smoothness`, the divergence between the answers for an
  ///   image and for the image moved; `entropy`, that of the answers; `imbalance`, how far the classes are from being
  ///   given equally often.
  /// - Throws: `TorchError` when the images do not fit the network.
  public func step(_ batch: SemiSupervisedBatch, at time: StepTime) throws -> Losses {
    let shown = try setting.augmented(batch, using: augmentationRandom)
    let (labelled, roughness, entropy, imbalance) = try setting.computing {
      let labelledLogits = try classifier.network(shown.labelled.images, countsInStatistics: false)
      let logits = try classifier.network(shown.unlabelled)
      return (
        try ClassificationLoss.crossEntropy(
          logits: labelledLogits, labels: shown.labelled.labels, smoothing: options.classifier.labelSmoothing),
        try smoothness.loss(of: classifier.network, at: shown.unlabelled, answers: logits),
        try SemiSupervisedLoss.conditionalEntropy(classLogits: logits),
        try SemiSupervisedLoss.imbalance(classLogits: logits)
      )
    }
    let decided = try entropy * options.entropyWeight + imbalance * options.balanceWeight
    try classifier.step(classifier.gradients(of: labelled + roughness * options.smoothnessWeight + decided))
    return try Losses(
      [.classifier: labelled, .smoothness: roughness, .entropy: entropy, .imbalance: imbalance],
      imagePasses: options.labelledBatchSize + (1 + smoothness.passes) * options.unlabelledBatchSize)
  }
}

extension Quantity {
  /// How far answers move with the images.
  static let smoothness = Quantity(
    "smoothness", title: "smoothness loss", short: "loss smoothness", unit: .nats, better: .lower)
  /// How unsure the answers are.
  static let entropy = Quantity("entropy", short: "entropy", unit: .nats, better: .lower)
  /// How far the classes are from being given equally often.
  static let imbalance = Quantity("imbalance", short: "imbalance", unit: .nats, better: .lower)
}
