public import SparringDatasets
public import SparringModels
import SparringObjectives
public import SparringTorch

/// Enlarges images and takes noise out of them: training images are made smaller and noisy, and a network is to say what
/// they were. It adds to the bicubic enlargement (Kim et al. 2016, "VDSR"; Zhang et al. 2017, "DnCNN") and is told how strong
/// the noise is, so that one network serves for a range (Zhang et al. 2018, "FFDNet"). A discriminator of the result makes
/// textures that the mean of all that may be right has not (Ledig et al. 2017, "SRGAN").
public final class Enhancement: Recipe, ImageEnhancing {
  /// The name on the command line and in checkpoints.
  public static let name = "enhancement"
  /// In one line.
  public static let summary = "enlarges images and takes noise out of them, with or without a discriminator; no labels"
  /// Two networks; the second may be left out.
  public static let roles: [NetworkRole] = [.restorer, .discriminator]
  /// A discriminator of bounded slope (Miyato et al. 2018).
  public static var model: ModelConfiguration { .ofRestorers }
  /// A few minutes.
  public static var pace: TrainingPace { .ofRestorers }
  /// With the usual options.
  public static let failureSigns = Options().adversary.failureSigns

  /// What may be chosen besides the networks' sizes.
  public struct Options: RecipeOptions {
    /// The discriminator.
    public var adversary = AdversaryOptions()
    /// How many times as high and wide images become: 1, 2 or 4.
    public var scale = 2
    /// The largest standard deviation of the noise, in levels of 255 as is usual in the field; 0 for none.
    public var denoise = 0.0
    /// Adam's decay of the gradient's mean.
    public var beta1 = 0.9
    /// How much of the averaged network, which is the result, survives one step; 0 keeps no average.
    public var averageDecay = 0.995
    /// Images in one step.
    public var batchSize = 32

    /// The defaults, to be changed one by one.
    public init() {}

    /// - Throws: ``TorchError`` naming the value out of range.
    public func validate() throws(TorchError) {
      try adversary.validate()
      guard [1, 2, 4].contains(scale) else { throw TorchError("options.scale is \(scale); use 1, 2 or 4") }
      try require(denoise, named: "options.denoise", in: 0...255)
      guard scale > 1 || denoise > 0 else {
        throw TorchError("options.scale=1 with options.denoise=0 leaves nothing to do: set one of them")
      }
      try require(beta1, named: "options.beta1", in: 0...0.999_999)
      try require(averageDecay, named: "options.averageDecay", in: 0...0.999_999)
      try require(batchSize: batchSize, named: "batchSize")
    }
  }

  /// Enlarged images with the strength of their noise, `[N, C + 1, H, W]`, to what is to be added.
  public let restorer: Player<Restorer>
  /// Images to logits; nil where the reconstruction counts alone.
  public let discriminator: Player<Discriminator>?
  /// What the recipe was made from.
  public let setting: Setting
  private let options: Options
  private let noiseRandom: RandomGenerator
  private let augmentationRandom: RandomGenerator

  /// With these options.
  public var failureSigns: [FailureSign] { options.adversary.failureSigns }
  /// How many times as high and wide images become.
  public var scale: Int { options.scale }
  /// The standard deviations of noise that the network knows, in levels of 255.
  public var noiseLevels: ClosedRange<Double> { 0...options.denoise }

  /// Networks with fresh weights.
  /// - Throws: `TorchError` for vectors, and for images whose sides the scale does not divide.
  public init(_ options: Options = Options(), in setting: Setting) throws {
    try options.validate()
    let channels = try setting.imageChannels(for: Self.name, because: "enlarges and cleans pictures")
    let sides = setting.data.shape.sizes.dropFirst()
    guard sides.allSatisfy({ $0 % options.scale == 0 && $0 >= 2 * options.scale }) else {
      throw TorchError(
        "options.scale=\(options.scale) does not divide the \(setting.data.shape) of \(setting.data.name): choose "
          + "dataset.folder.imageSize, or the scale, so that it does")
    }
    (self.options, self.setting) = (options, setting)
    noiseRandom = try setting.random("noise")
    augmentationRandom = try setting.random("augmentation")
    restorer = try Player(
      setting.restorer(inputChannels: channels + (options.denoise > 0 ? 1 : 0)), averageDecay: options.averageDecay
    ) { try Adam(parameters: $0, learningRate: setting.learningRate, beta1: options.beta1) }
    discriminator = try options.adversary.player(setting.discriminator())
  }

  /// Images alone.
  public func batches(from data: TrainingData) throws -> any BatchSource<UnlabelledBatch> {
    try data.unlabelled(batchSize: options.batchSize)
  }

  /// - Parameter batch: Images on [-1, 1] as they are to become.
  public func step(_ batch: UnlabelledBatch, at time: StepTime) throws -> Losses {
    let count = try batch.images.size(0)
    let truths = try setting.augmentation(batch.images, using: augmentationRandom).clamped(low: -1, high: 1)
    let levels = try Tensor.uniform([count, 1, 1, 1], high: options.denoise, using: noiseRandom)
    let seen = try damaged(truths, levels: levels, using: noiseRandom)
    let restored = try setting.computing { try restore(seen, levels: levels, by: restorer.network) }
    let game = RestorationGame(
      options: options.adversary, restorer: restorer, adversary: discriminator, setting: setting)
    return try game.step(
      restored: restored, truths: truths,
      reconstruction: ReconstructionLoss.absolute(restored: restored, truths: truths), images: count, at: time)
  }

  /// Smaller, noisy, and rounded to whole levels, as files have them.
  /// - Parameter levels: `[N, 1, 1, 1]`, or one for all.
  private func damaged(_ images: Tensor, levels: Tensor, using random: RandomGenerator) throws -> Tensor {
    var seen = images
    if scale > 1 { seen = try seen.resizedBicubic(height: images.size(2) / scale, width: images.size(3) / scale) }
    if options.denoise > 0 { seen = try seen + Tensor.normal(seen.shape, using: random) * (levels * (1 / 127.5)) }
    return try ((seen.clamped(low: -1, high: 1) + 1) * 127.5).rounded() * (1 / 127.5) - 1
  }

  private func restore(_ images: Tensor, levels: Tensor, by network: Restorer) throws -> Tensor {
    var base = images
    if scale > 1 {
      base = try images.resizedBicubic(height: images.size(2) * scale, width: images.size(3) * scale)
        .clamped(low: -1, high: 1)
    }
    guard options.denoise > 0 else { return try base + network(base) }
    let shape = [try base.size(0), 1, try base.size(2), try base.size(3)]
    let strength = try (levels * (1 / 127.5)).expanded(shape)
    return try base + network(.concatenate([base, strength], along: 1))
  }

  /// Images as training damages them, `[N, C, H/scale, W/scale]`.
  public func damage(_ images: Tensor, noise: Double, using random: RandomGenerator) throws -> Tensor {
    try damaged(images, levels: .full([1, 1, 1, 1], noise, device: images.device), using: random)
  }

  /// The images enlarged and cleaned, by the averaged weights, in inference mode and without gradients.
  public func enhance(_ images: Tensor, noise: Double) throws -> Tensor {
    let levels = try Tensor.full([1, 1, 1, 1], noise, device: images.device)
    return try restorer.inferring { network in
      try setting.computing { try restore(images, levels: levels, by: network) }.clamped(low: -1, high: 1)
    }
  }
}
