import CSparringZlib
import Foundation
import SparringTorch

/// A PNG's chunks (PNG specification, third edition, clause 5), read before libpng sees them: it would take memory for
/// whatever length a chunk claims, unpack texts that nobody reads, and stop before a file's end is checked.
enum PNGChunks {
  static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
  /// Chunks besides the necessary ones that change how a picture looks, and the most bytes that each may have.
  private static let used = ["tRNS": 1 << 16, "gAMA": 4, "sRGB": 1, "cHRM": 32, "sBIT": 4]

  /// The same picture without anything else, and its EXIF data where it has some.
  /// - Throws: ``DatasetError`` for a chunk that is cut off or whose checksum is wrong, or a file that lacks its end.
  static func essentials(of data: Data, name: String) throws(DatasetError) -> (png: Data, exif: Data?) {
    func broken(_ reason: String) -> DatasetError {
      DatasetError("\(name) is a broken PNG (\(reason)): replace or remove it")
    }
    let data = Data(data)
    guard data.starts(with: signature) else { throw broken("another signature") }
    var (kept, exif, place) = (Data(signature), Data?.none, signature.count)
    while true {
      guard data.count - place >= 12 else { throw broken("it ends too early") }
      let length = Int(word(data, at: place))
      guard length <= data.count - place - 12 else { throw broken("it ends within a chunk") }
      let chunk = data[place..<place + 12 + length]
      let kind = String(decoding: chunk.dropFirst(4).prefix(4), as: UTF8.self)
      // A name that begins with a capital letter marks what no reader may leave out.
      let isCritical = chunk[chunk.startIndex + 4] & 0x20 == 0
      if isCritical || used[kind].map({ length <= $0 }) ?? false {
        guard checksum(chunk.dropFirst(4).dropLast(4)) == word(data, at: place + 8 + length) else {
          throw broken("the checksum of its \(Printable.name(kind)) chunk is wrong")
        }
        kept += chunk
      } else if kind == "eXIf", exif == nil {
        exif = chunk.dropFirst(8).dropLast(4)
      }
      place += 12 + length
      if kind == "IEND" { return (kept, exif) }
    }
  }

  static func word(_ data: Data, at place: Int) -> UInt32 {
    data[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }

  static func checksum(_ bytes: Data) -> UInt32 {
    bytes.withUnsafeBytes {
      UInt32(truncatingIfNeeded: crc32_z(0, $0.bindMemory(to: UInt8.self).baseAddress, $0.count))
    }
  }
}
