import SparringTorch

/// The training examples of a run and which of their labels are shown: a recipe asks it for its batches.
public struct TrainingData {
  /// All that may be trained on.
  public let dataset: Dataset
  /// Which labels are shown; nil shows every label there is.
  public let split: LabelledSplit?
  /// What the order of the batches flows from.
  public let seed: UInt64
  /// Whether labelled batches show every class equally often, however many examples it has.
  public let balancesClasses: Bool

  /// Examples with a split drawn from them.
  public init(_ dataset: Dataset, split: LabelledSplit? = nil, seed: UInt64, balancesClasses: Bool = false) {
    (self.dataset, self.split, self.seed, self.balancesClasses) = (dataset, split, seed, balancesClasses)
  }

  /// How frequent each class is among the labelled examples, summing to 1: what a classifier should expect of unlabelled
  /// ones, as far as anybody knows, however often labelled batches show each.
  public func classShares() throws -> [Double] {
    var counts = [Int](repeating: 0, count: dataset.classCount)
    let labels = try dataset.labels.integers()
    for index in split?.labelled ?? Array(labels.indices) where labels[index] >= 0 { counts[labels[index]] += 1 }
    let total = Double(max(1, counts.reduce(0, +)))
    return counts.map { Double($0) / total }
  }

  /// Examples in one pass over those whose labels are shown.
  public func labelledCount() throws -> Int { try shownIndices().count }

  /// Batches of the examples whose labels are shown.
  public func labelled(batchSize: Int) throws -> LabelledSource {
    try LabelledSource(dataset: dataset, indices: shownIndices(), batchSize: batchSize, seed: seed)
  }

  /// Batches of examples alone: all that are not held out.
  public func unlabelled(batchSize: Int) throws -> UnlabelledSource {
    try UnlabelledSource(dataset: dataset, indices: split?.unlabelled, batchSize: batchSize, seed: seed)
  }

  /// Batches of examples with their classes, or of all that are not held out, without.
  public func examples(batchSize: Int, withClasses: Bool) throws -> any BatchSource<ExampleBatch> {
    guard withClasses else {
      return ConvertedSource(try unlabelled(batchSize: batchSize)) { ExampleBatch(images: $0.images) }
    }
    return ConvertedSource(try labelled(batchSize: batchSize)) { ExampleBatch(images: $0.images, labels: $0.labels) }
  }

  /// Batches of both kinds side by side.
  public func fewLabels(labelledBatchSize: Int, unlabelledBatchSize: Int) throws -> SemiSupervisedSource {
    try SemiSupervisedSource(
      dataset: dataset, labelledIndices: shownIndices(),
      unlabelledIndices: split?.unlabelled ?? Array(0..<dataset.count), labelledBatchSize: labelledBatchSize,
      unlabelledBatchSize: unlabelledBatchSize, seed: seed)
  }

  /// The examples whose labels are shown.
  public func labelledIndices() throws -> [Int] {
    if let split { return split.labelled }
    let labels = try dataset.labels.integers()
    return labels.indices.filter { labels[$0] >= 0 }
  }

  /// The same, as often as batches show them.
  private func shownIndices() throws -> [Int] {
    let shown = try labelledIndices()
    guard balancesClasses else { return shown }
    let labels = try dataset.labels.integers()
    // Examples of small classes stand there several times.
    let classes = Dictionary(grouping: shown) { labels[$0] }
    let most = classes.values.map(\.count).max() ?? 0
    return classes.sorted { $0.key < $1.key }.flatMap { _, members in (0..<most).map { members[$0 % members.count] } }
  }
}
