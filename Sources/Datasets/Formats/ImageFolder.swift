import Foundation
import SparringTorch

/// Pictures of any size, in folders named after their classes, or named by a table.
///
/// `ROOT/<class>/…`, or `ROOT/train/<class>/…`; `ROOT/val/<class>/…` and `ROOT/test/<class>/…` where there are such; a
/// folder `unlabelled`, and pictures beside the classes' folders, add training images without labels. Or a CSV of file
/// names and labels. Where there is no test part, a seeded fraction of each class is held out. Classes and pictures are
/// taken in the order of their names.
public enum ImageFolder {
  /// What the folder of a class is called, whose name may hold what no file's can.
  public static func folderName(ofClass name: String) -> String {
    let allowed = name.map { $0 == "/" || $0 == "\0" ? "-" : $0 }
    let hidden = allowed.first == "." || allowed.isEmpty
    return (hidden ? "-" : "") + String(allowed)
  }

  /// How images of any size become images of one size.
  public struct Options: Codable, Hashable, Sendable {
    /// The size that every picture is brought to.
    public var imageSize: ImageSize
    /// What becomes of a picture of another shape.
    public var fit: PictureFit
    /// 1 (grey) or 3 (red, green, blue).
    public var channels: Int
    /// The fraction of each class kept for the test where no folder, and no column of a table, is one.
    public var heldOutFraction: Double
    /// Chooses the held-out images.
    public var seed: UInt64
    /// Goes on without the pictures that cannot be read, instead of stopping at the first.
    public var skipUnreadable: Bool

    /// The default suits small photographs.
    public init(
      imageSize: ImageSize = 32, fit: PictureFit = .crop, channels: Int = 3, heldOutFraction: Double = 0.2,
      seed: UInt64 = 0,
      skipUnreadable: Bool = false
    ) {
      (self.imageSize, self.fit, self.channels) = (imageSize, fit, channels)
      (self.heldOutFraction, self.seed, self.skipUnreadable) = (heldOutFraction, seed, skipUnreadable)
    }

    /// - Throws: ``DatasetError`` naming the first setting that is out of range.
    public func check() throws(DatasetError) {
      try ReadingLimits.current.check(imageSize, named: "dataset.folder.imageSize")
      guard channels == 1 || channels == 3 else {
        throw DatasetError("dataset.folder.channels is \(channels); use 1 (grey) or 3 (colour)")
      }
      try HeldOut.check(heldOutFraction, named: "dataset.folder.heldOutFraction")
    }
  }

  /// Decodes all parts on all cores, or takes them from the cache.
  ///
  /// - Parameters:
  ///   - path: A folder, or a table of pictures.
  ///   - cacheFolder: Where decoded pictures are kept for the next time; nil keeps none.
  ///   - progress: Called on this thread while pictures are decoded.
  /// - Throws: ``DatasetError`` for a folder without pictures, a class with too few to hold any out, a test class that is
  ///   not trained on, and the first file that cannot be decoded.
  public static func load(
    _ path: String, options: Options = Options(), cacheFolder: String? = nil,
    progress: DecodingProgress = { _, _ in }
  ) throws -> DatasetParts {
    try options.check()
    let list = try PictureList(path, options: options)
    try list.requireSound(path)
    let pictures = list.train + (list.validation ?? []) + (list.test ?? [])
    let folder =
      FileReading.isFolder(path)
      ? path : URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent().path
    let cache = cacheFolder.map {
      PictureCache(in: $0, of: path, size: options.imageSize, channels: options.channels, fit: options.fit)
    }
    let decoded = try PictureDecoding(options).decode(
      pictures.map(\.path), below: folder, cache: cache, progress: progress)
    try requireReadable(decoded, of: pictures, in: path)

    let name = URL(fileURLWithPath: path).deletingPathExtension().standardizedFileURL.lastPathComponent
    func dataset(_ split: Dataset.Split, from start: Int, count: Int) throws -> Dataset {
      let rows = decoded.read.indices.filter { (start..<start + count).contains(decoded.read[$0]) }
      // Every part is a whole range of rows, since they follow each other.
      let range = (rows.first ?? 0)..<(rows.last.map { $0 + 1 } ?? 0)
      return try Dataset(
        name: name, split: split, images: decoded.pixels.narrowed(range).contiguous(),
        labels: Tensor(indices: rows.map { pictures[decoded.read[$0]].label }), classNames: list.classNames,
        sources: rows.map { pictures[decoded.read[$0]].path })
    }
    let (trainCount, validationCount) = (list.train.count, list.validation?.count ?? 0)
    return DatasetParts(
      train: try dataset(.train, from: 0, count: trainCount),
      validation: try list.validation.map { try dataset(.test, from: trainCount, count: $0.count) },
      test: try list.test.map { try dataset(.test, from: trainCount + validationCount, count: $0.count) },
      unreadable: decoded.failures, leftOut: list.leftOut, testOrigin: list.testOrigin)
  }

