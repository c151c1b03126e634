public import SparringTorch

/// One rung of a ``Ladder``: a linear map upwards whose sums are normalised, and one downwards, with the function that
/// joins what comes from the side and from above (Rasmus et al. 2015, "Semi-supervised learning with ladder networks").
public final class LadderStage: Module {
  /// To the sums of this stage: `[N, F]` to `[N, F']`.
  let linear: Linear?
  /// The same for maps: `[N, C, H, W]` to `[N, C', ⌈H/2⌉, ⌈W/2⌉]`.
  let convolution: Conv2d?
  /// Back to the numbers of the stage below.
  let linearBack: Linear?
  /// The same for maps.
  let convolutionBack: ConvTranspose2d?
  /// γ, `[units]`.
  let scale: Parameter
  /// β, `[units]`.
  let shift: Parameter
  /// Denoises the normalised sums.
  let denoiser: LadderDenoiser
  /// Moving mean of the sums, `[units]`: for inference.
  let runningMean: Parameter
  /// Moving variance of the sums, `[units]`: for inference.
  let runningVariance: Parameter
  /// Of one example below: `[C, H, W]` or `[F]`.
  private let inputShape: [Int]

  /// The share of a new batch in the moving statistics.
  private static let momentum = 0.1

  /// - Parameters:
  ///   - inputShape: Of one example below, `[C, H, W]` or `[F]`.
  ///   - units: Channels of the stage, or features.
  ///   - isConvolutional: 4×4 kernels with stride 2; otherwise the numbers below are taken as features.
  init(
    inputShape: [Int], units: Int, isConvolutional: Bool, using weights: RandomGenerator
  ) throws(TorchError) {
    self.inputShape = inputShape
    let inputs = inputShape.reduce(1, *)
    convolution =
      isConvolutional
      ? try Conv2d(
        inputChannels: inputShape[0], outputChannels: units, kernelSize: 4, stride: 2, padding: .same, hasBias: false,
        initializer: .heNormal(), using: weights) : nil
    convolutionBack =
      isConvolutional
      ? try ConvTranspose2d(
        inputChannels: units, outputChannels: inputShape[0], kernelSize: 4, stride: 2, padding: .same, hasBias: false,
        initializer: .heNormal(), using: weights) : nil
    linear =
      isConvolutional
      ? nil
      : try Linear(
        inputFeatures: inputs, outputFeatures: units, hasBias: false, initializer: .heNormal(slope: 1), using: weights)
    linearBack =
      isConvolutional
      ? nil
      : try Linear(
        inputFeatures: units, outputFeatures: inputs, hasBias: false, initializer: .heNormal(slope: 1), using: weights)
    let device = weights.device
    scale = try Parameter(Tensor.ones([units], device: device))
    shift = try Parameter(Tensor.zeros([units], device: device))
    denoiser = try LadderDenoiser(units: units, using: weights)
    runningMean = try Parameter(Tensor.zeros([units], device: device), role: .buffer)
    runningVariance = try Parameter(Tensor.ones([units], device: device), role: .buffer)
  }

  /// The linear map upwards, in fp32.
  func sums(_ below: Tensor) throws -> Tensor {
    if let convolution { return try convolution(below).to(.float32) }
    return try linear?(below.flattened()).to(.float32) ?? below
  }

  /// What stands below, from this stage's numbers, in fp32.
  func back(_ numbers: Tensor) throws -> Tensor {
    if let convolutionBack {
      // A side that was rounded up on the way up is a pixel too long.
      let maps = try convolutionBack(numbers)
      return try maps.narrowed(0..<inputShape[1], along: 2).narrowed(0..<inputShape[2], along: 3).to(.float32)
    }
    return try linearBack?(numbers).to(.float32).reshaped([-1] + inputShape) ?? numbers
  }

  /// γ·(z + β), each unit by its own.
  func scaled(_ normalized: Tensor) throws -> Tensor {
    try (normalized + shift.value.forUnits(of: normalized)) * scale.value.forUnits(of: normalized)
  }

