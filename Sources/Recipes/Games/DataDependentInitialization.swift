import SparringDatasets
import SparringModels

extension Classifier {
  /// Data-dependent initialisation by some training examples, as they are.
  /// - Throws: ``TorchError`` for a family of trunks that has none.
  func initialize(byFirstOf data: TrainingData) throws {
    let batch = try data.unlabelled(batchSize: min(Self.initializingExamples, data.dataset.count)).next()
    try initialize(by: batch.images)
  }

  private static var initializingExamples: Int { 512 }
}
