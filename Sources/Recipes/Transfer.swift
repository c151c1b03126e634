public import SparringDatasets
public import SparringModels
import SparringObjectives
public import SparringTorch

/// What one would try first: a linear classifier on the features of a network that was trained on many other photographs
/// (Donahue et al. 2014, "DeCAF"; Kornblith et al. 2019, "Do better ImageNet models transfer better?").
///
/// The trunk stays as it is, so each image passes through it once, as it is (no augmentation), and its features are kept
/// for later runs; what trains is one layer.
public final class Transfer: ClassifierRecipe, PreparesExamples {
  /// The name on the command line and in checkpoints.
  public static let name = "transfer"
  /// In one line.
  public static let summary = "a linear classifier on the features of a pretrained network, for photographs"
  /// One classifier.
  public static let roles: [NetworkRole] = [.classifier]
  /// The published Inception network, frozen.
  public static let model = {
    var model = ModelConfiguration()
    model.classifier = TrunkConfiguration(InceptionFamily())
    (model.classifier.from, model.classifier.frozen) = (KnownWeights.inception.name, true)
    return model
  }()
  /// Steps cost next to nothing.
  public static let pace = {
    var pace = TrainingPace()
    (pace.steps, pace.learningRate, pace.lookEvery) = (1000, 1e-3, 0)
    (pace.logEvery, pace.checkpointEvery) = (100, 0)
    pace.schedule = .cosine(warmUpSteps: 50)
    return pace
  }()
  /// A layer that is alone cannot fail as two players do.
  public static let failureSigns: [FailureSign] = []

  /// What may be chosen besides the network.
  public struct Options: ClassifierRecipeOptions {
    /// How the layer is optimised.
    public var classifier = ClassifierOptions()
    /// Labelled examples in one step.
    public var batchSize = 128

    /// The defaults, to be changed one by one.
    public init() {
      // The best of 0 to 20 for 100 and 1,000 labels, on held-out training images of CIFAR-10: nearly all are as good.
      classifier.weightDecay = 5
      // The rate falls to zero, so the last weights need no average.
      classifier.averageDecay = 0
    }

    /// - Throws: ``TorchError`` naming the value out of range.
    public func validate() throws(TorchError) {
      try classifier.validate()
      try require(batchSize: batchSize, named: "batchSize")
    }
  }

  /// Images `[N, C, H, W]` on [-1, 1] to class logits `[N, K]`; only its last layer trains.
  public let classifier: Player<Classifier>
  /// What the recipe was made from.
  public let setting: Setting
  private let options: Options
  /// Opened when it is first needed: the trunk may be restored after the recipe was made.
  private var cache: FeatureCache?

  /// A fresh layer on the setting's frozen trunk.
  /// - Throws: `TorchError` where the trunk would train, or the images would be augmented.
  public init(_ options: Options = Options(), in setting: Setting) throws {
    try options.validate()
    guard setting.augmentation == .none else {
      throw TorchError(
        "augmentation changes images, but transfer looks at each once: leave it out, or train supervised")
    }
    (self.options, self.setting) = (options, setting)
    classifier = try options.classifier.player(in: setting)
    guard classifier.network.trunk.trainedParameters.isEmpty else {
      throw TorchError(
        "model.classifier.frozen is false, but transfer leaves the trunk as it is: set it to true, or fine-tune with "
          + "supervised")
    }
  }

  /// The features of the labelled examples, beside their labels.
  public func batches(from data: TrainingData) throws -> any BatchSource<LabelledBatch> {
    let indices = try data.labelledIndices()
    var features: [Tensor] = []
    try data.dataset.forEachBatch(of: FeatureCache.partSize, indices: indices) {
      features.append(try self.features(of: $0.images))
    }
    guard !features.isEmpty else { throw DatasetError("\(data.dataset.name) has no labels to train on") }
    let labels = try data.dataset.labels.indexSelect(Tensor(indices: indices).to(data.dataset.labels.device))
    let dataset = try Dataset(
      name: data.dataset.name, split: .train, vectors: .concatenate(features), labels: labels,
      classNames: data.dataset.classNames)
    return try TrainingData(dataset, seed: data.seed, balancesClasses: data.balancesClasses)
      .labelled(batchSize: options.batchSize)
  }

  /// Moves the last layer once.
  /// - Parameter batch: Features `[N, F]` of labelled images.
  /// - Returns: `classifier`, the mean cross-entropy.
  public func step(_ batch: LabelledBatch, at time: StepTime) throws -> Losses {
    let logits = try classifier.network.logits(ofFeatures: batch.images)
    let loss = try ClassificationLoss.crossEntropy(
      logits: logits, labels: batch.labels, smoothing: options.classifier.labelSmoothing)
    try classifier.step(classifier.gradients(of: loss))
    return try Losses([.classifier: loss], imagePasses: batch.images.size(0))
  }

  /// Class logits `[N, K]` of images `[N, C, H, W]` on [-1, 1].
  public func classLogits(of images: Tensor) throws -> Tensor {
    let features = try features(of: images)
    return try classifier.inferring { try $0.logits(ofFeatures: features) }
  }

  /// Computes the features of examples that are not kept yet.
  public func prepare(_ examples: Dataset, indices: [Int]?, progress: (Int) -> Void) throws {
    guard setting.featureFolder != nil else { return }
    var done = 0
    try examples.forEachBatch(of: FeatureCache.partSize, indices: indices) { batch in
      _ = try features(of: batch.images)
      done += try batch.images.size(0)
      progress(done)
    }
  }

  /// The trunk stays as it was, and has learnt nothing of these.
  public var featuresKnowLabels: Bool { false }

  /// Features `[N, F]` of images `[N, C, H, W]` on [-1, 1], on the setting's device; those that are kept are not computed
  /// again.
  public func features(of images: Tensor) throws -> Tensor {
    func compute(_ images: Tensor) throws -> Tensor {
      try withoutGradients {
        try classifier.network.inInferenceMode {
          try setting.computing { try classifier.network.features(of: images).to(.float32) }
        }
      }
    }
    if cache == nil { cache = try setting.featureCache(of: classifier.network.trunk, as: .classifier) }
    if let cache { return try cache.features(of: images, by: compute).to(setting.device) }
    return try .concatenate(images.split(into: FeatureCache.partSize).map(compute))
  }
}
