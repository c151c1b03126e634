import Foundation

/// The pictures of a folder by class and part, before any is opened.
struct PictureList {
  /// In the order of their names.
  let classNames: [String]
  /// Labelled ones first, then those without a label.
  let train: [Picture]
  /// nil where there is no part to measure on.
  let test: [Picture]?

  private static let unlabelledNames = ["unlabelled", "unlabeled"]

  /// - Throws: ``DatasetError`` for a folder without pictures, and for classes that lack some.
  init(_ folder: String, options: ImageFolder.Options) throws {
    let trainFolder = FileReading.isFolder(folder + "/train") ? folder + "/train" : folder
    let testFolder = folder + "/test"
    let hasTest = trainFolder != folder && FileReading.isFolder(testFolder)
    let classNames = try Self.subfolders(trainFolder).filter { !Self.unlabelledNames.contains($0) }

    var files = try Self.classFiles(trainFolder, names: classNames, classNames: classNames)
    if classNames.isEmpty { files += try Self.pictures(trainFolder).map { ($0, Dataset.unlabelled) } }
    var test: [Picture]?
    if hasTest {
      test = try Self.classFiles(testFolder, names: Self.subfolders(testFolder), classNames: classNames)
    } else if options.heldOutFraction > 0, !files.isEmpty {
      let heldOut = try HeldOut.places(
        labels: files.map(\.label), fraction: options.heldOutFraction, seed: options.seed
      ) { label, place in
        let place = URL(fileURLWithPath: files[place].path).deletingLastPathComponent().path
        return "\(label < 0 ? trainFolder : place) holds only 1 image: a test needs another, or a folder "
          + "\(trainFolder)/test"
      }
      test = files.indices.filter(heldOut.contains).map { files[$0] }
      files = files.indices.filter { !heldOut.contains($0) }.map { files[$0] }
    }
    files += try Self.unlabelledFiles([folder, trainFolder]).map { ($0, Dataset.unlabelled) }
    guard !files.isEmpty else {
      throw DatasetError(
        "\(folder) holds no images: put PNG or JPEG files into a folder for each class (\(folder)/CLASS/…)")
    }
    (self.classNames, train, self.test) = (classNames, files, test)
  }

  private static func classFiles(
    _ folder: String, names: [String], classNames: [String]
  ) throws -> [Picture] {
    try names.flatMap { name in
      guard let label = classNames.firstIndex(of: name) else {
        throw DatasetError("\(folder)/\(name) is a class without training images: add them or remove it")
      }
      let found = try pictures(folder + "/" + name)
      guard !found.isEmpty else {
        throw DatasetError("\(folder)/\(name) holds no PNG or JPEG images: add some or remove the folder")
      }
      return found.map { ($0, label) }
    }
  }

  private static func unlabelledFiles(_ folders: [String]) throws -> [String] {
    try Set(folders).sorted().flatMap { folder in
      try unlabelledNames.map { folder + "/" + $0 }.filter(FileReading.isFolder).flatMap { unlabelled in
        let found = try pictures(unlabelled)
        guard !found.isEmpty else {
          throw DatasetError("\(unlabelled) holds no PNG or JPEG images: add some or remove the folder")
        }
        return found
      }
    }
  }

  private static func pictures(_ folder: String) throws(DatasetError) -> [String] {
    try entries(folder)
      .filter { ImageFile.extensions.contains(($0 as NSString).pathExtension.lowercased()) }
      .map { folder + "/" + $0 }.filter { !FileReading.isFolder($0) }
  }

  private static func subfolders(_ folder: String) throws(DatasetError) -> [String] {
    try entries(folder).filter { FileReading.isFolder(folder + "/" + $0) }
  }

  /// The visible entries of a folder by name, in the order of their UTF-8 bytes.
  private static func entries(_ folder: String) throws(DatasetError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }
        .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    } catch {
      throw DatasetError("\(folder) cannot be read: \(error.localizedDescription)")
    }
  }
}
