public import SparringDatasets
public import SparringModels
import SparringObjectives
public import SparringTorch

/// The baseline: the classifier on the labelled images alone, with the same trunk, augmentation, optimiser
/// and averaged weights as the recipe that it is compared with.
public final class Supervised: Recipe, ImageClassifying {
  /// The name on the command line and in checkpoints.
  public static let name = "supervised"
  /// In one line.
  public static let summary = "the labelled images alone: the baseline"
  /// One classifier.
  public static let roles: [NetworkRole] = [.classifier]

  /// What may be chosen besides the classifier's sizes.
  public struct Options: RecipeOptions {
    /// Adam's decay of the gradient's mean.
    public var beta1 = 0.9
    /// Decoupled weight decay (Loshchilov and Hutter 2019).
    public var weightDecay = 0.0
    /// What the weight decay shrinks.
    public var decayed = DecayedParameters.all
    /// The share of the target spread over all classes.
    public var labelSmoothing = 0.0
    /// How much of the averaged weights survives one step.
    public var averageDecay = 0.99
    /// Labelled images in one step.
    public var batchSize = 128

    /// The defaults, to be changed one by one.
    public init() {}

    /// - Throws: ``TorchError`` naming the value out of range.
    public func validate() throws(TorchError) {
      try require(labelSmoothing, named: "labelSmoothing", in: 0...1)
      try require(averageDecay, named: "averageDecay", in: 0...0.999_999)
      try require(beta1, named: "beta1", in: 0...0.999_999)
      try require(weightDecay, named: "weightDecay", in: 0...1e6)
      try require(batchSize: batchSize, named: "batchSize")
    }
  }

  /// Images `[N, C, H, W]` on [-1, 1] to class logits `[N, K]`; the average gives the result.
  public let classifier: Player<ConvolutionalClassifier>
  private let options: Options
  private let setting: Setting
  private let augmentationRandom: RandomGenerator

  /// A classifier with fresh weights: those of every other recipe for the same seed.
  public init(_ options: Options = Options(), in setting: Setting) throws {
    try options.validate()
    augmentationRandom = try setting.random("augmentation")
    classifier = try Player(setting.classifier(), averageDecay: options.averageDecay) {
      try AdamW(
        parameters: $0, learningRate: setting.learningRate, beta1: options.beta1, weightDecay: options.weightDecay,
        decaying: options.decayed)
    }
    (self.options, self.setting) = (options, setting)
  }

  /// The labelled images.
  public func batches(from data: TrainingData) throws -> any BatchSource<LabelledBatch> {
    try data.labelled(batchSize: options.batchSize)
  }

  /// Moves the classifier once.
  /// - Parameter batch: Labelled images on [-1, 1], not yet augmented.
  /// - Returns: `classifier`, the mean cross-entropy.
  /// - Throws: `TorchError` when the images do not fit the network.
  public func step(_ batch: LabelledBatch, at time: StepTime) throws -> Losses {
    let images = try setting.augmentation(batch.images, using: augmentationRandom)
    let loss = try withAutocast(setting.precision, on: images.device) {
      try ClassificationLoss.crossEntropy(
        logits: classifier.network(images), labels: batch.labels, smoothing: options.labelSmoothing)
    }
    try classifier.step(classifier.gradients(of: loss))
    return try Losses([.classifier: loss], imagePasses: images.size(0))
  }

  /// Class logits `[N, K]` of images `[N, C, H, W]` on [-1, 1], by the averaged weights, in inference mode
  /// and without gradients.
  public func classLogits(of images: Tensor) throws -> Tensor {
    try classifier.inferring { network in
      try withAutocast(setting.precision, on: images.device) { try network(images) }
    }
  }
}
