import Foundation

extension Dataset {
  /// Reads one half of a data set into memory.
  ///
  /// - Parameters:
  ///   - source: A known name (`mnist`, `fashion-mnist`, `cifar10`), found on the search path and
  ///     checked by SHA-256 once; or the path of a folder with CIFAR-10's files, with IDX files, or
  ///     with a folder of images for each class.
  ///   - searchPath: Where known data sets are looked for.
  ///   - folderOptions: How a folder of images is read.
  /// - Throws: ``DatasetError`` when it is not found or anything about its files is wrong.
  public static func load(
    _ source: String, split: Split, searchPath: SearchPath = .standard, folderOptions: ImageFolder.Options = .init()
  ) throws -> Dataset {
    if let known = try? KnownDataset.named(source) {
      return try load(known, split: split, searchPath: searchPath, verification: Verification())
    }
    guard FileReading.isFolder(source) else {
      if !source.contains("/") { _ = try KnownDataset.named(source) }
      throw DatasetError("\(source) is no folder: give a data set's name or a folder's path")
    }
    let folder = source.count > 1 && source.hasSuffix("/") ? String(source.dropLast()) : source
    let name = URL(fileURLWithPath: folder).standardizedFileURL.lastPathComponent
    if FileReading.isFile(folder + "/" + CIFAR10.trainFiles[0]) {
      return try CIFAR10.load(folder: folder, split: split, name: name)
    }
    let prefix = split == .train ? "train" : "t10k"
    if let images = FileReading.plainOrGzipped(prefix + "-images-idx3-ubyte", in: folder) {
      let labels = prefix + "-labels-idx1-ubyte"
      let both = ["train", "t10k"].compactMap { FileReading.plainOrGzipped($0 + "-labels-idx1-ubyte", in: folder) }
      return try IDX.load(
        images: images, labels: FileReading.plainOrGzipped(labels, in: folder) ?? folder + "/" + labels,
        classNames: both.isEmpty ? nil : IDX.classNames(labelPaths: both), name: name, split: split)
    }
    return try ImageFolder.load(folder, split: split, options: folderOptions)
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
