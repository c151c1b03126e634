public import SparringDatasets
public import SparringModels
import SparringObjectives
public import SparringTorch

/// A generator against a discriminator (Goodfellow et al. 2014), both moved once from the same two
/// forward passes, as Keras's reference training step does.
public final class GAN: Recipe, ImageGenerating {
  /// The name on the command line and in checkpoints.
  public static let name = "gan"

  /// What may be chosen besides the networks' sizes.
  public struct Options: Codable, Sendable {
    /// What the two networks minimise.
    public enum Objective: String, Codable, Sendable, CaseIterable {
      case nonSaturating = "non-saturating"
      case minimax
      case hinge
    }
    /// The pair of losses; the discriminator's always fits the generator's.
    public var objective = Objective.nonSaturating
    /// Adam's decay of the gradient's mean.
    public var beta1 = 0.5
    /// The weight γ of the R1 penalty on the discriminator's slope at real images; 0 leaves it out.
    public var r1Penalty = 0.0
    /// How much of the averaged generator survives one step; 0 keeps no average.
    public var averageDecay = 0.0

    /// The defaults, to be changed one by one.
    public init() {}

    /// - Throws: ``TorchError`` naming the value out of range.
    public func validate() throws(TorchError) {
      try require(r1Penalty, named: "r1Penalty", in: 0...1e6)
      try require(averageDecay, named: "averageDecay", in: 0...0.999_999)
    }
  }

  /// Latents `[N, latentSize]` to images `[N, C, H, W]` on [-1, 1].
  public let generator: DCGANGenerator
  /// Images `[N, C, H, W]` on [-1, 1] to logits `[N, 1]`; above zero means "real".
  public let discriminator: DCGANDiscriminator
  /// How many normal numbers an image is made from.
  public let latentSize: Int
  private let options: Options
  private let precision: Precision
  private let generatorOptimizer: Adam
  private let discriminatorOptimizer: Adam
  private let generatorAverage: ExponentialMovingAverage?
  private let latentRandom: RandomGenerator
  private let generatorParameters: [Tensor]
  private let discriminatorParameters: [Tensor]

  /// Networks with fresh weights.
  /// - Parameters:
  ///   - learningRate: Of both optimisers.
  ///   - seed: Gives the weights and every later draw of latents.
  /// - Throws: `TorchError` for sizes outside the family or a value out of range.
  public init(
    model: DCGANConfiguration, options: Options = Options(), learningRate: Double = 2e-4, precision: Precision = .fp32,
    seed: UInt64, device: Device = .cpu
  ) throws {
    try options.validate()
    let initialRandom = try RandomGenerator(seed: seed, purpose: "initial weights", device: device)
    generator = try DCGANGenerator(model, using: initialRandom)
    discriminator = try DCGANDiscriminator(model, using: initialRandom)
    latentSize = model.latentSize
    latentRandom = try RandomGenerator(seed: seed, purpose: "latents", device: device)
    // Keras's Adam has ε = 10⁻⁷ and adds it before the correction.
    func adam(_ module: any Module) throws -> Adam {
      try Adam(
        parameters: module.trainedParameters, learningRate: learningRate, beta1: options.beta1, beta2: 0.999,
        epsilon: 1e-7, addsEpsilonBeforeCorrection: true)
    }
    generatorOptimizer = try adam(generator)
    discriminatorOptimizer = try adam(discriminator)
    generatorAverage =
      options.averageDecay > 0 ? try ExponentialMovingAverage(of: generator, decay: options.averageDecay) : nil
    generatorParameters = generator.trainedParameters.map(\.value)
    discriminatorParameters = discriminator.trainedParameters.map(\.value)
    (self.options, self.precision) = (options, precision)
  }

  /// `generator` and `discriminator`.
  public var networks: [Named<any Module>] { [Named("generator", generator), Named("discriminator", discriminator)] }
  /// One Adam for each network, under its name.
  public var optimizers: [Named<any Optimizer>] {
    [Named("generator", generatorOptimizer), Named("discriminator", discriminatorOptimizer)]
  }
  /// The averaged `generator`, unless ``Options/averageDecay`` is 0.
  public var averages: [Named<ExponentialMovingAverage>] { generatorAverage.map { [Named("generator", $0)] } ?? [] }
  /// `latents`, the only draws that training makes.
  public var generators: [Named<RandomGenerator>] { [Named("latents", latentRandom)] }

  /// - Parameter batch: Real images on [-1, 1].
  public func step(_ batch: UnlabelledBatch) throws -> Losses {
    let realImages = batch.images
    let count = try realImages.size(0)
    let latents = try Tensor.normal([count, latentSize], using: latentRandom)
    return try step(realImages: realImages, latents: latents)
  }

