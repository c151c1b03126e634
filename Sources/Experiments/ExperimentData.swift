public import SparringDatasets
public import SparringEvaluation
public import SparringRecipes
public import SparringTorch
public import SparringTraining

/// The images of a run in memory, shared by the runs of a comparison.
public struct ExperimentData {
  /// What may be trained on.
  public let train: Dataset
  /// What is only measured on; nil where a folder holds no labelled test images.
  public let test: Dataset?

  /// Reads both parts.
  public init(_ configuration: DatasetConfiguration, device: Device = .cpu) throws {
    train = try Dataset.load(configuration.name, split: .train, folderOptions: configuration.folder).to(device)
    func loadTest() throws -> Dataset {
      try Dataset.load(configuration.name, split: .test, folderOptions: configuration.folder).to(device)
    }
    test = configuration.folder.heldOutFraction == 0 ? try? loadTest() : try loadTest()
  }
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
