/// Batch normalisation of each feature (Ioffe and Szegedy 2015) over `[N, C]` or `[N, C, H, W]`.
///
/// While training it uses the batch's own mean and variance and moves the running ones; in inference
/// it uses the running ones.
public final class BatchNorm: Layer, ModeDependent {
  /// γ, `[features]`.
  public let weight: Parameter
  /// β, `[features]`.
  public let bias: Parameter
  /// Moving mean of the batches, `[features]`.
  public let runningMean: Parameter
  /// Moving variance of the batches, `[features]`.
  public let runningVar: Parameter
  /// Whether batches are normalised by their own statistics.
  public var isTraining = true
  /// Whether ``freeze()`` was called: the running statistics then serve in training, too.
  public private(set) var isFrozen = false
  private let momentum: Double
  private let epsilon: Double
  private let usesBiasedVariance: Bool

  /// - Parameters:
  ///   - momentum: The share of the new batch in the running statistics (PyTorch's meaning; Keras's
  ///     0.99 is 0.01 here).
  ///   - usesBiasedVariance: Keras's running variance divides by n, PyTorch's by n − 1.
  public init(
    features: Int, momentum: Double = 0.1, epsilon: Double = 1e-5, usesBiasedVariance: Bool = false,
    device: Device = .cpu
  ) throws(TorchError) {
    weight = try Parameter(Tensor.ones([features], device: device))
    bias = try Parameter(Tensor.zeros([features], device: device))
    runningMean = try Parameter(Tensor.zeros([features], device: device), role: .buffer)
    runningVar = try Parameter(Tensor.ones([features], device: device), role: .buffer)
    (self.momentum, self.epsilon, self.usesBiasedVariance) = (momentum, epsilon, usesBiasedVariance)
  }

  /// The normalised input, of its shape.
  ///
  /// A single value per feature has no variance and comes out as β; the running statistics stay then.
  /// - Throws: ``TorchError`` for another number of features.
  public func callAsFunction(_ input: Tensor) throws(TorchError) -> Tensor { try self(input, leakyReLUSlope: 1) }

  /// Keeps the running statistics as they are and normalises by them from now on.
  public func freeze() { isFrozen = true }

  /// Whether the next pass is normalised by the batch's own statistics, so that the examples of a batch see each other.
  public var usesBatchStatistics: Bool { isTraining && !isFrozen }

  /// The normalisation and the activation max(x, slope·x) after it, for a slope from 0 to 1, in one pass.
  ///
  /// - Parameter countsInStatistics: Whether a training pass moves the running statistics; not for images that
  ///   inference will not see, such as generated ones.
  public func callAsFunction(
    _ input: Tensor, leakyReLUSlope slope: Double, countsInStatistics: Bool = true
  ) throws(TorchError) -> Tensor {
    let features = try input.size(1)
    guard features == weight.value.count else {
      throw TorchError("batch normalisation of \(weight.value.count) features cannot take shape \(input.shape)")
    }
    let results = try Operators.batchNorm.results(
      .tensor(input), .tensor(weight.value), .tensor(bias.value), .tensor(runningMean.value),
      .tensor(runningVar.value), .bool(usesBatchStatistics), .double(epsilon), .double(slope))
    let samples = input.count / max(1, features)
    if usesBatchStatistics, countsInStatistics, samples > 1 {
      try move(towardsMean: results[1], variance: results[2], samples: samples)
    }
    return results[0]
  }

  /// - Parameter variance: Divided by n.
  private func move(towardsMean mean: Tensor, variance: Tensor, samples: Int) throws(TorchError) {
    let correction = usesBiasedVariance ? 1 : Double(samples) / Double(samples - 1)
    try withoutGradients { () throws(TorchError) in
      try Operators.lerpInPlace(.tensor(runningMean.value), .tensor(mean), .double(momentum))
      try Operators.lerpInPlace(.tensor(runningVar.value), .tensor(variance * correction), .double(momentum))
    }
  }

  /// A layer's weight and bias with the normalisation of inference folded in: input · γ/σ + β − mean · γ/σ.
  func folded(
    into weight: Tensor, outputDimension: Int, bias layerBias: Tensor?
  ) throws(TorchError) -> (weight: Tensor, bias: Tensor) {
    let scale = try self.weight.value / (runningVar.value + epsilon).squareRoot()
    let centre = try layerBias.map { bias throws(TorchError) in try runningMean.value - bias } ?? runningMean.value
    var shape = [Int](repeating: 1, count: weight.rank)
    shape[outputDimension] = -1
    return (try weight * scale.reshaped(shape), try bias.value - centre * scale)
  }
}

extension Conv2d {
  /// The convolution, its normalisation and the activation max(x, slope·x), for a slope from 0 to 1.
  ///
  /// In inference mode without gradients the normalisation is folded into the weights.
  /// - Parameter countsInStatistics: Whether the input moves the running statistics.
  public func callAsFunction(
    _ input: Tensor, normalizedBy norm: BatchNorm, leakyReLUSlope slope: Double, countsInStatistics: Bool = true
  ) throws(TorchError) -> Tensor {
    guard !norm.usesBatchStatistics, !Tensor.recordsGradients else {
      return try norm(self(input), leakyReLUSlope: slope, countsInStatistics: countsInStatistics)
    }
    let folded = try norm.folded(into: usedWeight(), outputDimension: 0, bias: bias?.value)
    return try convolved(input, weight: folded.weight, bias: folded.bias, slope: slope)
  }
}

extension ConvTranspose2d {
  /// The convolution, its normalisation and the activation max(x, slope·x), for a slope from 0 to 1.
  ///
  /// In inference mode without gradients the normalisation is folded into the weights.
  /// - Parameter countsInStatistics: Whether the input moves the running statistics.
  public func callAsFunction(
    _ input: Tensor, normalizedBy norm: BatchNorm, leakyReLUSlope slope: Double, countsInStatistics: Bool = true
  ) throws(TorchError) -> Tensor {
    guard !norm.usesBatchStatistics, !Tensor.recordsGradients else {
      return try norm(self(input), leakyReLUSlope: slope, countsInStatistics: countsInStatistics)
    }
    let folded = try norm.folded(into: usedWeight(), outputDimension: 1, bias: bias?.value)
    return try convolved(input, weight: folded.weight, bias: folded.bias, slope: slope)
  }
}
