/// Batch normalisation of each feature (Ioffe and Szegedy 2015) over `[N, C]` or `[N, C, H, W]`.
///
/// While training it uses the batch's own mean and variance and moves the running ones; in inference
/// it uses the running ones.
public final class BatchNorm: Layer, ModeDependent {
  /// γ and β, `[features]`.
  public let weight: Parameter
  public let bias: Parameter
  /// `[features]`.
  public let runningMean: Parameter
  /// `[features]`.
  public let runningVar: Parameter
  public var isTraining = true
  /// Whether a training pass moves the running statistics; off for images that inference will not
  /// see, such as generated ones.
  public var movesStatistics = true
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

  public func callAsFunction(_ input: Tensor) throws(TorchError) -> Tensor {
    let features = try input.size(1)
    guard features == weight.value.count else {
      throw TorchError("batch normalisation of \(weight.value.count) features cannot take shape \(input.shape)")
    }
    let samples = input.count / max(1, features)
    let correction = usesBiasedVariance && isTraining && movesStatistics && samples > 1
    let before = correction ? try withoutGradients { () throws(TorchError) in try runningVar.value.cloned() } : nil
    let output = try Operators.batchNorm(
      .tensor(input), .tensor(weight.value), .tensor(bias.value), .tensor(runningMean.value),
      .tensor(runningVar.value), .bool(isTraining), .double(movesStatistics ? momentum : 0), .double(epsilon), true)
    if let before { try scaleUpdate(from: before, samples: samples) }
    return output
  }

  /// The update was momentum·s²·n/(n−1); take the n/(n−1) back out.
  private func scaleUpdate(from before: Tensor, samples: Int) throws(TorchError) {
    try withoutGradients { () throws(TorchError) in
      let kept = try before * (1 - momentum)
      let added = try (runningVar.value - kept) * (Double(samples - 1) / Double(samples))
      try runningVar.value.copy(from: kept + added)
    }
  }
}
