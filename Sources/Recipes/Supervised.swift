public import SparringDatasets
public import SparringModels
import SparringObjectives
public import SparringTorch

/// The baseline: the classifier on the labelled examples alone, with the same trunk, augmentation, optimiser
/// and averaged weights as the recipe that it is compared with.
public final class Supervised: ClassifierRecipe {
  /// The name on the command line and in checkpoints.
  public static let name = "supervised"
  /// In one line.
  public static let summary = "the labelled images alone: the baseline"
  /// One classifier.
  public static let roles: [NetworkRole] = [.classifier]

  /// What may be chosen besides the classifier's sizes.
  public struct Options: ClassifierRecipeOptions {
    /// How the classifier is optimised.
    public var classifier = ClassifierOptions()
    /// Labelled examples in one step.
    public var batchSize = 128
    /// Whether the first images initialise the classifier's layers before training.
    public var initializesByData = false
    /// α of mixup, which shows mixtures of two examples each (Zhang et al. 2018); 0 shows examples as they are.
    public var mixup = 0.0

    /// The defaults, to be changed one by one.
    public init() {}

    /// - Throws: ``TorchError`` naming the value out of range.
    public func validate() throws(TorchError) {
      try classifier.validate()
      try require(batchSize: batchSize, named: "batchSize")
      if mixup != 0 { try require(mixup, named: "options.mixup", in: 1e-3...1e3) }
    }
  }

  /// Images `[N, C, H, W]` on [-1, 1] to class logits `[N, K]`; the average gives the result.
  public let classifier: Player<Classifier>
  /// What the recipe was made from.
  public let setting: Setting
  private let options: Options
  private let mixup: Mixup?
  private let augmentationRandom: RandomGenerator

  /// A classifier with fresh weights: those of every other recipe for the same seed.
  public init(_ options: Options = Options(), in setting: Setting) throws {
    try options.validate()
    (self.options, self.setting) = (options, setting)
    augmentationRandom = try setting.random("augmentation")
    mixup = options.mixup > 0 ? Mixup(concentration: options.mixup, random: try setting.random("mixup")) : nil
    classifier = try options.classifier.player(in: setting)
  }

  /// The labelled examples.
  public func batches(from data: TrainingData) throws -> any BatchSource<LabelledBatch> {
    if options.initializesByData { try classifier.network.initialize(byFirstOf: data) }
    return try data.labelled(batchSize: options.batchSize)
  }

  /// Moves the classifier once.
  /// - Parameter batch: Labelled images on [-1, 1], not yet augmented.
  /// - Returns: `classifier`, the mean cross-entropy; with mixup, of the mixtures.
  /// - Throws: `TorchError` when the images do not fit the network.
  public func step(_ batch: LabelledBatch, at time: StepTime) throws -> Losses {
    let images = try setting.augmentation(batch.images, using: augmentationRandom)
    let loss = try setting.computing { try crossEntropy(of: images, labels: batch.labels) }
    try classifier.step(classifier.gradients(of: loss))
    return try Losses([.classifier: loss], imagePasses: images.size(0))
  }

  private func crossEntropy(of images: Tensor, labels: Tensor) throws -> Tensor {
    let smoothing = options.classifier.labelSmoothing
    guard let mixup else {
      return try ClassificationLoss.crossEntropy(
        logits: classifier.network(images), labels: labels, smoothing: smoothing)
    }
    let (mixed, share) = try mixup(images)
    return try ClassificationLoss.mixedCrossEntropy(
      logits: classifier.network(mixed), labels: labels, otherLabels: mixup.partners(of: labels), share: share,
      smoothing: smoothing)
  }
}
