public import SparringDatasets
public import SparringModels
import SparringObjectives
public import SparringTorch

/// A GAN that also learns the way back (Donahue et al. 2017, "Adversarial feature learning"; Dumoulin et al. 2017): an
/// encoder E takes images to latents, and the discriminator must tell pairs (x, E(x)) from pairs (G(z), z). It no longer
/// can when E inverts G. A linear classifier with few labels stands on what the networks have learnt of images; for the
/// last part of the run the game rests, and the features stand still or are tuned by the labels.
public final class BidirectionalGAN: GeneratorRecipe, ImageClassifying, ExampleDescribing {
  /// The name on the command line and in checkpoints.
  public static let name = "bidirectional-gan"
  /// In one line.
  public static let summary = "a linear classifier on what a GAN with an encoder learns without labels (BiGAN, ALI)"
  /// A GAN with the way back; the classifier is one linear layer.
  public static let roles: [NetworkRole] = [.generator, .encoder, .discriminator]
  /// Networks like those of ``DiscriminatorFeatures``.
  public static var model: ModelConfiguration {
    var model = DiscriminatorFeatures.model
    model.encoder = TrunkConfiguration(ConvolutionalFamily(widths: [32, 64, 128], normalization: .batch))
    return model
  }
  /// As long as ``DiscriminatorFeatures``.
  public static var pace: TrainingPace { DiscriminatorFeatures.pace }
  /// The game rests while the linear classifier is read out.
  public static let playsThroughout = false
  /// The game may go wrong.
  public static let failureSigns = GameOptions().failureSignsOfOwnRates

  /// What may be chosen besides the networks' sizes.
  public struct Options: ClassifierRecipeOptions, FewLabelsBatchSizes {
    /// Whose features the linear classifier sees.
    public enum Source: String, NamedChoice {
      /// The encoder's (Donahue et al. 2017, section 4).
      case encoder
      /// The discriminator's, of an image and its code E(x) together.
      case discriminator
    }
    /// How the linear classifier is optimised.
    public var classifier = ClassifierOptions()
    /// How the generator is optimised, and the encoder with it.
    public var generator = GeneratorOptions()
    /// How the discriminator is optimised.
    public var discriminator = DiscriminatorOptions()
    /// What the makers of pairs and the discriminator minimise.
    public var game = GameOptions()
    /// Whose features the linear classifier sees.
    public var featuresFrom = Source.discriminator
    /// Which layers give them.
    public var layers = ReadLayers.all
    /// The share of the run after which the game rests.
    public var restsAfter = 0.8
    /// Whether the labels then tune the convolutions that give the features, too; otherwise those stand still.
    public var fineTunes = false
    /// Labelled images in one step.
    public var labelledBatchSize = 64
    /// Unlabelled real images in one step; an epoch is one pass over them.
    public var unlabelledBatchSize = 64

    /// The defaults, to be changed one by one.
    public init() { classifier.weightDecay = 0.3 }

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
  /// Images `[N, C, H, W]` on [-1, 1] to latents `[N, latentSize]`.
  public let encoder: Player<LatentEncoder>
  /// Images and latents to logits `[N, 1]`; above zero means "an image and its code".
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
    let encoding = try setting.encoder()
    let judging = try setting.discriminator(of: .exampleAndLatent(latentSize: generator.network.latentSize))
    encoder = try Player(encoding) {
      try Adam(parameters: $0, learningRate: options.generator.learningRate, beta1: options.generator.beta1)
    }
    discriminator = try options.discriminator.player(judging)
    try options.game.requireSmallSlope(of: judging)
    readout = try options.classifier.readout(in: setting) {
      try options.features(of: $0, encoder: encoding, discriminator: judging)
    }
  }

  /// Labelled and unlabelled images side by side.
  public func batches(from data: TrainingData) throws -> any BatchSource<SemiSupervisedBatch> {
    try data.fewLabels(
      labelledBatchSize: options.labelledBatchSize, unlabelledBatchSize: options.unlabelledBatchSize)
  }

  /// Moves the three players of the game once, until it rests, and the linear classifier once.
  /// - Parameter batch: Real images on [-1, 1], not yet augmented.
  /// - Returns: `classifier`, the labelled images' cross-entropy; `discriminator` and `generator`,
  ///   the losses of the game.
  /// - Throws: `TorchError` when the images do not fit the networks.
  public func step(_ batch: SemiSupervisedBatch, at time: StepTime) throws -> Losses {
    let shown = try setting.augmented(batch, using: augmentationRandom)
    let game = try play(shown.unlabelled)
    let features = try setting.computing { try labelledFeatures(shown) }
    let loss = try ClassificationLoss.crossEntropy(
      logits: readout.network(features), labels: shown.labelled.labels, smoothing: options.classifier.labelSmoothing)
    let tuned = options.fineTunes ? try gradients(of: loss, withRespectTo: tunedParameters, retainGraph: true) : []
    try readout.step(readout.gradients(of: loss))

    let share = try time.rest(after: options.restsAfter)
    // The trunk's parameters come first.
    func blend(_ moves: [Tensor], with tuned: [Tensor]) throws -> [Tensor] {
      try moves.enumerated().map { index, move in
        try tuned.indices.contains(index) ? move * share + tuned[index] * (1 - share) : move * share
      }
    }
    let tunesEncoder = options.featuresFrom == .encoder
    try discriminator.step(blend(game.gradients.discriminator, with: tunesEncoder ? [] : tuned))
    try encoder.step(blend(game.gradients.encoder, with: tunesEncoder ? tuned : []))
    try generator.step(blend(game.gradients.generator, with: []))
    let played = 2 * options.unlabelledBatchSize + 2 * options.generator.batchSize
    let quantities = options.game.quantities
    return try Losses(
      [.classifier: loss, quantities.discriminator: game.discriminator, quantities.generator: game.generator],
      imagePasses: options.labelledBatchSize + options.unlabelledBatchSize + played)
  }

