/// Writes PNG files of every kind byte by byte (PNG specification, third edition), so that decoding is
/// not checked against the library that decodes.
enum PNGWriter {
  /// - Parameters:
  ///   - colour: 0 grey, 2 red-green-blue, 3 palette, 4 grey with alpha, 6 red-green-blue with alpha.
  ///   - lines: The samples' bytes of each line.
  static func file(
    width: Int, bitDepth: UInt8 = 8, colour: UInt8, palette: [UInt8] = [], lines: [[UInt8]]
  ) -> [UInt8] {
    let header = word(width) + word(lines.count) + [bitDepth, colour, 0, 0, 0]
    let filtered: [UInt8] = lines.flatMap { [0 as UInt8] + $0 }
    return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] + chunk("IHDR", header)
      + (palette.isEmpty ? [] : chunk("PLTE", palette)) + chunk("IDAT", stored(filtered)) + chunk("IEND", [])
  }

  private static func word(_ value: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  private static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(type.utf8) + data
    var check: UInt32 = .max
    for byte in body {
      check ^= UInt32(byte)
      for _ in 0..<8 { check = check & 1 == 1 ? check >> 1 ^ 0xedb8_8320 : check >> 1 }
    }
    return word(data.count) + body + word(Int(~check))
  }

  /// A zlib stream of one uncompressed block (RFC 1950 and 1951).
  private static func stored(_ data: [UInt8]) -> [UInt8] {
    let length = [UInt8(data.count & 255), UInt8(data.count >> 8)]
    var (low, high) = (1, 0)
    for byte in data {
      low = (low + Int(byte)) % 65521
      high = (high + low) % 65521
    }
    return [0x78, 0x01, 1] + length + length.map { ~$0 } + data + word(high << 16 | low)
  }
}
