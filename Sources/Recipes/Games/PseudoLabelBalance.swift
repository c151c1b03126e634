import SparringTorch

/// Notices pseudo-labels that go wrong, without a label to check them by: a teacher that confirms its own mistakes gives
/// some classes far more often than they occur (Arazo et al. 2020, "confirmation bias"), even where its probabilities are
/// aligned, since only those that it is sure of count.
///
/// The running shares are a buffer, so that they are saved with the networks.
final class PseudoLabelBalance: Module {
  /// The share of all images that was given each class and counted, of late, `[K]`.
  let keptShares: Parameter
  private let expected: Tensor
  private let decay = 0.98
  /// Half the sum of the differences between what is given and what occurs: the share of labels that are too many.
  static let (harmless, harmful) = (0.35, 0.6)

  /// - Parameter shares: How frequent each class is, summing to 1; nil for equally frequent ones.
  init(classCount: Int, shares: [Double]?, device: Device) throws(TorchError) {
    let shares = shares ?? [Double](repeating: 1 / Double(classCount), count: classCount)
    expected = try Tensor(shares.map(Float.init)).to(device)
    // As if a few had counted: the first images alone say nothing.
    keptShares = try Parameter(expected * 0.2, role: .buffer)
  }

  /// - Parameter kept: The share of a step's images that was given each class and counted, `[K]`.
  /// - Returns: From 1 for shares as expected to 0 for a teacher that cannot be trusted: a scalar without a graph.
  func callAsFunction(_ kept: Tensor) throws -> Tensor {
    try withoutGradients {
      let running = keptShares.value
      try running.copy(from: running * decay + kept * (1 - decay))
      let surplus = try (running / (running.sum(-1) + 1e-12) - expected).absolute().sum(-1) * 0.5
      let trust = try (surplus * -1 + Self.harmful) * (1 / (Self.harmful - Self.harmless))
      return try trust.clamped(low: 0, high: 1)
    }
  }
}
