import SparringDatasets
public import SparringEvaluation
import SparringRecipes
public import SparringReporting
import SparringTorch
import SparringTraining

/// What a result is measured on.
public enum ScoredExamples: Sendable {
  /// The test part, which no choice may depend on.
  case test
  /// Training examples that were held out (`dataset.heldOut`, `dataset.validation`), for choices.
  case heldOut
}

extension Experiment {
  /// Classifies every scored example and saves what came of it; nil for a recipe that does not classify.
  @discardableResult
  public func evaluate(in folder: RunFolder, on scored: ScoredExamples = .test) throws -> EvaluationRecord? {
    switch scored {
    case .test: try testPredictions().map { try record($0, in: folder) }
    case .heldOut: try heldOutPredictions().map { try record(heldOut: $0, in: folder) }
    }
  }

  /// The answers for every test example; nil for a recipe that does not classify, or data without a test part.
  public func testPredictions() throws -> Predictions? {
    guard let classifier = recipe as? any ImageClassifying, let test = data.test else { return nil }
    return try classifier.predictions(on: test)
  }

  /// The answers for every held-out training example, in the order of the split; nil for a recipe that does not classify,
  /// or where none is held out.
  public func heldOutPredictions() throws -> Predictions? {
    guard let classifier = recipe as? any ImageClassifying, let split, !split.validation.isEmpty else { return nil }
    return try classifier.predictions(on: data.train, indices: split.validation)
  }

  /// Saves answers for the test part with its surest mistakes.
  @discardableResult
  package func record(_ predictions: Predictions, in folder: RunFolder) throws -> EvaluationRecord {
    guard let test = data.test else { throw TrainingError("\(data.train.name) has no test part") }
    return try folder.write(
      evaluation: predictions, split: "test", classNames: test.classNames, sources: test.sources,
      image: test.shape.isImage ? { try PixelImages(test.examples.narrowed($0..<$0 + 1)) } : nil)
  }

  private func record(heldOut predictions: Predictions, in folder: RunFolder) throws -> EvaluationRecord {
    let (train, indices) = (data.train, split?.validation ?? [])
    return try folder.write(
      evaluation: predictions, split: "validation", classNames: train.classNames,
      sources: train.sources.map { sources in indices.map { sources[$0] } },
      image: train.shape.isImage
        ? { try PixelImages(train.examples.narrowed(indices[$0]..<indices[$0] + 1)) } : nil)
  }
}
