public import SparringTorch

/// Batches of labelled examples for supervised training.
public final class LabelledSource: BatchSource {
  private let dataset: Dataset
  private let sampler: ShuffledSampler

  /// - Parameter indices: Which images of `dataset`; each needs a label.
  /// - Throws: ``DatasetError`` for no images, an image without a label, or a batch size below 1.
  public init(dataset: Dataset, indices: [Int], batchSize: Int, seed: UInt64) throws {
    try dataset.requireLabels(indices)
    self.dataset = dataset
    sampler = try ShuffledSampler(
      indices: indices, batchSize: batchSize, using: RandomGenerator(seed: seed, purpose: "labelled batches"),
      device: dataset.examples.device)
  }

  /// Batches in one pass over the set; the last short one is left out.
  public var stepsPerEpoch: Int { sampler.stepsPerEpoch }
  /// Images in one batch.
  public var imagesPerBatch: Int { sampler.batchSize }
  /// The next batch of the random order.
  public func next() throws -> LabelledBatch { try dataset.labelledBatch(indices: sampler.next()) }
  /// All that the following batches depend on.
  public func state() throws -> [String: Tensor] { try sampler.state() }
  /// Continues where ``state()`` was taken.
  public func restore(_ state: [String: Tensor]) throws { try sampler.restore(state) }
}

/// Batches of examples alone, as a generative adversary needs.
public final class UnlabelledSource: BatchSource {
  private let dataset: Dataset
  private let sampler: ShuffledSampler

  /// - Parameter indices: Which images of `dataset`; all of them when left out.
  /// - Throws: ``DatasetError`` for no images or a batch size below 1.
  public init(dataset: Dataset, indices: [Int]? = nil, batchSize: Int, seed: UInt64) throws {
    self.dataset = dataset
    sampler = try ShuffledSampler(
      indices: indices ?? Array(0..<dataset.count), batchSize: batchSize,
      using: RandomGenerator(seed: seed, purpose: "unlabelled batches"), device: dataset.examples.device)
  }

  /// Batches in one pass over the set; the last short one is left out.
  public var stepsPerEpoch: Int { sampler.stepsPerEpoch }
  /// Images in one batch.
  public var imagesPerBatch: Int { sampler.batchSize }
  /// The next batch of the random order.
  public func next() throws -> UnlabelledBatch {
    UnlabelledBatch(images: try dataset.batch(indices: sampler.next()))
  }
  /// All that the following batches depend on.
  public func state() throws -> [String: Tensor] { try sampler.state() }
  /// Continues where ``state()`` was taken.
  public func restore(_ state: [String: Tensor]) throws { try sampler.restore(state) }
}

/// Batches of a source as another kind of batch.
public final class ConvertedSource<Source: BatchSource, Batch>: BatchSource {
  private let source: Source
  private let convert: (Source.Batch) -> Batch

  /// - Parameter convert: Loses nothing that a later batch depends on.
  public init(_ source: Source, convert: @escaping (Source.Batch) -> Batch) {
    (self.source, self.convert) = (source, convert)
  }

  /// As the source has it.
  public var stepsPerEpoch: Int { source.stepsPerEpoch }
  /// As the source has it.
  public var imagesPerBatch: Int { source.imagesPerBatch }
  /// The source's next batch, converted.
  public func next() throws -> Batch { convert(try source.next()) }
  /// The source's.
  public func state() throws -> [String: Tensor] { try source.state() }
  /// Continues where ``state()`` was taken.
  public func restore(_ state: [String: Tensor]) throws { try source.restore(state) }
}

/// Labelled and unlabelled examples side by side, each in its own random order; an epoch is one pass
/// over the unlabelled ones.
public final class SemiSupervisedSource: BatchSource {
  private let labelled: LabelledSource
  private let unlabelled: UnlabelledSource

  /// - Throws: ``DatasetError`` for no images, a labelled image without its label, or a batch size
  ///   below 1.
  public init(
    dataset: Dataset, labelledIndices: [Int], unlabelledIndices: [Int], labelledBatchSize: Int,
    unlabelledBatchSize: Int, seed: UInt64
  ) throws {
    labelled = try LabelledSource(
      dataset: dataset, indices: labelledIndices, batchSize: labelledBatchSize, seed: seed)
    unlabelled = try UnlabelledSource(
      dataset: dataset, indices: unlabelledIndices, batchSize: unlabelledBatchSize, seed: seed)
  }

  /// The images of a split.
  public convenience init(
    dataset: Dataset, split: LabelledSplit, labelledBatchSize: Int, unlabelledBatchSize: Int, seed: UInt64
  ) throws {
    try self.init(
      dataset: dataset, labelledIndices: split.labelled, unlabelledIndices: split.unlabelled,
      labelledBatchSize: labelledBatchSize, unlabelledBatchSize: unlabelledBatchSize, seed: seed)
  }

  /// Batches in one pass over the set; the last short one is left out.
  public var stepsPerEpoch: Int { unlabelled.stepsPerEpoch }
  /// Images in one batch.
  public var imagesPerBatch: Int { labelled.imagesPerBatch + unlabelled.imagesPerBatch }

  /// The next batch of the random order.
  public func next() throws -> SemiSupervisedBatch {
    SemiSupervisedBatch(labelled: try labelled.next(), unlabelled: try unlabelled.next().images)
  }

  /// All that the following batches depend on.
  public func state() throws -> [String: Tensor] {
    let parts = [("labelled.", try labelled.state()), ("unlabelled.", try unlabelled.state())]
    return Dictionary(uniqueKeysWithValues: parts.flatMap { part in part.1.map { (part.0 + $0, $1) } })
  }

  /// Continues where ``state()`` was taken.
  public func restore(_ state: [String: Tensor]) throws {
    func part(_ prefix: String) -> [String: Tensor] {
      let own = state.filter { $0.key.hasPrefix(prefix) }
      return Dictionary(uniqueKeysWithValues: own.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
    }
    try labelled.restore(part("labelled."))
    try unlabelled.restore(part("unlabelled."))
  }
}

extension Dataset {
  /// - Throws: ``DatasetError`` naming the first image of `indices` that has no label.
  func requireLabels(_ indices: [Int]) throws {
    let labels = try labels.integers()
    for index in indices {
      guard labels.indices.contains(index) else {
        throw DatasetError("\(name) has no \(shape.singular) \(index): it holds \(count)")
      }
      guard labels[index] >= 0 else {
        throw DatasetError("\(shape.singular) \(index) of \(name) has no label to train on")
      }
    }
  }
}
