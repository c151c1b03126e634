public import SparringDatasets
public import SparringModels
import SparringObjectives
public import SparringTorch

/// What a discriminator learns without labels, put to use with few (Radford et al. 2016, section 5): a GAN is trained on
/// all images, and a linear classifier on its discriminator's features with the labelled ones. The classifier follows the
/// features as they form; for the last part of the run they stand still. Two comparisons show what the game has taught,
/// under `options.features`: the same classifier on a discriminator that never played, and on the pixels.
public final class DiscriminatorFeatures: GeneratorRecipe, ImageClassifying, ExampleDescribing {
  /// The name on the command line and in checkpoints.
  public static let name = "discriminator-features"
  /// In one line.
  public static let summary = "a linear classifier on what a GAN's discriminator learns without labels"
  /// A GAN; the classifier is one linear layer.
  public static let roles: [NetworkRole] = [.generator, .discriminator]
  /// A small generator, and a discriminator whose weights are normalised, so that it judges every image by itself.
  public static var model: ModelConfiguration {
    var model = SemiSupervisedGAN.model
    model.discriminator = TrunkConfiguration(ConvolutionalFamily())
    return model
  }
  /// A game takes longer than a classifier, and one layer bears a high rate.
  public static var pace: TrainingPace {
    var pace = TrainingPace()
    (pace.steps, pace.learningRate) = (2000, 1e-2)
    return pace
  }
  /// The game rests while the linear classifier is read out.
  public static let playsThroughout = false
  /// The game may go wrong.
  public static let failureSigns = GameOptions().failureSignsOfOwnRates

  /// What may be chosen besides the networks' sizes.
  public struct Options: ClassifierRecipeOptions, FewLabelsBatchSizes {
    /// What the linear classifier sees.
    public enum Features: String, NamedChoice {
      /// The features of the discriminator that plays.
      case trained
      /// Those of a discriminator with fresh weights; nothing plays.
      case random
      /// The image itself; nothing plays.
      case pixels
    }
    /// How the linear classifier is optimised.
    public var classifier = ClassifierOptions()
    /// How the generator is optimised.
    public var generator = GeneratorOptions()
    /// How the discriminator is optimised.
    public var discriminator = DiscriminatorOptions()
    /// What generator and discriminator minimise.
    public var game = GameOptions()
    /// What the linear classifier sees.
    public var features = Features.trained
    /// Which layers of the discriminator give them.
    public var layers = ReadLayers.all
    /// The share of the run after which the game rests and the features stand still.
    public var restsAfter = 0.8
    /// Labelled images in one step.
    public var labelledBatchSize = 64
    /// Unlabelled real images in one step; an epoch is one pass over them.
    public var unlabelledBatchSize = 64

    /// The defaults, to be changed one by one.
    public init() { classifier.weightDecay = 0.3 }

    /// Untrained features and pixels are what those of the game are measured against.
    public var usesGenerator: Bool { features == .trained }

    /// - Throws: ``TorchError`` naming the value out of range.
    public func validate() throws(TorchError) {
      try classifier.validate()
      try generator.validate()
      try discriminator.validate()
      try game.validate()
      try require(restsAfter, named: "options.restsAfter", in: 0...1)
      try validateBatchSizes()
    }
  }

  /// Latents `[N, latentSize]` to images `[N, C, H, W]` on [-1, 1].
  public let generator: Player<Generator>
  /// Images `[N, C, H, W]` on [-1, 1] to logits `[N, 1]`; above zero means "real".
  public let discriminator: Player<Discriminator>
  /// What the recipe was made from.
  public let setting: Setting
  private let readout: Player<LinearReadout>
  private let options: Options
  private let latentRandom: RandomGenerator
  private let augmentationRandom: RandomGenerator
  private let generatedAugmentation: GeneratedAugmentation

  /// With these options.
  public var failureSigns: [FailureSign] { options.game.failureSignsOfOwnRates }

  /// Networks with fresh weights.
  public init(_ options: Options = Options(), in setting: Setting) throws {
    try options.validate()
    (self.options, self.setting) = (options, setting)
    latentRandom = try setting.random("latents")
    augmentationRandom = try setting.random("augmentation")
    generatedAugmentation = try GeneratedAugmentation(options.generator, in: setting)
    generator = try options.generator.player(in: setting)
    let network = try setting.discriminator()
    discriminator = try options.discriminator.player(network)
    try options.game.requireSmallSlope(of: network)
    readout = try options.classifier.readout(in: setting) { try options.features(of: $0, by: network) }
  }

