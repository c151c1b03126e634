public import SparringDatasets
public import SparringEvaluation
public import SparringRecipes
public import SparringTorch
public import SparringTraining

/// The examples of a run in memory, shared by the runs of a comparison.
public struct ExperimentData {
  private let parts: DatasetParts

  /// Reads both parts.
  /// - Parameter progress: Called on this thread while pictures are decoded.
  public init(
    _ configuration: DatasetConfiguration, device: Device = .cpu, progress: DecodingProgress = { _, _ in }
  ) throws {
    parts = try DatasetParts(of: configuration.name, options: configuration.options, progress: progress).to(device)
  }

  /// What may be trained on.
  public var train: Dataset { parts.train }
  /// What only validates choices; nil where nobody brought such a part.
  public var validation: Dataset? { parts.validation }
  /// What is only measured on; nil where there is no such part.
  public var test: Dataset? { parts.test }
  /// What networks and reports must know of both.
  public var facts: DataFacts { parts.facts }
  /// Where the test part comes from, as a clause; nil where that goes without saying.
  public var testOrigin: String? { parts.testOrigin }
  /// The pictures that could not be read and were left out, in a sentence; nil where there were none.
  public var unreadableSummary: String? { parts.unreadableSummary }
}

extension ImageClassifying {
  /// The answers for the images of a data set (or those at `indices`), a few hundred at a time.
  public func predictions(on dataset: Dataset, indices: [Int]? = nil) throws -> Predictions {
    var logits: [Tensor] = []
    var truths: [Int] = []
    try dataset.forEachBatch(of: 500, indices: indices) { batch in
      logits.append(try classLogits(of: batch.images))
      truths += try batch.labels.integers()
    }
    return try Predictions(logits: Tensor.concatenate(logits), truths: truths)
  }
}
