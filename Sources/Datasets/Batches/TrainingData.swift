import SparringTorch

/// The training examples of a run and which of their labels are shown: a recipe asks it for its batches.
public struct TrainingData {
  /// All that may be trained on.
  public let dataset: Dataset
  /// Which labels are shown; nil shows every label there is.
  public let split: LabelledSplit?
  /// What the order of the batches flows from.
  public let seed: UInt64

  /// Examples with a split drawn from them.
  public init(_ dataset: Dataset, split: LabelledSplit? = nil, seed: UInt64) {
    (self.dataset, self.split, self.seed) = (dataset, split, seed)
  }

  /// Batches of the examples whose labels are shown.
  public func labelled(batchSize: Int) throws -> LabelledSource {
    try LabelledSource(dataset: dataset, indices: labelledIndices(), batchSize: batchSize, seed: seed)
  }

  /// Batches of examples alone: all that are not held out.
  public func unlabelled(batchSize: Int) throws -> UnlabelledSource {
    try UnlabelledSource(dataset: dataset, indices: split?.unlabelled, batchSize: batchSize, seed: seed)
  }

  /// Batches of both kinds side by side.
  public func fewLabels(labelledBatchSize: Int, unlabelledBatchSize: Int) throws -> SemiSupervisedSource {
    try SemiSupervisedSource(
      dataset: dataset, labelledIndices: labelledIndices(),
      unlabelledIndices: split?.unlabelled ?? Array(0..<dataset.count), labelledBatchSize: labelledBatchSize,
      unlabelledBatchSize: unlabelledBatchSize, seed: seed)
  }

  private func labelledIndices() throws -> [Int] {
    if let split { return split.labelled }
    return try dataset.labels.integers().enumerated().filter { $0.element >= 0 }.map(\.offset)
  }
}