  private typealias Gradients = (discriminator: [Tensor], encoder: [Tensor], generator: [Tensor])

  /// The game over pairs (Donahue et al. 2017, equation 3), encoder and generator with the sides exchanged, as a
  /// generator's non-saturating loss has them.
  private func play(
    _ realImages: Tensor
  ) throws -> (discriminator: Tensor, generator: Tensor, gradients: Gradients) {
    let latents = try Tensor.normal([options.generator.batchSize, latentSize], using: latentRandom)
    let (codes, shown, realLogits, fakeLogits) = try setting.computing {
      let codes = try encoder.network(realImages)
      let shown = try generatedAugmentation(generator.network(latents))
      return (
        codes, shown, try discriminator.network(realImages, latents: codes),
        try discriminator.network(shown, latents: latents, countsInStatistics: false)
      )
    }
    let losses = try options.game.lossesOfPairs(realLogits: realLogits, fakeLogits: fakeLogits)
    func logits(with latents: Tensor) throws -> (Tensor) throws -> Tensor {
      let latents = try latents.detached()
      return { [discriminator] in
        try discriminator.network($0, latents: latents, countsInStatistics: false)
      }
    }
    let penalty = try options.game.penalty(
      real: (realImages, logits(with: codes)), fake: (shown, logits(with: latents)))
    let judged = try discriminator.gradients(
      of: penalty.map { try losses.discriminator + $0 } ?? losses.discriminator, retainGraph: true)
    let made = try gradients(of: losses.makers, withRespectTo: encoder.parameters + generator.parameters)
    let count = encoder.parameters.count
    return (losses.discriminator, losses.makers, (judged, Array(made[..<count]), Array(made[count...])))
  }

  /// The labelled images' features, `[N, F]`; part of the graph where the labels tune them.
  private func labelledFeatures(_ shown: SemiSupervisedBatch) throws -> Tensor {
    func features(of images: Tensor) throws -> Tensor {
      try options.features(of: images, encoder: encoder.network, discriminator: discriminator.network)
    }
    if options.fineTunes {
      let labelled = try features(of: shown.labelled.images)
      let others = try withoutGradients { try features(of: shown.unlabelled) }
      try readout.network.observe(.concatenate([labelled.detached(), others]))
      return labelled
    }
    return try withoutGradients {
      let both = try features(of: .concatenate([shown.labelled.images, shown.unlabelled]))
      try readout.network.observe(both)
      return try both.narrowed(0..<options.labelledBatchSize)
    }
  }

  /// The trunk that gives the features.
  private var tunedParameters: [Tensor] {
    let trunk = options.featuresFrom == .encoder ? encoder.network.trunk : discriminator.network.trunk
    return trunk.trainedParameters.map(\.value)
  }

  /// Latents `[N, latentSize]` of images `[N, C, H, W]` on [-1, 1] or vectors `[N, F]`, in inference mode and without
  /// gradients.
  public func codes(of images: Tensor) throws -> Tensor {
    try encoder.inferring { network in try setting.computing { try network(images) } }
  }

  /// Class logits `[N, K]` of images `[N, C, H, W]` on [-1, 1] or vectors `[N, F]`, by the averaged linear classifier, in
  /// inference mode and without gradients.
  public func classLogits(of images: Tensor) throws -> Tensor {
    try readout.inferring { readout in try readout(features(of: images)) }
  }

  /// Only where the labels tune them.
  public var featuresKnowLabels: Bool { options.fineTunes }

  /// What the linear classifier sees, `[N, F]` of `float32`, in inference mode and without gradients.
  public func features(of examples: Tensor) throws -> Tensor {
    try withoutGradients {
      try setting.computing {
        try options.features(of: examples, encoder: encoder.network, discriminator: discriminator.network).to(.float32)
      }
    }
  }
}

extension BidirectionalGAN.Options {
  /// What the linear classifier sees of examples, `[N, F]`.
  fileprivate func features(
    of examples: Tensor, encoder: LatentEncoder, discriminator: Discriminator
  ) throws -> Tensor {
    guard featuresFrom == .discriminator else { return try layers.features(of: examples, by: encoder.trunk) }
    let codes = try withoutGradients {
      try encoder.inInferenceMode { try encoder(examples, countsInStatistics: false) }
    }
    let joint = try discriminator.inInferenceMode {
      try discriminator.features(of: examples, latents: codes, countsInStatistics: false).to(.float32)
    }
    guard layers == .all else { return joint }
    return try .concatenate([layers.features(of: examples, by: discriminator.trunk), joint], along: 1)
  }
}
