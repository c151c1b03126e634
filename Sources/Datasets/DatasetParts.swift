public import SparringTorch

/// Both parts of a data set, read together.
public struct DatasetParts {
  /// What may be trained on.
  public let train: Dataset
  /// What is only measured on; nil where there is none.
  public let test: Dataset?
  /// What was wrong with the pictures that were left out, where that was allowed.
  public let unreadable: [DatasetError]

  init(train: Dataset, test: Dataset?, unreadable: [DatasetError] = []) {
    (self.train, self.test, self.unreadable) = (train, test, unreadable)
  }

  /// What is known of both parts.
  public var facts: DataFacts { train.facts(testCount: test?.count) }

  /// How many pictures were left out, and the first of them: a few lines' worth in one.
  public var unreadableSummary: String? {
    guard !unreadable.isEmpty else { return nil }
    let shown = unreadable.prefix(3).map(\.message).joined(separator: "; ")
    let further = unreadable.count > 3 ? "; and \(unreadable.count - 3) more" : ""
    return "\(unreadable.count) unreadable picture\(unreadable.count == 1 ? " was" : "s were") left out: "
      + shown + further
  }

  /// Both parts on another device.
  public func to(_ device: Device) throws -> DatasetParts {
    DatasetParts(train: try train.to(device), test: try test?.to(device), unreadable: unreadable)
  }
}

/// How a data set's files are read, by what they are.
public struct DatasetOptions: Hashable, Sendable {
  /// For a folder of pictures.
  public var folder = ImageFolder.Options()
  /// For a file of examples.
  public var file = ExampleFile.Options()
  /// Where decoded pictures are kept for the next time; nil keeps none.
  public var cacheFolder: String? = SearchPath.userCache + "/pictures"

  /// The defaults, to be changed one by one.
  public init() {}
}
