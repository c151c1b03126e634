import Foundation

extension DatasetParts {
  /// Reads both parts of a data set into memory.
  ///
  /// - Parameters:
  ///   - source: A known name (``KnownDataset/all``), found on the search path and checked by SHA-256 once;
  ///     the path of a folder with CIFAR-10's files, with IDX files, or with a folder of images for each class; or the
  ///     path of an ``ExampleFile``.
  ///   - searchPath: Where known data sets are looked for.
  ///   - options: How a folder or a file is read.
  ///   - progress: Called on this thread while pictures are decoded.
  /// - Throws: ``DatasetError`` when it is not found or anything about its files is wrong.
  public init(
    of source: String, searchPath: SearchPath = .standard, options: DatasetOptions = DatasetOptions(),
    progress: DecodingProgress = { _, _ in }
  ) throws {
    switch try DatasetSource(source) {
    case .known(let dataset):
      func part(_ split: Dataset.Split) throws -> Dataset {
        try .load(dataset, split: split, searchPath: searchPath, verification: Verification())
      }
      self.init(train: try part(.train), test: try part(.test))
    case .file(let path):
      self = try ExampleFile.load(path, options: options.file)
    case .cifar10(let folder, let name):
      self.init(
        train: try CIFAR10.load(folder: folder, split: .train, name: name),
        test: try CIFAR10.load(folder: folder, split: .test, name: name))
    case .idx(let folder, let name):
      let hasTest = FileReading.plainOrGzipped("t10k-images-idx3-ubyte", in: folder) != nil
      self.init(
        train: try IDX.load(folder: folder, split: .train, name: name),
        test: hasTest ? try IDX.load(folder: folder, split: .test, name: name) : nil)
    case .pictures(let path):
      self = try ImageFolder.load(
        path, options: options.folder, cacheFolder: options.cacheFolder, progress: progress)
    }
  }
}

extension Dataset {
  /// Reads one part of a data set into memory; see ``DatasetParts/init(of:searchPath:options:progress:)``, which reads
  /// both at once and should be taken where both are wanted.
  public static func load(
    _ source: String, split: Split, searchPath: SearchPath = .standard, options: DatasetOptions = DatasetOptions()
  ) throws -> Dataset {
    switch try DatasetSource(source) {
    case .known(let dataset):
      return try load(dataset, split: split, searchPath: searchPath, verification: Verification())
    case .cifar10(let folder, let name):
      return try CIFAR10.load(folder: folder, split: split, name: name)
    case .idx(let folder, let name):
      return try IDX.load(folder: folder, split: split, name: name)
    case .file, .pictures:
      let parts = try DatasetParts(of: source, searchPath: searchPath, options: options)
      guard split == .test else { return parts.train }
      guard let test = parts.test else { throw DatasetError("\(source) has no test part") }
      return test
    }
  }

  /// Structure is checked before checksums: a truncated file or a wrong label is named as such.
  static func load(
    _ known: KnownDataset, split: Split, searchPath: SearchPath, verification: Verification
  ) throws -> Dataset {
    let folder = try searchPath.require(known)
    let dataset = try known.read(split, folder: folder)
    for file in known.files(of: split) {
      let path = FileReading.plainOrGzipped(file.name, in: folder) ?? folder + "/" + file.name
      try verification.check(file, at: path, of: known)
    }
    return dataset
  }
}

extension IDX {
  /// One half of a folder with files named as MNIST's.
  static func load(folder: String, split: Dataset.Split, name: String) throws -> Dataset {
    let prefix = split == .train ? "train" : "t10k"
    let images = prefix + "-images-idx3-ubyte"
    let labels = prefix + "-labels-idx1-ubyte"
    let both = ["train", "t10k"].compactMap { FileReading.plainOrGzipped($0 + "-labels-idx1-ubyte", in: folder) }
    return try load(
      images: FileReading.plainOrGzipped(images, in: folder) ?? folder + "/" + images,
      labels: FileReading.plainOrGzipped(labels, in: folder) ?? folder + "/" + labels,
      classNames: both.isEmpty ? nil : classNames(labelPaths: both), name: name, split: split)
  }
}

/// What the words after `--dataset` stand for.
public enum DatasetSource: Hashable, Sendable {
  case known(KnownDataset)
  /// A file of examples.
  case file(String)
  case cifar10(folder: String, name: String)
  case idx(folder: String, name: String)
  /// A folder of pictures, or a table of them.
  case pictures(path: String)

  /// Looks at names of files alone.
  /// - Throws: ``DatasetError`` for what is no data set's name, folder or file.
  public init(_ source: String) throws(DatasetError) {
    if let known = try? KnownDataset.named(source) {
      self = .known(known)
      return
    }
    guard FileReading.isFolder(source) else {
      try self.init(file: source)
      return
    }
    let folder = source.count > 1 && source.hasSuffix("/") ? String(source.dropLast()) : source
    let name = URL(fileURLWithPath: folder).standardizedFileURL.lastPathComponent
    if FileReading.isFile(folder + "/" + CIFAR10.trainFiles[0]) {
      self = .cifar10(folder: folder, name: name)
    } else if FileReading.plainOrGzipped("train-images-idx3-ubyte", in: folder) != nil {
      self = .idx(folder: folder, name: name)
    } else {
      self = .pictures(path: folder)
    }
  }

  private init(file path: String) throws(DatasetError) {
    let endings = ExampleFile.endings.map { ".\($0)" }.joined(separator: ", ")
    if ExampleFile.isNamed(path) {
      guard FileReading.isFile(path) else { throw DatasetError("\(path) does not exist") }
      self = PictureTable.isTable(path) ? .pictures(path: path) : .file(path)
    } else if FileReading.isFile(path) {
      throw DatasetError("\(path) is no file of examples: those end in \(endings); pictures come as a folder")
    } else if path.contains("/") {
      throw DatasetError("\(path) is no folder: give a data set's name, a folder's path, or a file (\(endings))")
    } else {
      // Says which names there are.
      self = .known(try KnownDataset.named(path))
    }
  }
}
