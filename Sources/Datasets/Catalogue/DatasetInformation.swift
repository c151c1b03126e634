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
  /// Where its files are.
  public let folder: String
  /// Whether the files were checked against published checksums; false for a folder of one's own.
  public let isVerified: Bool
  /// Pixels from top to bottom.
  public let height: Int
  /// Pixels from left to right.
  public let width: Int
  /// 1 (grey) or 3 (red, green, blue).
  public let channels: Int
  /// The classes in the order of their labels.
  public let classNames: [String]
  /// Training images of each class, in the order of the names.
  public let trainCounts: [Int]
  /// Test images of each class.
  public let testCounts: [Int]
  /// Training images without a label.
  public let unlabelledCount: Int

  /// Reads (and, where its checksums are known, verifies) a data set.
  /// - Parameter source: As for ``Dataset/load(_:split:searchPath:folderOptions:)``.
  /// - Throws: ``DatasetError`` when it is not found or anything about its files is wrong.
  public init(
    of source: String, searchPath: SearchPath = .standard, folderOptions: ImageFolder.Options = .init()
  ) throws {
    let train = try Dataset.load(source, split: .train, searchPath: searchPath, folderOptions: folderOptions)
    let test = try Dataset.load(source, split: .test, searchPath: searchPath, folderOptions: folderOptions)
    let known = try? KnownDataset.named(source)
    title = known?.title ?? train.name
    folder = known.flatMap(searchPath.find) ?? source
    isVerified = known != nil
    (height, width, channels, classNames) = (train.height, train.width, train.channels, train.classNames)
    (trainCounts, testCounts) = (try train.classCounts(), try test.classCounts())
    unlabelledCount = train.count - trainCounts.reduce(0, +)
  }
}