  /// Statistics of a batch, which move the ones for inference.
  func statistics(of sums: Tensor, countsInStatistics: Bool) throws -> LadderStatistics {
    let statistics = try LadderStatistics(of: sums)
    if countsInStatistics {
      try withoutGradients {
        let mean = try statistics.mean.reshaped(-1)
        let variance = try statistics.deviation.squared().reshaped(-1)
        try runningMean.value.copy(from: runningMean.value * (1 - Self.momentum) + mean * Self.momentum)
        try runningVariance.value.copy(from: runningVariance.value * (1 - Self.momentum) + variance * Self.momentum)
      }
    }
    return statistics
  }

  /// The moving statistics, for inference.
  func inferenceStatistics(for sums: Tensor) throws -> LadderStatistics {
    LadderStatistics(
      mean: try runningMean.value.forUnits(of: sums),
      deviation: try runningVariance.value.squareRoot().forUnits(of: sums)
    )
  }
}

/// Mean and deviation of each unit over a batch, shaped to broadcast against its numbers.
struct LadderStatistics {
  let mean: Tensor
  let deviation: Tensor

  private static let epsilon = 1e-6

  init(mean: Tensor, deviation: Tensor) {
    (self.mean, self.deviation) = (mean, deviation)
  }

  /// - Parameter numbers: `[N, F]` or `[N, C, H, W]`.
  init(of numbers: Tensor) throws {
    func mean(_ numbers: Tensor) throws -> Tensor {
      numbers.rank == 4
        ? try numbers.mean(0, 2, 3, keepingDimensions: true) : try numbers.mean(0, keepingDimensions: true)
    }
    let middle = try mean(numbers)
    deviation = try (mean((numbers - middle).squared()) + Self.epsilon).squareRoot()
    self.mean = middle
  }

  /// The numbers with mean 0 and deviation 1, where the statistics are their own.
  func normalize(_ numbers: Tensor) throws -> Tensor { try (numbers - mean) / deviation }
}

/// ẑ = (z̃ − μ(u))·v(u) + μ(u), with μ and v of the form a₁·sigmoid(a₂·u + a₃) + a₄·u + a₅ for each unit: the best guess of
/// the clean z from the noisy z̃, if z is normal given u (Rasmus et al. 2015, section 4.1).
final class LadderDenoiser: Module {
  /// The a's of μ, `[5, units]`.
  let mean: Parameter
  /// The a's of v, `[5, units]`.
  let gain: Parameter

  init(units: Int, using weights: RandomGenerator) throws(TorchError) {
    func make(_ start: [Double]) throws(TorchError) -> Parameter {
      var rows: [Tensor] = []
      for value in start { rows.append(try Tensor.full([units], value, device: weights.device)) }
      return try Parameter(Tensor.stack(rows))
    }
    // Their initial values: μ = 0 and v = 1 but for the sigmoid's slope.
    mean = try make([0, 1, 0, 0, 0])
    gain = try make([0, 1, 0, 0, 1])
  }

  func callAsFunction(_ noisy: Tensor, above: Tensor) throws -> Tensor {
    let mean = try curve(mean.value, at: above)
    return try (noisy - mean) * curve(gain.value, at: above) + mean
  }

  private func curve(_ parameters: Tensor, at above: Tensor) throws -> Tensor {
    let a = try (0..<5).map { try parameters.narrowed($0..<$0 + 1).reshaped(-1).forUnits(of: above) }
    return try a[0] * (a[1] * above + a[2]).sigmoid() + a[3] * above + a[4]
  }
}

extension Tensor {
  /// `[units]` shaped to broadcast against numbers `[N, units]` or `[N, units, H, W]`.
  func forUnits(of numbers: Tensor) throws -> Tensor {
    numbers.rank == 4 ? try reshaped(1, -1, 1, 1) : try reshaped(1, -1)
  }
}
