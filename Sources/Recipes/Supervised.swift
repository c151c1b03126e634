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
    /// Whether an answer is the mean over an image, its mirror image, and both moved by a pixel in two directions. For images
    /// that mirroring leaves what they are.
    public var averagesViews = false
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
  /// Whether an answer is a mean over several views of an image.
  public var averagesViews: Bool { options.averagesViews }
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

  /// Class logits `[N, K]` of images `[N, C, H, W]` on [-1, 1] or vectors `[N, F]`, by the averaged weights, in inference
  /// mode and without gradients. Where views are averaged, those that are moved count half together (Jordan 2024).
  public func classLogits(of images: Tensor) throws -> Tensor {
    func logits(_ shown: Tensor) throws -> Tensor {
      try classifier.inferring { network in try setting.computing { try network(shown) } }
    }
    guard options.averagesViews, setting.data.shape.isImage else { return try logits(images) }
    func ofBothSides(_ shown: Tensor) throws -> Tensor { try (logits(shown) + logits(shown.flipped(3))) * 0.5 }
    let (height, width) = (try images.size(2), try images.size(3))
    let padded = try images.paddedByEdge([1, 1, 1, 1])
    let moved = try [0, 2].map { offset in
      try ofBothSides(
        padded.narrowed(offset..<offset + height, along: 2).narrowed(offset..<offset + width, along: 3))
    }
    return try ofBothSides(images) * 0.5 + (moved[0] + moved[1]) * 0.25
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