  private static func requireReadable(
    _ decoded: PictureDecoding.Outcome, of all: [Picture], in folder: String
  ) throws(DatasetError) {
    guard !decoded.read.isEmpty else {
      throw DatasetError(
        "none of the \(all.count) pictures in \(folder) can be read: \(decoded.failures.first?.message ?? "")")
    }
    let left = Set(decoded.read.map { all[$0].label })
    if let lost = all.first(where: { !left.contains($0.label) }) {
      throw DatasetError(
        "no picture in \(URL(fileURLWithPath: lost.path).deletingLastPathComponent().path) can be read: "
          + "mend them or remove the folder")
    }
  }
}

extension PictureDecoding {
  /// As a folder's options say.
  init(_ options: ImageFolder.Options) {
    self.init(
      size: options.imageSize, channels: options.channels, fit: options.fit, skipsUnreadable: options.skipUnreadable)
  }

  /// The pictures that have not changed come from the cache; the others are decoded, and the cache is written anew.
  /// - Parameter folder: What the cache's paths are below.
  func decode(
    _ paths: [String], below folder: String, cache: PictureCache?, progress: DecodingProgress
  ) throws -> Outcome {
    guard let cache else { return try decode(paths, progress: progress) }
    let stamps = paths.map { PictureCache.Stamp(path: $0) }
    let names = paths.map { $0.hasPrefix(folder + "/") ? String($0.dropFirst(folder.count + 1)) : $0 }
    let known = cache.read()
    // Where each picture's pixels are: a row of the cache, or none.
    let rows = zip(names, stamps).map { name, stamp in
      known?.rows[name].flatMap { $0.stamp == stamp ? $0.row : nil }
    }
    if let known, rows == Array(0..<known.pixels.shape[0]).map(Optional.some) {
      return Outcome(pixels: known.pixels, read: Array(paths.indices), failures: [])
    }
    let missing = paths.indices.filter { rows[$0] == nil }
    let fresh = try decode(missing.map { paths[$0] }, progress: progress)
    let places = Dictionary(uniqueKeysWithValues: fresh.read.enumerated().map { (missing[$1], $0) })
    let read = paths.indices.filter { rows[$0] != nil || places[$0] != nil }
    let offset = known?.pixels.shape[0] ?? 0
    let pool = try known.map { try Tensor.concatenate([$0.pixels, fresh.pixels]) } ?? fresh.pixels
    let order = read.map { rows[$0] ?? offset + (places[$0] ?? 0) }
    let pixels =
      order == Array(0..<pool.shape[0]) ? pool : try pool.indexSelect(Tensor(indices: order))
    if !missing.isEmpty && !fresh.read.isEmpty || read.count < offset {
      let kept = read.compactMap { index in stamps[index].map { (path: names[index], stamp: $0) } }
      if kept.count == read.count { cache.write(kept, pixels: pixels) }
    }
    return Outcome(pixels: pixels, read: read, failures: fresh.failures)
  }
}
