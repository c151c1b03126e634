import SparringTorch

/// Distribution alignment (Berthelot et al. 2020, ReMixMatch): a teacher that names some classes too
/// often is corrected by how often it has named them of late, the classes being equally frequent.
///
/// The running mean is a buffer, so that it is saved with the networks.
final class DistributionAlignment: Module {
  /// How often each class was named of late, `[K]`, summing to 1.
  let runningMean: Parameter
  private let decay = 0.95

  init(classCount: Int, device: Device) throws(TorchError) {
    runningMean = try Parameter(Tensor.full([classCount], 1 / Double(classCount), device: device), role: .buffer)
  }

  /// The probabilities `[N, K]` divided by their running mean, each row summing to 1 again.
  func callAsFunction(_ probabilities: Tensor) throws -> Tensor {
    let mean = runningMean.value
    try mean.copy(from: mean * decay + probabilities.mean(0) * (1 - decay))
    let aligned = try probabilities / mean
    return try aligned / aligned.sum(-1, keepingDimensions: true)
  }
}
