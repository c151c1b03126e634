public import SparringTorch

/// A family of trunks that a ``Ladder`` can be made of.
public protocol LadderFamily: TrunkFamily {
  /// Channels or units of the stages.
  var widths: [Int] { get }
  /// Whether the stages are convolutions that halve height and width.
  static var isConvolutional: Bool { get }
  /// The activation is max(x, slope·x).
  var leakyReLUSlope: Double { get }
}

extension FullyConnectedFamily: LadderFamily {
  /// Every number is a unit of its own.
  public static var isConvolutional: Bool { false }
}

extension ConvolutionalFamily: LadderFamily {
  /// 4×4 kernels with stride 2.
  public static var isConvolutional: Bool { true }
}

/// A classifier that also denoises each of its layers (Rasmus et al. 2015, "Semi-supervised learning with ladder
/// networks"): an encoder that is run with noise and without, and a decoder that guesses the clean layers from the noisy
/// ones.
public final class Ladder: Module {
  /// One pass up.
  public struct Pass {
    /// What the decoder is to guess, or begins with: the examples, then each stage's normalised sums.
    let normalized: [Tensor]
    /// Each stage's statistics.
    let statistics: [LadderStatistics]
    /// Class logits, `[N, K]`.
    public let logits: Tensor
  }

  /// From the examples up; the last has one unit for each class.
  public let stages: [LadderStage]
  /// Denoises the examples themselves.
  let inputDenoiser: LadderDenoiser
  private let inputNoise: Double
  private let noise: Double
  private let noiseRandom: RandomGenerator
  private let slope: Double
  private let isOfMaps: Bool

  /// Fresh weights.
  ///
  /// - Parameters:
  ///   - configuration: Of the classifier; its family gives the stages.
  ///   - exampleShape: Of one example: `[C, H, W]`, or `[F]` for vectors.
  ///   - classCount: K, at least 2.
  ///   - inputNoise: Standard deviation of the noise on the examples of a noisy pass.
  ///   - noise: The same on each stage's normalised sums.
  ///   - weights: Where the weights come from.
  ///   - noiseRandom: Where the noise comes from.
  /// - Throws: ``TorchError`` for a family of which no ladder can be made, or examples that it cannot take.
  public init(
    _ configuration: TrunkConfiguration, exampleShape: [Int], classCount: Int, inputNoise: Double, noise: Double,
    using weights: RandomGenerator, noiseRandom: RandomGenerator
  ) throws(TorchError) {
    guard let family = configuration.family as? any LadderFamily else {
      throw TorchError(
        "a ladder network is made of the \(FullyConnectedFamily.name) or the \(ConvolutionalFamily.name) family, not of \(type(of: configuration.family).name): set model.classifier.family"
      )
    }
    try require(classCount, named: "the number of classes", in: 2...1_000_000)
    isOfMaps = type(of: family).isConvolutional
    if isOfMaps { _ = try ImageSize(exampleShape, family: type(of: family).name) }
    var shape = isOfMaps ? exampleShape : [exampleShape.reduce(1, *)]
    var stages: [LadderStage] = []
    for width in family.widths {
      stages.append(try LadderStage(inputShape: shape, units: width, isConvolutional: isOfMaps, using: weights))
      shape = isOfMaps ? [width, (shape[1] + 1) / 2, (shape[2] + 1) / 2] : [width]
    }
    stages.append(try LadderStage(inputShape: shape, units: classCount, isConvolutional: false, using: weights))
    self.stages = stages
    inputDenoiser = try LadderDenoiser(
      units: isOfMaps ? exampleShape[0] : exampleShape.reduce(1, *), using: weights)
    (self.inputNoise, self.noise, self.noiseRandom) = (inputNoise, noise, noiseRandom)
    slope = family.leakyReLUSlope
  }

  /// A pass by the batch's own statistics, in fp32 but for the products.
  ///
  /// - Parameters:
  ///   - examples: `[N, C, H, W]` on [-1, 1], or `[N, F]`.
  ///   - isNoisy: Whether noise is added; only a pass without it moves the statistics for inference.
  public func pass(_ examples: Tensor, isNoisy: Bool) throws -> Pass {
    let input = try noisy(isOfMaps ? examples : examples.flattened(), deviation: isNoisy ? inputNoise : 0)
    var (normalized, statistics) = ([input], [LadderStatistics]())
    var below = input
    for (index, stage) in stages.enumerated() {
      let sums = try stage.sums(below)
      let batch = try stage.statistics(of: sums, countsInStatistics: !isNoisy)
      let z = try noisy(batch.normalize(sums), deviation: isNoisy ? noise : 0)
      (normalized, statistics) = (normalized + [z], statistics + [batch])
      below = try activated(stage.scaled(z), isLast: index == stages.count - 1)
    }
    return Pass(normalized: normalized, statistics: statistics, logits: below)
  }

  /// How far the decoder's guesses are from the clean pass, layer by layer from the examples up: mean squares, `[]` each.
  public func denoisingErrors(noisy: Pass, clean: Pass) throws -> [Tensor] {
    var errors: [Tensor] = []
    let probabilities = try noisy.logits.softmax()
    var above = try LadderStatistics(of: probabilities).normalize(probabilities)
    for index in stages.indices.reversed() {
      let stage = stages[index]
      let guess = try stage.denoiser(noisy.normalized[index + 1], above: above)
      let error = try clean.statistics[index].normalize(guess) - clean.normalized[index + 1]
      errors.append(try error.squared().mean())
      let down = try stage.back(guess)
      above = try LadderStatistics(of: down).normalize(down)
    }
    let guess = try inputDenoiser(noisy.normalized[0], above: above)
    errors.append(try (guess - clean.normalized[0]).squared().mean())
    return errors.reversed()
  }

  /// Class logits `[N, K]` by the moving statistics, without noise.
  public func callAsFunction(_ examples: Tensor) throws -> Tensor {
    var below = isOfMaps ? examples : try examples.flattened()
    for (index, stage) in stages.enumerated() {
      let sums = try stage.sums(below)
      let z = try stage.inferenceStatistics(for: sums).normalize(sums)
      below = try activated(stage.scaled(z), isLast: index == stages.count - 1)
    }
    return below
  }

  private func activated(_ sums: Tensor, isLast: Bool) throws -> Tensor {
    isLast ? sums : try sums.leakyReLU(slope: slope)
  }

  private func noisy(_ numbers: Tensor, deviation: Double) throws -> Tensor {
    guard deviation > 0 else { return numbers }
    return try numbers + Tensor.normal(numbers.shape, using: noiseRandom) * deviation
  }
}
