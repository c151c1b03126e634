import Foundation
import SparringTorch

/// The decoded pictures of one folder, kept in a file so that the next start need not decode them.
///
/// A picture counts as the same while its path, its size and its time of change are the same. A cache that is missing,
/// damaged or somebody else's holds nothing, and one that cannot be written costs only time.
struct PictureCache {
  /// A file's size and time of change.
  struct Stamp: Hashable {
    let byteCount: Int64
    let seconds: Int64
    let nanoseconds: Int64

    /// nil where there is no such file.
    init?(path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      #if canImport(Darwin)
        let changed = status.st_mtimespec
      #else
        let changed = status.st_mtim
      #endif
      (byteCount, seconds, nanoseconds) = (Int64(status.st_size), Int64(changed.tv_sec), Int64(changed.tv_nsec))
    }

    init(_ numbers: ArraySlice<Int64>) {
      let numbers = Array(numbers)
      (byteCount, seconds, nanoseconds) = (numbers[0], numbers[1], numbers[2])
    }

    var numbers: [Int64] { [byteCount, seconds, nanoseconds] }
  }

  /// What a cache holds.
  struct Contents {
    /// Row of ``pixels`` and stamp of each picture, by its path below the folder.
    let rows: [String: (row: Int, stamp: Stamp)]
    /// `[N, C, H, W]` of `uint8`.
    let pixels: Tensor
  }

  /// Where the cache's file is.
  let file: URL
  private let identity: [String: String]

  private static let format = "sparring pictures 2"

  /// - Parameters:
  ///   - cacheFolder: Where caches are kept.
  ///   - folder: Of the pictures.
  init(in cacheFolder: String, of folder: String, size: ImageSize, channels: Int, fit: PictureFit = .crop) {
    let root = URL(fileURLWithPath: folder).standardizedFileURL
    identity = [
      "format": Self.format, "folder": root.path, "size": "\(size.height)x\(size.width)", "channels": "\(channels)",
      "fit": fit.rawValue,
    ]
    let key = identity.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "\n")
    let name = "\(root.lastPathComponent.prefix(40))-\(String(Checksum.of(Data(key.utf8)), radix: 16)).safetensors"
    file = URL(fileURLWithPath: cacheFolder).appending(path: name)
  }

  /// nil unless everything about the file is as it was written.
  func read() -> Contents? {
    guard FileManager.default.fileExists(atPath: file.path), let (tensors, metadata) = try? Safetensors.read(file),
      identity.allSatisfy({ metadata[$0.key] == $0.value }), let pixels = tensors["pixels"], pixels.rank == 4,
      pixels.dtype == .uint8, let stamps = tensors["stamps"], let names = tensors["paths"],
      let paths = try? String(decoding: names.bytes(), as: UTF8.self).split(separator: "\0").map(String.init),
      let numbers = try? stamps.array(of: Int64.self), pixels.shape[0] == paths.count, numbers.count == 3 * paths.count,
      let sum = try? checksum(pixels, stamps, names), metadata["checksum"] == sum
    else { return nil }
    let entries = paths.enumerated().map { row, path in
      (path, (row: row, stamp: Stamp(numbers[3 * row..<3 * row + 3])))
    }
    return Contents(rows: Dictionary(entries) { first, _ in first }, pixels: pixels)
  }

  /// Replaces the cache; whatever goes wrong, the pictures are only decoded again next time.
  func write(_ pictures: [(path: String, stamp: Stamp)], pixels: Tensor) {
    do {
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      let stamps = try Tensor(pictures.flatMap(\.stamp.numbers), shape: [pictures.count, 3])
      let paths = try Tensor(Array(pictures.map(\.path).joined(separator: "\0").utf8))
      var metadata = identity
      metadata["checksum"] = try checksum(pixels, stamps, paths)
      try Safetensors.write(["pixels": pixels, "stamps": stamps, "paths": paths], metadata: metadata, to: file)
    } catch {
      return
    }
  }

  private func checksum(_ tensors: Tensor...) throws -> String {
    try tensors.map { String(Checksum.of(try $0.bytes()), radix: 16) }.joined(separator: "-")
  }
}

/// A sum of bytes that tells damage, not malice: four lanes of multiplied words, so that memory is the limit.
enum Checksum {
  static func of(_ data: Data) -> UInt64 {
    var lanes: [UInt64] = [0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f, 0x1656_67b1_9e37_79f9, 0x27d4_eb2f_1656_67c5]
    let prime: UInt64 = 0x9e37_79b1_85eb_ca87
    func mixed(_ lane: UInt64, _ word: UInt64) -> UInt64 {
      let product = (lane ^ word) &* prime
      return product ^ (product >> 29)
    }
    data.withUnsafeBytes { bytes in
      let whole = bytes.count / 32 * 32
      var (first, second, third, fourth) = (lanes[0], lanes[1], lanes[2], lanes[3])
      for place in stride(from: 0, to: whole, by: 32) {
        first = mixed(first, bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
        second = mixed(second, bytes.loadUnaligned(fromByteOffset: place + 8, as: UInt64.self))
        third = mixed(third, bytes.loadUnaligned(fromByteOffset: place + 16, as: UInt64.self))
        fourth = mixed(fourth, bytes.loadUnaligned(fromByteOffset: place + 24, as: UInt64.self))
      }
      lanes = [first, second, third, fourth]
      for place in whole..<bytes.count { lanes[0] = mixed(lanes[0], UInt64(bytes[place])) }
    }
    return lanes.reduce(UInt64(data.count)) { mixed($0, $1) }
  }
}
