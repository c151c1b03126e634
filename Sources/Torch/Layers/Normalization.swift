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
    guard isTraining, movesStatistics else {
      return try normalized(input, mean: runningMean.value, variance: runningVar.value, momentum: 0)
    }
    // With a momentum of one, these two hold the batch's own statistics afterwards. Autograd keeps the
    // tensors it was given, so the running ones must not be changed under it.
    let mean = try runningMean.value.zerosLike()
    let variance = try runningVar.value.zerosLike()
    let output = try normalized(input, mean: mean, variance: variance, momentum: 1)
    try moveStatistics(mean: mean, variance: variance, samples: input.count / max(1, features))
    return output
  }

  private func normalized(
    _ input: Tensor, mean: Tensor, variance: Tensor, momentum: Double
  ) throws(TorchError) -> Tensor {
    try Operators.batchNorm(
      .tensor(input), .tensor(weight.value), .tensor(bias.value), .tensor(mean), .tensor(variance),
      .bool(isTraining), .double(momentum), .double(epsilon), true)
  }

  /// running ← (1 − momentum)·running + momentum·batch.
  private func moveStatistics(mean: Tensor, variance: Tensor, samples: Int) throws(TorchError) {
    // A single sample has no variance. LibTorch's divides by n − 1.
    guard samples > 1 else { return }
    let correction = usesBiasedVariance ? Double(samples - 1) / Double(samples) : 1
    try withoutGradients { () throws(TorchError) in
      _ = try Operators.lerpInPlace(.tensor(runningMean.value), .tensor(mean), .double(momentum))
      let moved = correction == 1 ? variance : try variance * correction
      _ = try Operators.lerpInPlace(.tensor(runningVar.value), .tensor(moved), .double(momentum))
    }
  }
}
