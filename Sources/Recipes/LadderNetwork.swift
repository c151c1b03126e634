public import SparringDatasets
public import SparringModels
import SparringObjectives
public import SparringTorch

/// The ladder network (Rasmus et al. 2015): the classifier names the labelled examples in spite of noise on every layer, and
/// a decoder must guess each clean layer of every example from the noisy ones, which teaches the layers what can be told
/// from noise. The strongest method without a generator where examples have no known neighbours.
public final class LadderNetwork: Recipe, ImageClassifying {
  /// The name on the command line and in checkpoints.
  public static let name = "ladder"
  /// In one line.
  public static let summary = "the ladder network: every layer is denoised, no generator, no augmentation needed"
  /// One classifier.
  public static let roles: [NetworkRole] = [.classifier]
  /// Their sizes.
  public static var model: ModelConfiguration {
    var (model, family) = (ModelConfiguration(), FullyConnectedFamily())
    family.widths = [1000, 500, 250, 250, 250]
    model.classifier = TrunkConfiguration(family)
    return model
  }

  /// What may be chosen besides the classifier's sizes.
  public struct Options: ClassifierRecipeOptions, FewLabelsBatchSizes {
    /// How the classifier is optimised.
    public var classifier = ClassifierOptions()
    /// Standard deviation of the noise on the examples, where pixels lie on [-1, 1].
    public var inputNoise = 0.6
    /// Standard deviation of the noise on each layer's normalised sums.
    public var noise = 0.3
    /// The weight of the examples' squared error; theirs is 1000 where pixels lie on [0, 1].
    public var inputDenoisingWeight = 250.0
    /// The weight of the first layer's squared error.
    public var firstDenoisingWeight = 10.0
    /// The weight of each further layer's squared error.
    public var denoisingWeight = 0.1
    /// Labelled examples in one step.
    public var labelledBatchSize = 100
    /// Unlabelled examples in one step; an epoch is one pass over them.
    public var unlabelledBatchSize = 100

    /// The defaults, to be changed one by one.
    public init() {}

    /// - Throws: ``TorchError`` naming the value out of range.
    public func validate() throws(TorchError) {
      try classifier.validate()
      try require(inputNoise, named: "options.inputNoise", in: 0...100)
      try require(noise, named: "options.noise", in: 0...100)
      try require(inputDenoisingWeight, named: "options.inputDenoisingWeight", in: 0...1e9)
      try require(firstDenoisingWeight, named: "options.firstDenoisingWeight", in: 0...1e9)
      try require(denoisingWeight, named: "options.denoisingWeight", in: 0...1e9)
      try validateBatchSizes()
    }
  }

  /// Encoder and decoder; its average gives the result.
  public let classifier: Player<Ladder>
  private let setting: Setting
  private let options: Options
  private let augmentationRandom: RandomGenerator

  /// A ladder with fresh weights.
  public init(_ options: Options = Options(), in setting: Setting) throws {
    try options.validate()
    (self.options, self.setting) = (options, setting)
    augmentationRandom = try setting.random("augmentation")
    let ladder = try setting.ladder(inputNoise: options.inputNoise, noise: options.noise)
    classifier = try options.classifier.player(of: ladder, in: setting)
  }

  /// Labelled and unlabelled examples side by side.
  public func batches(from data: TrainingData) throws -> any BatchSource<SemiSupervisedBatch> {
    try data.fewLabels(
      labelledBatchSize: options.labelledBatchSize, unlabelledBatchSize: options.unlabelledBatchSize)
  }

  /// Moves the ladder once.
  /// - Parameter batch: Images on [-1, 1], not yet augmented.
  /// - Returns: `classifier`, the cross-entropy of the labelled examples' noisy pass; `denoising`, the weighted sum of the
  ///   layers' squared errors.
  /// - Throws: `TorchError` when the examples do not fit the network.
  public func step(_ batch: SemiSupervisedBatch, at time: StepTime) throws -> Losses {
    let shown = try setting.augmented(batch, using: augmentationRandom)
    let network = classifier.network
    let (labelled, denoising) = try setting.computing {
      // Each kind by its own statistics: in one batch, the few labelled examples that come again and again would be told
      // from the others by the size of their sums.
      let named = try network.pass(shown.labelled.images, isNoisy: true)
      let clean = try network.pass(shown.unlabelled, isNoisy: false)
      let noisy = try network.pass(shown.unlabelled, isNoisy: true)
      return (
        try ClassificationLoss.crossEntropy(
          logits: named.logits, labels: shown.labelled.labels, smoothing: options.classifier.labelSmoothing),
        try weighted(network.denoisingErrors(noisy: noisy, clean: clean))
      )
    }
    try classifier.step(classifier.gradients(of: labelled + denoising))
    return try Losses(
      [.classifier: labelled, .denoising: denoising],
      imagePasses: options.labelledBatchSize + 3 * options.unlabelledBatchSize)
  }

  /// - Parameter errors: From the examples up, one at least.
  private func weighted(_ errors: [Tensor]) throws -> Tensor {
    var sum = try errors[0] * options.inputDenoisingWeight
    for (index, error) in errors.enumerated().dropFirst() {
      sum = try sum + error * (index == 1 ? options.firstDenoisingWeight : options.denoisingWeight)
    }
    return sum
  }

  /// Class logits `[N, K]` of images `[N, C, H, W]` on [-1, 1] or vectors `[N, F]`, by the averaged weights, without noise
  /// and without gradients.
  public func classLogits(of images: Tensor) throws -> Tensor {
    try classifier.inferring { network in try setting.computing { try network(images).to(.float32) } }
  }
}

extension Quantity {
  /// How far a decoder's guesses are from the clean layers.
  static let denoising = Quantity("denoising", title: "denoising loss", short: "loss denoising", better: .lower)
}
