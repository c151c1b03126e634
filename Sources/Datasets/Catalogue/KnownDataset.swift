/// A published data set: what its files are called, what they must hold, and where they are at home.
public struct KnownDataset: Hashable, Sendable {
  /// A file by its contents after decompression, so that a copy that someone compressed anew counts.
  public struct File: Hashable, Sendable {
    /// Without `.gz`.
    public let name: String
    /// Bytes and SHA-256 after decompression.
    public let byteCount: Int
    /// In hexadecimal, after decompression.
    public let sha256: String
  }

  /// How the home offers the files.
  enum Packing: Hashable, Sendable {
    /// Each one gzipped, `NAME.gz`.
    case gzipped
    /// All in one archive, in a folder.
    case archive(name: String, byteCount: Int, sha256: String)
  }

  /// As typed: `mnist`.
  public let name: String
  /// As printed: `MNIST`.
  public let title: String
  /// One line: what the images show, and who published them.
  public let summary: String
  /// The classes in the order of their labels.
  public let classNames: [String]
  /// The shape of one image.
  public let shape: ExampleShape
  /// What has to be there.
  public let files: [File]
  /// Base addresses, tried in turn.
  public let homes: [String]
  /// The folders it is usually found in, below a folder of data sets; the first is where fetching puts it.
  public let folders: [String]
  let packing: Packing
  let format: DatasetFormat

  /// The data set of that name.
  /// - Throws: ``DatasetError`` that lists the known names.
  public static func named(_ name: String) throws(DatasetError) -> KnownDataset {
    guard let found = all.first(where: { $0.name == name.lowercased() || $0.folders.contains(name) }) else {
      throw DatasetError(
        "no data set is called '\(name)': choose \(all.map(\.name).joined(separator: ", ")), or give the path of a folder "
          + "or a file")
    }
    return found
  }

  /// Every data set known by name: one line makes one known everywhere.
  public static let all = [
    mnist,
    fashionMNIST,
    cifar10,
  ]
}

/// How the files of a published data set are laid out and read.
struct DatasetFormat: Hashable, Sendable {
  /// Such as `idx`.
  let name: String
  /// Of a data set's files, so many at the end are the test half; the others are the training half.
  let testFileCount: Int
  /// Whether a file may also lie there gzipped.
  let mayBeGzipped: Bool
  /// What an archive holds besides that is worth keeping.
  var extraFiles: [String] = []
  /// Reads one half from a folder that holds the files, whatever their checksums.
  let read: @Sendable (_ dataset: KnownDataset, _ split: Dataset.Split, _ folder: String) throws -> Dataset

  static func == (one: DatasetFormat, other: DatasetFormat) -> Bool { one.name == other.name }
  func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension KnownDataset {
  /// The files that one half is read from.
  func files(of split: Dataset.Split) -> [File] {
    Array(split == .train ? files.dropLast(format.testFileCount) : files.suffix(format.testFileCount))
  }

  /// Where a file lies in a folder, gzipped or not; nil where it does not.
  func path(of fileName: String, in folder: String) -> String? {
    if format.mayBeGzipped { return FileReading.plainOrGzipped(fileName, in: folder) }
    let path = folder + "/" + fileName
    return FileReading.isFile(path) ? path : nil
  }

  /// Reads one half from a folder that holds the files, whatever their checksums.
  func read(_ split: Dataset.Split, folder: String) throws -> Dataset { try format.read(self, split, folder) }
}
