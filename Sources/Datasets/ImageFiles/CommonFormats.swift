import Foundation

extension PictureFormat {
  /// Formats that gdk-pixbuf reads.
  static let commonOnes = [
    common(
      name: "WebP", endings: ["webp"],
      isBegunBy: { $0.starts(with: Array("RIFF".utf8)) && $0.dropFirst(8).starts(with: Array("WEBP".utf8)) },
      mostPerByte: { bytes, name throws(DatasetError) in
        // The decoder would give what is there of a file that ends too early.
        let promised = bytes.dropFirst(4).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard bytes.count >= promised + 8 else {
          throw DatasetError("\(name) is a broken WebP (\(bytes.count) bytes of \(promised + 8)): replace or remove it")
        }
        return 1 << 20
      }),
    common(
      name: "BMP", endings: ["bmp", "dib"], isBegunBy: { $0.starts(with: Array("BM".utf8)) },
      mostPerByte: { bytes, _ throws(DatasetError) in
        // Unless they are run lengths, pixels take at least a bit each.
        [1, 2].contains(bytes.dropFirst(30).first ?? 0) ? 1 << 12 : 8
      }),
    common(
      name: "GIF", endings: ["gif"], isBegunBy: { $0.starts(with: Array("GIF8".utf8)) },
      mostPerByte: { _, _ throws(DatasetError) in 1 << 13 }),
    common(
      name: "TIFF", endings: ["tif", "tiff"],
      isBegunBy: { $0.starts(with: [0x49, 0x49, 0x2a, 0]) || $0.starts(with: [0x4d, 0x4d, 0, 0x2a]) },
      mostPerByte: { _, _ throws(DatasetError) in 1 << 13 }),
  ]

  /// - Parameter mostPerByte: How many pixels the format can pack into one byte of such a file.
  private static func common(
    name format: String, endings: [String], isBegunBy: @escaping @Sendable (Data) -> Bool,
    mostPerByte: @escaping @Sendable (_ bytes: Data, _ name: String) throws(DatasetError) -> Int
  ) -> PictureFormat {
    PictureFormat(
      name: format, endings: endings, isBegunBy: isBegunBy,
      decode: { bytes, name, _ throws(DatasetError) in
        try Pixbuf.decode(bytes, name: name, format: format, mostPerByte: mostPerByte(bytes, name)).onWhite()
      },
      decodeTransparent: { bytes, name throws(DatasetError) in
        let picture = try Pixbuf.decode(bytes, name: name, format: format, mostPerByte: mostPerByte(bytes, name))
        return (picture.pixels, picture.opacity)
      })
  }
}
