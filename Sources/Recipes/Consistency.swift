public import SparringDatasets
public import SparringModels
import SparringObjectives
public import SparringTorch

/// Pseudo-labels from a weight average: the averaged classifier names an unlabelled image as it is or weakly augmented,
/// and where it is sure, the classifier must give the same name to the image strongly augmented (Tarvainen and Valpola
/// 2017, "Mean teachers"; Sohn et al. 2020, "FixMatch"), with the names' frequencies aligned (Berthelot et al. 2020,
/// "ReMixMatch"). No generator takes part. Which way up unlabelled images are may be a second task, as in ReMixMatch.
public final class Consistency: ClassifierRecipe {
  /// The name on the command line and in checkpoints.
  public static let name = "consistency"
  /// In one line.
  public static let summary = "pseudo-labels from the classifier's own average, no generator"
  /// One classifier.
  public static let roles: [NetworkRole] = [.classifier]

  /// Pseudo-labels may go wrong.
  public static let failureSigns = [FailureSign.pseudoLabelsFavourClasses]

  /// What may be chosen besides the classifier's sizes.
  public struct Options: ClassifierRecipeOptions, FewLabelsBatchSizes {
    /// How the classifier is optimised.
    public var classifier = ClassifierOptions()
    /// The weight of agreeing with the pseudo-labels.
    public var pseudoLabelWeight = 1.0
    /// The least probability at which a pseudo-label counts.
    public var pseudoLabelThreshold = 0.95
    /// The weight of telling turned images from upright ones, on unlabelled images; 0 leaves it out, and for pictures that
    /// have no way up, such as cells, it should.
    public var rotationWeight = 0.0
    /// Whether pseudo-labels are corrected towards the class frequencies of the labels.
    public var alignsPseudoLabels = true
    /// The share of the run over which the pseudo-labels gain their weight.
    public var rampLength = 0.0
    /// How strongly the average's images are augmented, as a share of the classifier's; 0 shows them as they are.
    public var weakShare = 0.0
    /// Labelled images in one step.
    public var labelledBatchSize = 64
    /// Unlabelled images in one step; an epoch is one pass over them.
    public var unlabelledBatchSize = 128

    /// The defaults, to be changed one by one.
    public init() {}

    /// - Throws: ``TorchError`` naming the value out of range.
    public func validate() throws(TorchError) {
      try classifier.validate()
      try require(pseudoLabelWeight, named: "options.pseudoLabelWeight", in: 0...1e6)
      try require(pseudoLabelThreshold, named: "options.pseudoLabelThreshold", in: 0...1)
      try require(rotationWeight, named: "options.rotationWeight", in: 0...1e6)
      try require(rampLength, named: "options.rampLength", in: 0...1)
      try require(weakShare, named: "options.weakShare", in: 0...1)
      try validateBatchSizes()
    }
  }

  /// Images `[N, C, H, W]` on [-1, 1] to class logits `[N, K]`; the average teaches, and gives the result.
  public let classifier: Player<Classifier>
  /// What the recipe was made from.
  public let setting: Setting
  private let options: Options
  private let teacher: Teacher
  private let rotation: RotationPrediction?
  private let weakAugmentation: Augmentation
  private let augmentationRandom: RandomGenerator
  private let weakRandom: RandomGenerator

  /// A classifier with fresh weights: those of every other recipe for the same seed.
  public init(_ options: Options = Options(), in setting: Setting) throws {
    try options.validate()
    (self.options, self.setting) = (options, setting)
    augmentationRandom = try setting.random("augmentation")
    weakRandom = try setting.random("weak augmentation")
    weakAugmentation = setting.augmentation.scaled(by: options.weakShare)
    classifier = try options.classifier.player(in: setting, teaches: true)
    teacher = try Teacher(threshold: options.pseudoLabelThreshold, aligns: options.alignsPseudoLabels, in: setting)
    rotation = try RotationPrediction(
      classifier.network, weight: options.rotationWeight, batchSize: options.unlabelledBatchSize, in: setting)
  }

  /// Labelled and unlabelled images side by side.
  public func batches(from data: TrainingData) throws -> any BatchSource<SemiSupervisedBatch> {
    try data.fewLabels(
      labelledBatchSize: options.labelledBatchSize, unlabelledBatchSize: options.unlabelledBatchSize)
  }

  /// Moves the classifier once.
  /// - Parameter batch: Images on [-1, 1], not yet augmented.
  /// - Returns: `classifier`, the labelled images' cross-entropy; `agreement`, the unlabelled ones' with the
  ///   pseudo-labels; `trust`, what that counts for; `rotation`, where it takes part.
  /// - Throws: `TorchError` when the images do not fit the network.
  public func step(_ batch: SemiSupervisedBatch, at time: StepTime) throws -> Losses {
    let weak = try weakAugmentation(batch.unlabelled, using: weakRandom)
    let beliefs = try teacher.beliefs(about: weak, by: classifier, in: setting)
    let strong = try setting.augmented(batch, using: augmentationRandom)
    let (pass, labelled, agreement, turned) = try setting.computing {
      let pass = try FewLabelsPass(classifier.network, over: strong)
      return (
        pass,
        try ClassificationLoss.crossEntropy(
          logits: pass.labelledLogits, labels: pass.labels, smoothing: options.classifier.labelSmoothing),
        try teacher.disagreement(of: pass.unlabelledLogits, with: beliefs),
        try rotation?.loss(of: classifier.network, on: strong.unlabelled)
      )
    }
    var loss =
      try labelled
      + agreement.loss * agreement.trust * options.pseudoLabelWeight * time.growth(over: options.rampLength)
    if let turned { loss = try loss + turned * options.rotationWeight }
    try rotation.step(along: loss) { try classifier.step(classifier.gradients(of: loss)) }
    return try Losses(
      [.classifier: labelled, .agreement: agreement.loss, .trust: agreement.trust, .rotation: turned],
      imagePasses: pass.count + batch.unlabelled.size(0) + (rotation?.examplePasses ?? 0))
  }
}
