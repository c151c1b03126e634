import Foundation
public import SparringDatasets
import SparringModels
import SparringRecipes
public import SparringReporting
public import SparringTorch
import SparringTraining

/// Describes pictures by what a trained run's last layer sees, as vectors that other recipes can be trained on: in the
/// precision of its training, so that what it has kept of pictures is found again.
public struct FeatureExtraction {
  private let describer: any ExampleDescribing
  private let run: TrainedRun
  /// F.
  public let featureCount: Int

  /// - Throws: ``DatasetError`` for a recipe that has no features, or a run that was trained on vectors.
  public init(_ run: TrainedRun) throws {
    guard let describer = run.recipe as? any ExampleDescribing else {
      throw DatasetError("\(type(of: run.recipe).name) describes no pictures")
    }
    guard run.facts.shape.isImage else {
      throw DatasetError("the run takes \(run.facts.shape.plural) of \(run.facts.shape), which are vectors already")
    }
    (self.describer, self.run) = (describer, run)
    let blank = try Tensor.zeros([1] + run.facts.shape.sizes, device: run.device)
    featureCount = try describer.features(of: blank).size(1)
  }

  /// What tells these features from those of another run.
  public var identity: String { run.digest }
  /// Whether they know the labels that the run was shown.
  public var knowsLabels: Bool { describer.featuresKnowLabels }

  /// The data that a run was trained on, or others, read as its own were.
  /// - Parameter other: A data set's name or path, of which nothing is held out; nil takes the run's own.
  /// - Throws: ``DatasetError`` for pictures of another size than the run takes.
  public func data(
    of folder: RunFolder, other: String? = nil, progress: DecodingProgress = { _, _ in }
  ) throws -> (parts: DatasetParts, path: String) {
    func saved<Method: Recipe>(by type: Method.Type) throws -> DatasetConfiguration {
      try folder.savedConfiguration(of: type).dataset
    }
    var dataset = try saved(by: folder.recipeType())
    if let other {
      dataset.name = other
      dataset = dataset.readWhole(for: run.facts)
    }
    let parts = try DatasetParts(of: dataset.name, options: dataset.options, progress: progress)
    guard parts.train.shape == run.facts.shape else {
      throw DatasetError(
        "\(parts.train.name) holds \(parts.train.shape.plural) of \(parts.train.shape), but the run takes "
          + "\(run.facts.shape)")
    }
    return (parts, dataset.name)
  }

  /// What the numbers that ``labels(of:)`` gives stand for: the run's classes where it knows all names, else the data
  /// set's own.
  public func classNames(of pictures: Dataset) -> [String] {
    places(of: pictures) == nil ? pictures.classNames : run.facts.classNames
  }

  /// The class of each picture, `[N]` of `int64`; -1 for none.
  public func labels(of pictures: Dataset) throws -> Tensor {
    guard let places = places(of: pictures) else { return pictures.labels }
    return try Tensor(indices: pictures.labels.integers().map { $0 < 0 ? Dataset.unlabelled : places[$0] })
  }

  /// The run's number of each class; nil where it does not know all.
  private func places(of pictures: Dataset) -> [Int]? {
    let places = pictures.classNames.compactMap(run.facts.place)
    return places.count == pictures.classCount ? places : nil
  }

  /// Features `[N, F]` of `float32`, on the CPU, of every picture.
  /// - Throws: ``DatasetError`` where they do not fit into the memory, or are no numbers.
  public func callAsFunction(_ pictures: Dataset, progress: DecodingProgress = { _, _ in }) throws -> Tensor {
    try requireMemory(pictures.count)
    var (found, done): ([Tensor], Int) = ([], 0)
    try pictures.forEachBatch(of: FeatureCache.partSize) { batch in
      let features = try describer.features(of: batch.images.to(run.device)).to(.cpu)
      guard try features.isFinite() else {
        throw DatasetError("the run's features are no numbers: its weights are broken; train again")
      }
      found.append(features)
      done += try features.size(0)
      progress(done, pictures.count)
    }
    guard !found.isEmpty else { return try .zeros([0, featureCount]) }
    return try .concatenate(found)
  }

  /// As they are found, once more as they are joined, and as much to work with.
  private func requireMemory(_ count: Int) throws(DatasetError) {
    let bytes = Double(count) * Double(featureCount) * 12
    guard bytes <= Double(ProcessInfo.processInfo.physicalMemory) else {
      throw DatasetError(
        "\(count.formatted()) pictures of \(featureCount.formatted()) features each do not fit into this machine's "
          + "memory: describe fewer pictures at a time (--dataset)")
    }
  }
}
