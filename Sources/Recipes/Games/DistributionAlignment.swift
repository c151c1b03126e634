import SparringTorch

/// Distribution alignment (Berthelot et al. 2020, ReMixMatch): a teacher that names some classes too
/// often is corrected by how often it has named them of late, the classes being as frequent as among the labels.
///
/// The running mean is a buffer, so that it is saved with the networks.
final class DistributionAlignment: Module {
  /// How often each class was named of late, `[K]`, summing to 1.
  let runningMean: Parameter
  private let decay = 0.95
  /// How frequent the classes are, `[K]`; nil where equally.
  private let shares: Tensor?

  /// - Parameter shares: How frequent each class is, summing to 1; nil for equally frequent ones.
  init(classCount: Int, shares: [Double]? = nil, device: Device) throws(TorchError) {
    let areEqual = shares.map { Set($0).count == 1 } ?? true
    self.shares =
      try areEqual ? nil : shares.map { shares throws(TorchError) in try Tensor(shares.map(Float.init)).to(device) }
    runningMean = try Parameter(Tensor.full([classCount], 1 / Double(classCount), device: device), role: .buffer)
  }

  /// The probabilities `[N, K]` divided by their running mean, each row summing to 1 again.
  func callAsFunction(_ probabilities: Tensor) throws -> Tensor {
    let mean = runningMean.value
    try mean.copy(from: mean * decay + probabilities.mean(0) * (1 - decay))
    var aligned = try probabilities / mean
    if let shares { aligned = try aligned * shares }
    return try aligned / aligned.sum(-1, keepingDimensions: true)
  }
}
