import Foundation
public import SparringDatasets
public import SparringEvaluation
import SparringRecipes
import SparringTorch
public import SparringTraining

extension TrainedRun {
  private func scaledLogits(_ classifier: any ImageClassifying, of file: String, at rows: [Int]) throws -> Tensor {
    let examples = try ExampleFile.examples(in: file, for: facts).indexSelect(Tensor(indices: rows))
    return try .concatenate(
      examples.split(into: 500).map { try classifier.classLogits(of: $0.to(device)).to(.cpu) })
  }

  /// What a run answers on a data set that it was not trained with, and the examples asked about: its test part where it
  /// brings one, else every labelled example.
  ///
  /// - Parameter configuration: Read as the run's own data were; nothing is held out.
  /// - Throws: ``TrainingError`` when shapes differ, or a class is none of the run's.
  public func predictions(
    on configuration: DatasetConfiguration, progress: DecodingProgress = { _, _ in }
  ) throws -> (answers: Predictions, examples: Dataset) {
    guard let classifier = recipe as? any ImageClassifying else {
      throw TrainingError("\(type(of: recipe).name) does not classify")
    }
    let configuration = configuration.readWhole(for: facts)
    let data = try ExperimentData(configuration, device: device, progress: progress)
    // Numbers of a file are scaled as the run's own were, not as theirs would be.
    let part = facts.shape.isImage ? data.test ?? data.train : data.train
    guard part.shape == facts.shape else {
      throw TrainingError("\(part.name) holds \(part.shape.plural) of \(part.shape), but the run takes \(facts.shape)")
    }
    let places = try part.classNames.map { name in
      guard let place = facts.place(ofClass: name) else {
        throw TrainingError("\(part.name) has the class \(name), which the run does not know")
      }
      return place
    }
    let labels = try part.labels.integers()
    let labelled = labels.indices.filter { labels[$0] >= 0 }
    guard !labelled.isEmpty else { throw TrainingError("\(part.name) has no labelled examples to evaluate on") }
    let logits = try facts.shape.isImage ? nil : scaledLogits(classifier, of: configuration.name, at: labelled)
    let found = try logits ?? classifier.logits(on: part, indices: labelled)
    return (try Predictions(logits: found, truths: labelled.map { places[labels[$0]] }), part)
  }
}

extension DataFacts {
  /// The number of a class by its name, or by what its folder is called; nil where it is none of these.
  func place(ofClass name: String) -> Int? {
    classNames.firstIndex(of: name) ?? classNames.firstIndex { ImageFolder.folderName(ofClass: $0) == name }
  }
}

extension DatasetConfiguration {
  /// The same without a part that is held out, its pictures as large and as colourful as a run takes them.
  func readWhole(for facts: DataFacts) -> DatasetConfiguration {
    var configuration = self
    (configuration.folder.heldOutFraction, configuration.file.heldOutFraction) = (0, 0)
    if case .image(let channels, let height, let width) = facts.shape {
      configuration.folder.imageSize = ImageSize(height: height, width: width)
      configuration.folder.channels = channels
    }
    return configuration
  }
}
