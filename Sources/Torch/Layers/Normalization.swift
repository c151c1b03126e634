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

  /// The normalised input, of its shape.
  ///
  /// A single value per feature has no variance and comes out as β; the running statistics stay then.
  /// - Throws: ``TorchError`` for another number of features.
  public func callAsFunction(_ input: Tensor) throws(TorchError) -> Tensor {
    let features = try input.size(1)
    guard features == weight.value.count else {
      throw TorchError("batch normalisation of \(weight.value.count) features cannot take shape \(input.shape)")
    }
    // Autograd keeps the very tensors that the kernel was given, and the running ones change with the
    // next pass, maybe before this one is differentiated: the kernel gets copies. With a momentum of
    // one, these hold the batch's own statistics after a training pass.
    let (mean, variance) = (try runningMean.value.cloned(), try runningVar.value.cloned())
    let output = try Operators.batchNorm(
      .tensor(input), .tensor(weight.value), .tensor(bias.value), .tensor(mean), .tensor(variance),
      .bool(isTraining), /* momentum: */ 1.0, .double(epsilon), /* cudnn_enabled: */ true)
    let samples = input.count / max(1, features)
    if isTraining, movesStatistics, samples > 1 {
      // The kernel's variance divides by n − 1.
      let correction = usesBiasedVariance ? Double(samples - 1) / Double(samples) : 1
      try withoutGradients { () throws(TorchError) in
        try Operators.lerpInPlace(.tensor(runningMean.value), .tensor(mean), .double(momentum))
        try Operators.lerpInPlace(.tensor(runningVar.value), .tensor(variance * correction), .double(momentum))
      }
    }
    return output
  }
}
