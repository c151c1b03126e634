import Foundation
public import SparringDatasets
import SparringModels
import SparringRecipes
public import SparringReporting
public import SparringTorch
import SparringTraining

/// Describes pictures by what a trained run's last layer sees, as vectors that other recipes can be trained on.
public struct FeatureExtraction {
  private let describer: any ExampleDescribing
  private let run: TrainedRun
  /// Pictures that are described at once; what a frozen network says of so many is kept in one file.
  private static let batchSize = 50

  /// - Throws: ``DatasetError`` for a recipe that has no features, or a run that was trained on vectors.
  public init(_ run: TrainedRun) throws {
    guard let describer = run.recipe as? any ExampleDescribing else {
      throw DatasetError("\(type(of: run.recipe).name) describes no pictures")
    }
    guard run.facts.shape.isImage else {
      throw DatasetError("the run takes \(run.facts.shape.plural) of \(run.facts.shape), which are vectors already")
    }
    (self.describer, self.run) = (describer, run)
  }

  /// The data that a run was trained on, or others, read as its own were.
  /// - Parameter other: A data set's name or path, of which nothing is held out; nil takes the run's own.
  /// - Throws: ``DatasetError`` for pictures of another size than the run takes.
  public func data(
    of folder: RunFolder, other: String? = nil, progress: DecodingProgress = { _, _ in }
  ) throws -> DatasetParts {
    func saved<Method: Recipe>(by type: Method.Type) throws -> DatasetConfiguration {
      try folder.savedConfiguration(of: type).dataset
    }
    var dataset = try saved(by: folder.recipeType())
    if let other {
      dataset.name = other
      (dataset.folder.heldOutFraction, dataset.file.heldOutFraction) = (0, 0)
      if case .image(let channels, let height, let width) = run.facts.shape {
        dataset.folder.imageSize = ImageSize(height: height, width: width)
        dataset.folder.channels = channels
      }
    }
    let parts = try DatasetParts(of: dataset.name, options: dataset.options, progress: progress)
    guard parts.train.shape == run.facts.shape else {
      throw DatasetError(
        "\(parts.train.name) holds \(parts.train.shape.plural) of \(parts.train.shape), but the run takes "
          + "\(run.facts.shape)")
    }
    return parts
  }

  /// Features `[N, F]` of `float32`, on the CPU, of every picture.
  /// - Throws: ``DatasetError`` where they do not fit into the memory, or are no numbers.
  public func callAsFunction(_ pictures: Dataset, progress: DecodingProgress = { _, _ in }) throws -> Tensor {
    var (found, done): ([Tensor], Int) = ([], 0)
    try pictures.forEachBatch(of: Self.batchSize) { batch in
      let features = try describer.features(of: batch.images.to(run.device)).to(.cpu)
      if found.isEmpty { try requireMemory(pictures.count, features.size(1)) }
      guard try features.isFinite() else {
        throw DatasetError("the run's features are no numbers: its weights are broken; train again")
      }
      found.append(features)
      done += try features.size(0)
      progress(done, pictures.count)
    }
    return try .concatenate(found)
  }

  /// As they are found, once more as they are joined, and as much to work with.
  private func requireMemory(_ count: Int, _ width: Int) throws(DatasetError) {
    let bytes = Double(count) * Double(width) * 12
    guard bytes <= Double(ProcessInfo.processInfo.physicalMemory) else {
      throw DatasetError(
        "\(count.formatted()) pictures of \(width.formatted()) features each do not fit into this machine's memory: "
          + "describe fewer pictures at a time (--dataset)")
    }
  }
}
