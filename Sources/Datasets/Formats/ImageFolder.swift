import Foundation
import SparringTorch

/// PNG and JPEG pictures of any size, in folders named after their classes.
///
/// Either `ROOT/<class>/…`, of which a seeded fraction of each class is held out for the test, or
/// `ROOT/train/<class>/…` and `ROOT/test/<class>/…`. A folder `unlabelled` beside the classes adds
/// training images without labels; a folder of pictures without class folders is unlabelled as a whole.
/// Classes and pictures are taken in the order of their names.
public enum ImageFolder {
  /// How images of any size become images of one size.
  public struct Options: Codable, Hashable, Sendable {
    /// Every picture is scaled until it covers this size; then its centre is cut out.
    public var imageSize: ImageSize
    /// 1 (grey) or 3 (red, green, blue).
    public var channels: Int
    /// The fraction of each class kept for the test where there is no `test` folder.
    public var heldOutFraction: Double
    /// Chooses the held-out images.
    public var seed: UInt64
    /// Goes on without the pictures that cannot be read, instead of stopping at the first.
    public var skipUnreadable: Bool

    /// The default suits small photographs.
    public init(
      imageSize: ImageSize = 32, channels: Int = 3, heldOutFraction: Double = 0.2, seed: UInt64 = 0,
      skipUnreadable: Bool = false
    ) {
      (self.imageSize, self.channels) = (imageSize, channels)
      (self.heldOutFraction, self.seed, self.skipUnreadable) = (heldOutFraction, seed, skipUnreadable)
    }

    /// - Throws: ``DatasetError`` naming the first setting that is out of range.
    public func check() throws(DatasetError) {
      let sides = 1...8192
      guard sides.contains(imageSize.height), sides.contains(imageSize.width) else {
        throw DatasetError("dataset.folder.imageSize is \(imageSize); use 1 to 8192, or 1x1 to 8192x8192")
      }
      guard channels == 1 || channels == 3 else {
        throw DatasetError("dataset.folder.channels is \(channels); use 1 (grey) or 3 (colour)")
      }
      try HeldOut.check(heldOutFraction, named: "dataset.folder.heldOutFraction")
    }
  }

  /// Decodes both parts on all cores, or takes them from the cache.
  ///
  /// - Parameters:
  ///   - cacheFolder: Where decoded pictures are kept for the next time; nil keeps none.
  ///   - progress: Called on this thread while pictures are decoded.
  /// - Throws: ``DatasetError`` for a folder without pictures, a class without pictures or with too few
  ///   to hold any out, a test class that is not trained on, and the first file that cannot be decoded.
  public static func load(
    _ folder: String, options: Options = Options(), cacheFolder: String? = nil,
    progress: DecodingProgress = { _, _ in }
  ) throws -> DatasetParts {
    guard FileReading.isFolder(folder) else { throw DatasetError("\(folder) is no folder") }
    try options.check()
    let list = try PictureList(folder, options: options)
    let all = list.train + (list.test ?? [])
    let decoding = PictureDecoding(
      size: options.imageSize, channels: options.channels, skipsUnreadable: options.skipUnreadable)
    let cache = cacheFolder.map {
      PictureCache(in: $0, of: folder, size: options.imageSize, channels: options.channels)
    }
    let decoded = try decoding.decode(all.map(\.path), below: folder, cache: cache, progress: progress)
    try requireReadable(decoded, of: all, in: folder)

    let name = URL(fileURLWithPath: folder).standardizedFileURL.lastPathComponent
    func dataset(_ split: Dataset.Split, _ places: Range<Int>) throws -> Dataset {
      let rows = decoded.read.indices.filter { places.contains(decoded.read[$0]) }
      // Both parts are whole ranges of rows, since the training pictures come first.
      let range = (rows.first ?? 0)..<(rows.last.map { $0 + 1 } ?? 0)
      return try Dataset(
        name: name, split: split, images: decoded.pixels.narrowed(range).contiguous(),
        labels: Tensor(indices: rows.map { all[decoded.read[$0]].label }), classNames: list.classNames)
    }
    return DatasetParts(
      train: try dataset(.train, 0..<list.train.count),
      test: list.test == nil ? nil : try dataset(.test, list.train.count..<all.count),
      unreadable: decoded.failures)
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

/// A picture's file and class.
typealias Picture = (path: String, label: Int)

extension PictureDecoding {
  /// The pictures that have not changed come from the cache; the others are decoded, and the cache is written anew.
  /// - Parameter folder: What the cache's paths are below.
  func decode(
    _ paths: [String], below folder: String, cache: PictureCache?, progress: DecodingProgress
  ) throws -> Outcome {
    guard let cache else { return try decode(paths, progress: progress) }
    let stamps = paths.map { PictureCache.Stamp(path: $0) }
    let names = paths.map { String($0.dropFirst(folder.count + 1)) }
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
