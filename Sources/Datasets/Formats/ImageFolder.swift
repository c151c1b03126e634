import SparringTorch
import Foundation

/// PNG and JPEG pictures of any size, in folders named after their classes.
///
/// Either `ROOT/<class>/…`, of which a seeded fraction of each class is held out for the test, or
/// `ROOT/train/<class>/…` and `ROOT/test/<class>/…`. A folder `unlabelled` beside the classes adds
/// training images without labels; a folder of pictures without class folders is unlabelled as a whole.
/// Classes and pictures are taken in the order of their names.
public enum ImageFolder {
  /// How images of any size become images of one size.
  public struct Options: Codable, Hashable, Sendable {
    /// Height and width after resizing the shorter side and cutting out the centre.
    public var imageSize: Int
    /// 1 (grey) or 3 (red, green, blue).
    public var channels: Int
    /// The fraction of each class kept for the test where there is no `test` folder.
    public var heldOutFraction: Double
    /// Chooses the held-out images.
    public var seed: UInt64

    /// The default suits small photographs.
    public init(imageSize: Int = 32, channels: Int = 3, heldOutFraction: Double = 0.2, seed: UInt64 = 0) {
      (self.imageSize, self.channels) = (imageSize, channels)
      (self.heldOutFraction, self.seed) = (heldOutFraction, seed)
    }
  }

  private static let unlabelledNames = ["unlabelled", "unlabeled"]

  /// - Throws: ``DatasetError`` for a folder without pictures, a class without pictures or with too few
  ///   to hold any out, a test class that is not trained on, and each file that cannot be decoded.
  public static func load(
    _ folder: String, split: Dataset.Split, options: Options = Options()
  ) throws -> Dataset {
    guard FileReading.isFolder(folder) else { throw DatasetError("\(folder) is no folder") }
    guard (0..<1).contains(options.heldOutFraction) else {
      throw DatasetError("a held-out fraction of \(options.heldOutFraction): choose from 0 to below 1")
    }
    let trainFolder = FileReading.isFolder(folder + "/train") ? folder + "/train" : folder
    let testFolder = folder + "/test"
    let hasTest = trainFolder != folder && FileReading.isFolder(testFolder)
    let classNames = try subfolders(trainFolder).filter { !unlabelledNames.contains($0) }

    var files: [(path: String, label: Int)] = []
    if hasTest, split == .test {
      files = try classFiles(testFolder, names: subfolders(testFolder), classNames: classNames)
    } else {
      files = try classFiles(trainFolder, names: classNames, classNames: classNames)
      if classNames.isEmpty { files += try pictures(trainFolder).map { ($0, Dataset.unlabelled) } }
      if !hasTest { files = try part(files, split: split, folder: trainFolder, options: options) }
    }
    if split == .train { files += try unlabelledFiles([folder, trainFolder]).map { ($0, Dataset.unlabelled) } }
    guard !files.isEmpty else {
      throw DatasetError(
        "\(folder) holds no images: put PNG or JPEG files into a folder for each class (\(folder)/CLASS/…)")
    }
    let images = try files.map { try ImageFile.square($0.path, size: options.imageSize, channels: options.channels) }
    return try Dataset(
      name: URL(fileURLWithPath: folder).standardizedFileURL.lastPathComponent, split: split,
      images: Tensor.concatenate(images), labels: Tensor(indices: files.map(\.label)), classNames: classNames)
  }

  private static func classFiles(
    _ folder: String, names: [String], classNames: [String]
  ) throws -> [(path: String, label: Int)] {
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

  /// The training or the held-out part, drawn class by class.
  private static func part(
    _ files: [(path: String, label: Int)], split: Dataset.Split, folder: String, options: Options
  ) throws -> [(path: String, label: Int)] {
    guard options.heldOutFraction > 0 else { return split == .train ? files : [] }
    let generator = try RandomGenerator(seed: options.seed, purpose: "held-out images")
    let groups = Dictionary(grouping: files.indices) { files[$0].label }
    var heldOut: Set<Int> = []
    for (label, members) in groups.sorted(by: { $0.key < $1.key }) {
      let count = max(1, Int(Double(members.count) * options.heldOutFraction))
      guard count < members.count else {
        let example = files[members[0]].path
        throw DatasetError(
          "\(label < 0 ? folder : URL(fileURLWithPath: example).deletingLastPathComponent().path) holds only "
            + "\(members.count) image: a test needs another, or a folder \(folder)/test")
      }
      heldOut.formUnion(
        try Tensor.permutation(members.count, using: generator).integers().prefix(count).map { members[$0] })
    }
    return files.indices.filter { heldOut.contains($0) == (split == .test) }.map { files[$0] }
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