  /// One step from given latents `[N, latentSize]`, as a comparison with another engine needs.
  public func step(realImages: Tensor, latents: Tensor) throws -> Losses {
    let pass = try withAutocast(precision, on: realImages.device) {
      let fakeImages = try generator(latents)
      // Cut off here: the generator's gradients come from what the discriminator's own pass finds.
      let judgedImages = try fakeImages.detached().requiringGradient()
      return Pass(
        fakeImages: fakeImages, judgedImages: judgedImages, realLogits: try discriminator(realImages),
        fakeLogits: try discriminator(judgedImages))
    }
    let (discriminatorLoss, generatorLoss) = try losses(realLogits: pass.realLogits, fakeLogits: pass.fakeLogits)
    let found = try gradients(of: pass, discriminatorLoss, generatorLoss, realImages: realImages)
    try discriminatorOptimizer.step(found.discriminator)
    try generatorOptimizer.step(found.generator)
    try generatorAverage?.update()
    let count = try realImages.size(0)
    return try Losses(["discriminator": discriminatorLoss, "generator": generatorLoss], imagePasses: 3 * count)
  }

  private struct Pass {
    let fakeImages: Tensor
    /// The same without their past.
    let judgedImages: Tensor
    let realLogits: Tensor
    let fakeLogits: Tensor
  }

  /// The gradients of both networks from one backward pass through the discriminator.
  ///
  /// It judges every image by itself, so what a loss says of a generated image is the slope of the loss at that
  /// image's logit times the slope of the logit; the generator's part is the discriminator's, scaled.
  private func gradients(
    of pass: Pass, _ discriminatorLoss: Tensor, _ generatorLoss: Tensor, realImages: Tensor
  ) throws -> (discriminator: [Tensor], generator: [Tensor]) {
    let slopes = try SparringTorch.gradients(
      of: discriminatorLoss, withRespectTo: [pass.realLogits, pass.fakeLogits], retainGraph: true)
    let generatorSlope = try SparringTorch.gradients(
      of: generatorLoss, withRespectTo: [pass.fakeLogits], retainGraph: true)[0]
    // Where the discriminator is certain its slope is zero, and would leave nothing to scale.
    let fakeSlope = try slopes[1].clamped(low: 1e-20, high: .infinity)
    var (outputs, weights) = ([pass.realLogits, pass.fakeLogits], [slopes[0], fakeSlope])
    if options.r1Penalty > 0 {
      outputs.append(try penalty(at: realImages))
      weights.append(try Tensor.ones([], device: realImages.device))
    }
    let found = try SparringTorch.gradients(
      of: outputs, weightedBy: weights, withRespectTo: discriminatorParameters + [pass.judgedImages])
    let scale = try (generatorSlope / fakeSlope).reshaped(-1, 1, 1, 1)
    return try withoutGradients {
      let imageGradient = try found[found.count - 1] * scale
      return (
        Array(found.dropLast()),
        try SparringTorch.gradients(
          of: [pass.fakeImages], weightedBy: [imageGradient], withRespectTo: generatorParameters)
      )
    }
  }

  func losses(realLogits: Tensor, fakeLogits: Tensor) throws -> (discriminator: Tensor, generator: Tensor) {
    switch options.objective {
    case .nonSaturating:
      (
        try AdversarialLoss.discriminator(realLogits: realLogits, fakeLogits: fakeLogits),
        try AdversarialLoss.nonSaturatingGenerator(fakeLogits: fakeLogits)
      )
    case .minimax:
      (
        try AdversarialLoss.discriminator(realLogits: realLogits, fakeLogits: fakeLogits),
        try AdversarialLoss.minimaxGenerator(fakeLogits: fakeLogits)
      )
    case .hinge:
      (
        try AdversarialLoss.hingeDiscriminator(realLogits: realLogits, fakeLogits: fakeLogits),
        try AdversarialLoss.hingeGenerator(fakeLogits: fakeLogits)
      )
    }
  }

  private func penalty(at realImages: Tensor) throws -> Tensor {
    try GradientPenalty.r1(realImages: realImages, logits: { try discriminator($0) }) * options.r1Penalty
  }

  /// Images `[N, C, H, W]` on [-1, 1] for latents `[N, latentSize]`, by the averaged generator where there
  /// is one, in inference mode and without gradients.
  public func generateImages(from latents: Tensor) throws -> Tensor {
    try withoutGradients {
      try generator.inInferenceMode {
        try withAverages(generatorAverage, in: generator) {
          try withAutocast(precision, on: latents.device) { try generator(latents) }
        }
      }
    }
  }
}

/// Runs `body` with the averaged weights where there is an average.
func withAverages<Result>(
  _ average: ExponentialMovingAverage?, in module: any Module, _ body: () throws -> Result
) throws -> Result {
  guard let average else { return try body() }
  return try average.withAverages(in: module, body)
}
