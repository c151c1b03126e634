/// A known data set and whether it is here, for a list; nothing is read for it.
public struct DatasetStatus: Hashable, Sendable {
  /// The data set in question.
  public let dataset: KnownDataset
  /// The folder that holds its files; nil when it has to be fetched.
  public let folder: String?
  /// Whether every file passed its checksum before and has not changed since.
  public let isVerified: Bool

  /// Every known data set, looked for on the search path.
  public static func all(searchPath: SearchPath = .standard) -> [DatasetStatus] {
    KnownDataset.all.map { DatasetStatus($0, searchPath: searchPath, verification: Verification()) }
  }

  init(_ dataset: KnownDataset, searchPath: SearchPath, verification: Verification) {
    let folder = searchPath.find(dataset)
    self.dataset = dataset
    self.folder = folder
    isVerified =
      folder.map { folder in
        dataset.files.allSatisfy { file in
          FileReading.plainOrGzipped(file.name, in: folder).map { verification.isRemembered(file, at: $0) } ?? false
        }
      } ?? false
  }
}

/// What a data set holds, from reading both halves.
public struct DatasetInformation: Hashable, Sendable {
  /// As printed: `MNIST`, or the folder's name.
  public let title: String
  /// Where its files are, or the file itself.
  public let folder: String
  /// Whether the files were checked against published checksums; false for a folder of one's own.
  public let isVerified: Bool
  /// Shape, classes and counts.
  public let facts: DataFacts
  /// Training examples of each class, in the order of the names.
  public let trainCounts: [Int]
  /// Test examples of each class; nil where there is no test part.
  public let testCounts: [Int]?
  /// What was left out; nil where nothing was.
  public let unreadableSummary: String?

  /// Reads (and, where its checksums are known, verifies) a data set.
  /// - Parameter source: As for ``DatasetParts/init(of:searchPath:options:progress:)``.
  /// - Throws: ``DatasetError`` when it is not found or anything about its files is wrong.
  public init(
    of source: String, searchPath: SearchPath = .standard, options: DatasetOptions = DatasetOptions(),
    progress: DecodingProgress = { _, _ in }
  ) throws {
    let parts = try DatasetParts(of: source, searchPath: searchPath, options: options, progress: progress)
    let known = try? KnownDataset.named(source)
    title = known?.title ?? parts.train.name
    folder = known.flatMap(searchPath.find) ?? source
    isVerified = known != nil
    (facts, unreadableSummary) = (parts.facts, parts.unreadableSummary)
    trainCounts = try parts.train.classCounts()
    testCounts = try parts.test?.classCounts()
  }
}
