import SparringTorch

/// What networks must know of a data set, as one value: known before they are built, and saved beside the run, so that
/// what was trained can be used without the data.
public struct DataFacts: Codable, Sendable, Hashable {
  /// Such as `mnist`, or the folder's name.
  public let name: String
  /// 1 (grey) or 3 (red, green, blue).
  public let channels: Int
  /// Pixels from top to bottom.
  public let height: Int
  /// Pixels from left to right.
  public let width: Int
  /// The classes in the order of their labels.
  public let classNames: [String]

  /// Facts given by hand.
  public init(name: String, channels: Int, height: Int, width: Int, classNames: [String]) {
    (self.name, self.channels, self.height, self.width) = (name, channels, height, width)
    self.classNames = classNames
  }

  /// How many classes there are.
  public var classCount: Int { classNames.count }
  /// The shape of one example: `[C, H, W]`, or `[F]` for vectors.
  public var exampleShape: [Int] { [channels, height, width] }

  /// - Throws: ``DatasetError`` for sizes that no data set has; facts are also read from files.
  public func validate() throws(DatasetError) {
    guard (1...65_536).contains(height), (1...65_536).contains(width), channels == 1 || channels == 3,
      classNames.count <= 1_000_000
    else {
      throw DatasetError(
        "\(name): images of \(height)×\(width) pixels with \(channels) channels in \(classNames.count) classes")
    }
  }
}

extension Dataset {
  /// What networks must know of these images.
  public var facts: DataFacts {
    DataFacts(name: name, channels: channels, height: height, width: width, classNames: classNames)
  }
}

/// The training images of a run and which of their labels are shown: a recipe asks it for its batches.
public struct TrainingData {
  /// All training images.
  public let dataset: Dataset
  /// Which labels are shown; nil shows every label there is.
  public let split: LabelledSplit?
  /// What the order of the batches flows from.
  public let seed: UInt64

  /// Images with a split drawn from them.
  public init(_ dataset: Dataset, split: LabelledSplit? = nil, seed: UInt64) {
    (self.dataset, self.split, self.seed) = (dataset, split, seed)
  }

  /// Batches of the images whose labels are shown.
  public func labelled(batchSize: Int) throws -> LabelledSource {
    try LabelledSource(dataset: dataset, indices: labelledIndices(), batchSize: batchSize, seed: seed)
  }

  /// Batches of images alone: all that are not held out.
  public func unlabelled(batchSize: Int) throws -> UnlabelledSource {
    try UnlabelledSource(dataset: dataset, indices: split?.unlabelled, batchSize: batchSize, seed: seed)
  }

  /// Batches of both kinds side by side.
  public func fewLabels(labelledBatchSize: Int, unlabelledBatchSize: Int) throws -> SemiSupervisedSource {
    try SemiSupervisedSource(
      dataset: dataset, labelledIndices: labelledIndices(),
      unlabelledIndices: split?.unlabelled ?? Array(0..<dataset.count), labelledBatchSize: labelledBatchSize,
      unlabelledBatchSize: unlabelledBatchSize, seed: seed)
  }

  private func labelledIndices() throws -> [Int] {
    if let split { return split.labelled }
    return try dataset.labels.integers().enumerated().filter { $0.element >= 0 }.map(\.offset)
  }
}
