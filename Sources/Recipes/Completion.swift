public import SparringDatasets
public import SparringModels
import SparringObjectives
public import SparringTorch

/// Fills what is missing of images (Pathak et al. 2016, "Context encoders: feature learning by inpainting"): holes are drawn
/// into images anew in every step, and a network that sees the rest, and where the holes are, is to say how what was there
/// differs from a rough filling. A discriminator judges the filled images, so that of all fillings that may be right one is chosen that looks like an image
/// and not their mean. With latents a network gives several fillings.
public final class Completion: Recipe, ImageCompleting {
  /// The name on the command line and in checkpoints.
  public static let name = "completion"
  /// In one line.
  public static let summary = "fills missing parts of images, with or without a discriminator; no labels"
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
    /// The shapes that are missing.
    public var holes = HoleDrawing.Kind.mixed
    /// The longest side of a missing rectangle, as a share of the image's.
    public var largestBox = 0.5
    /// Normal numbers that a filling is made from besides, so that there are several; with 0 there is one.
    public var latentSize = 0
    /// Where there are latents, how much two fillings of one image are to differ: at 0.5 as much as what is missing is uncertain,
    /// below it less (``ReconstructionLoss/energyScore(errors:distances:weight:)``).
    public var modeSeekingWeight = 0.5
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
      try require(largestBox, named: "options.largestBox", in: 0.05...0.95)
      try require(latentSize, named: "options.latentSize", in: 0...4096)
      try require(modeSeekingWeight, named: "options.modeSeekingWeight", in: 0...0.5)
      try require(beta1, named: "options.beta1", in: 0...0.999_999)
      try require(averageDecay, named: "options.averageDecay", in: 0...0.999_999)
      try require(batchSize: batchSize, named: "batchSize")
    }
  }

  /// Roughly filled images, their holes and latents, `[N, C + 1 + latentSize, H, W]`, to what may have been there.
  public let restorer: Player<Restorer>
  /// Images with their holes, `[N, C + 1, H, W]`, to logits; nil where the reconstruction counts alone.
  public let discriminator: Player<Discriminator>?
  /// What the recipe was made from.
  public let setting: Setting
  private let options: Options
  private let drawing: HoleDrawing
  private let holeRandom: RandomGenerator
  private let latentRandom: RandomGenerator?
  private let augmentationRandom: RandomGenerator

  /// With these options.
  public var failureSigns: [FailureSign] { options.adversary.failureSigns }
  /// Whether several fillings of one image differ.
  public var isStochastic: Bool { options.latentSize > 0 }

  /// How wide the widest holes of training are, in pixels.
  public var largestHole: Int {
    let side = setting.data.shape.sizes.dropFirst().min() ?? 1
    return max(1, Int((options.largestBox * Double(side)).rounded()))
  }

  /// Networks with fresh weights.
  /// - Throws: `TorchError` for vectors, which have no parts that could be missing.
  public init(_ options: Options = Options(), in setting: Setting) throws {
    try options.validate()
    let channels = try setting.imageChannels(for: Self.name, because: "fills parts of pictures")
    (self.options, self.setting) = (options, setting)
    drawing = HoleDrawing(kind: options.holes, largestBox: options.largestBox)
    holeRandom = try setting.random("holes")
    latentRandom = options.latentSize > 0 ? try setting.random("latents") : nil
    augmentationRandom = try setting.random("augmentation")
    restorer = try Player(
      setting.restorer(inputChannels: channels + 1 + options.latentSize), averageDecay: options.averageDecay
    ) { try Adam(parameters: $0, learningRate: setting.learningRate, beta1: options.beta1) }
    discriminator = try options.adversary.player(setting.discriminator(furtherChannels: 1))
  }

  /// Images alone.
  public func batches(from data: TrainingData) throws -> any BatchSource<UnlabelledBatch> {
    try data.unlabelled(batchSize: options.batchSize)
  }

  /// - Parameter batch: Whole images on [-1, 1].
  public func step(_ batch: UnlabelledBatch, at time: StepTime) throws -> Losses {
    var truths = try setting.augmentation(batch.images, using: augmentationRandom)
    var holes = try drawHoles(for: truths, using: holeRandom)
    if isStochastic {
      // Two fillings of each image.
      (truths, holes) = (try .concatenate([truths, truths]), try .concatenate([holes, holes]))
    }
    let latents = try latentRandom.map { try Tensor.normal([truths.size(0), options.latentSize], using: $0) }
    let filled = try setting.computing { try fill(truths, holes: holes, latents: latents, by: restorer.network) }
    let errors = try ReconstructionLoss.absolute(restored: filled, truths: truths, holes: holes)
    let game = RestorationGame(
      options: options.adversary, restorer: restorer, adversary: discriminator, setting: setting)
    return try game.step(
      restored: .concatenate([filled, holes], along: 1), truths: .concatenate([truths, holes], along: 1),
      reconstruction: errors.mean(), paid: isStochastic ? energyScore(errors, filled, holes: holes) : nil,
      images: truths.size(0), at: time)
  }

  /// Of two fillings of each image `[2·N, C, H, W]`. Beyond black and white nothing differs.
  private func energyScore(_ errors: Tensor, _ filled: Tensor, holes: Tensor) throws -> Tensor {
    let half = try filled.size(0) / 2
    let seen = try filled.clamped(low: -1, high: 1)
    let distances = try ReconstructionLoss.absolute(
      restored: seen.narrowed(0..<half), truths: seen.narrowed(half..<2 * half), holes: holes.narrowed(0..<half))
    return try ReconstructionLoss.energyScore(errors: errors, distances: distances, weight: options.modeSeekingWeight)
  }

  /// What is known stays as it is; the network adds to a rough filling of the rest. The sum has no bounds here: a tanh that is
  /// saturated learns no more, and most pixels of digits are black.
  private func fill(
    _ images: Tensor, holes: Tensor, latents: Tensor?, by network: Restorer
  ) throws -> Tensor {
    let known = try images * (1 - holes)
    let rough = try PullPush.filled(known, holes: holes)
    var seen = [rough, holes]
    if let latents {
      let shape = [try images.size(0), options.latentSize, try images.size(2), try images.size(3)]
      seen.append(try latents.unsqueezed(-1).unsqueezed(-1).expanded(shape))
    }
    return try rough + network(.concatenate(seen, along: 1)) * holes
  }

  /// Holes as training draws them, `[N, 1, H, W]`.
  public func drawHoles(for images: Tensor, using random: RandomGenerator) throws -> Tensor {
    try drawing(count: images.size(0), height: images.size(2), width: images.size(3), using: random)
  }

  /// The images with their holes filled, by the averaged weights, in inference mode and without gradients.
  public func complete(_ images: Tensor, holes: Tensor, using random: RandomGenerator) throws -> Tensor {
    let latents = isStochastic ? try Tensor.normal([images.size(0), options.latentSize], using: random) : nil
    return try restorer.inferring { network in
      try setting.computing { try fill(images, holes: holes, latents: latents, by: network) }.clamped(low: -1, high: 1)
    }
  }
}
