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

  private init(_ parts: DatasetParts) { self.parts = parts }

  /// For choices: nothing can look at the test part.
  public var withoutTest: ExperimentData { ExperimentData(parts.withoutTest) }

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
    var truths = try dataset.labels.integers()
    if let indices { truths = indices.map { truths[$0] } }
    return try Predictions(logits: logits(on: dataset, indices: indices), truths: truths)
  }

  /// Class logits `[N, K]` for the images of a data set, or those at `indices`.
  func logits(on dataset: Dataset, indices: [Int]?) throws -> Tensor {
    var logits: [Tensor] = []
    try dataset.forEachBatch(of: 500, indices: indices) { logits.append(try classLogits(of: $0.images)) }
    return try Tensor.concatenate(logits)
  }
}