  /// Labelled and unlabelled images side by side.
  public func batches(from data: TrainingData) throws -> any BatchSource<SemiSupervisedBatch> {
    try data.fewLabels(
      labelledBatchSize: options.labelledBatchSize, unlabelledBatchSize: options.unlabelledBatchSize)
  }

  /// Moves the two players of the game once, until it rests, and the linear classifier once.
  /// - Parameter batch: Real images on [-1, 1], not yet augmented.
  /// - Returns: `classifier`, the labelled images' cross-entropy; where a game is played, `discriminator` and
  ///   `generator`, its losses.
  /// - Throws: `TorchError` when the images do not fit the networks.
  public func step(_ batch: SemiSupervisedBatch, at time: StepTime) throws -> Losses {
    let shown = try setting.augmented(batch, using: augmentationRandom)
    let plays = options.features == .trained
    let game = plays ? try play(shown.unlabelled, moving: time.rest(after: options.restsAfter)) : nil
    let both = try Tensor.concatenate([shown.labelled.images, shown.unlabelled])
    let features = try withoutGradients {
      try setting.computing { try options.features(of: both, by: discriminator.network) }
    }
    try readout.network.observe(features)
    let loss = try ClassificationLoss.crossEntropy(
      logits: readout.network(features.narrowed(0..<options.labelledBatchSize)), labels: shown.labelled.labels,
      smoothing: options.classifier.labelSmoothing)
    try readout.step(readout.gradients(of: loss))
    let played = plays ? options.unlabelledBatchSize + 2 * options.generator.batchSize : 0
    let quantities = options.game.quantities
    return try Losses(
      [
        .classifier: loss, quantities.discriminator: game?.discriminator, quantities.generator: game?.generator,
      ],
      imagePasses: options.labelledBatchSize + options.unlabelledBatchSize + played)
  }

  /// One step of the game, both players from the same two forward passes.
  private func play(
    _ realImages: Tensor, moving share: Tensor
  ) throws -> (discriminator: Tensor, generator: Tensor) {
    let latents = try Tensor.normal([options.generator.batchSize, latentSize], using: latentRandom)
    let (backward, shown, realLogits, fakeLogits) = try setting.computing {
      let backward = try SharedBackward(
        fakeExamples: generator.network(latents), mixesExamples: discriminator.network.mixesExamples)
      let shown = try generatedAugmentation(backward.judgedExamples)
      return (
        backward, shown, try discriminator.network(realImages),
        try discriminator.network(shown, countsInStatistics: false)
      )
    }
    let losses = try options.game.losses(realLogits: realLogits, fakeLogits: fakeLogits)
    func logits(_ images: Tensor) throws -> Tensor {
      try discriminator.network(images, countsInStatistics: false)
    }
    let gradients = try backward.gradients(
      discriminatorLoss: losses.discriminator, generatorLoss: losses.generator, realLogits: realLogits,
      fakeLogits: fakeLogits, penalty: options.game.penalty(real: (realImages, logits), fake: (shown, logits)),
      discriminator: discriminator.parameters, generator: generator.parameters)
    try discriminator.step(gradients.discriminator.map { try $0 * share })
    try generator.step(gradients.generator.map { try $0 * share })
    return losses
  }

  /// Class logits `[N, K]` of images `[N, C, H, W]` on [-1, 1] or vectors `[N, F]`, by the averaged linear classifier, in
  /// inference mode and without gradients.
  public func classLogits(of images: Tensor) throws -> Tensor {
    try readout.inferring { readout in try readout(features(of: images)) }
  }

  /// The game knows none.
  public var featuresKnowLabels: Bool { false }

  /// What the linear classifier sees, `[N, F]` of `float32`, in inference mode and without gradients.
  public func features(of examples: Tensor) throws -> Tensor {
    try withoutGradients {
      try setting.computing { try options.features(of: examples, by: discriminator.network).to(.float32) }
    }
  }
}

extension DiscriminatorFeatures.Options {
  /// What the linear classifier sees of examples, `[N, F]`.
  fileprivate func features(of examples: Tensor, by discriminator: Discriminator) throws -> Tensor {
    try features == .pixels ? examples.flattened() : layers.features(of: examples, by: discriminator.trunk)
  }
}
