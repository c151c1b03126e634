import Foundation

extension PictureFormat {
  /// Formats that gdk-pixbuf reads.
  static let commonOnes = [
    PictureFormat(
      name: "WebP", endings: ["webp"],
      isBegunBy: { $0.starts(with: Array("RIFF".utf8)) && $0.dropFirst(8).starts(with: Array("WEBP".utf8)) },
      decode: { bytes, name, _ throws(DatasetError) in
        // The decoder would give what is there of a file that ends too early.
        let promised = bytes.dropFirst(4).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard bytes.count >= promised + 8 else {
          throw DatasetError("\(name) is a broken WebP (\(bytes.count) bytes of \(promised + 8)): replace or remove it")
        }
        return try Pixbuf.decode(bytes, name: name, format: "WebP", mostPerByte: 1 << 20)
      }),
    PictureFormat(
      name: "BMP", endings: ["bmp", "dib"], isBegunBy: { $0.starts(with: Array("BM".utf8)) },
      decode: { bytes, name, _ throws(DatasetError) in
        // Unless they are run lengths, pixels take at least a bit each.
        let isCompressed = [1, 2].contains(bytes.dropFirst(30).first ?? 0)
        return try Pixbuf.decode(bytes, name: name, format: "BMP", mostPerByte: isCompressed ? 1 << 12 : 8)
      }),
    PictureFormat(
      name: "GIF", endings: ["gif"], isBegunBy: { $0.starts(with: Array("GIF8".utf8)) },
      decode: { bytes, name, _ throws(DatasetError) in
        try Pixbuf.decode(bytes, name: name, format: "GIF", mostPerByte: 1 << 13)
      }),
    PictureFormat(
      name: "TIFF", endings: ["tif", "tiff"],
      isBegunBy: { $0.starts(with: [0x49, 0x49, 0x2a, 0]) || $0.starts(with: [0x4d, 0x4d, 0, 0x2a]) },
      decode: { bytes, name, _ throws(DatasetError) in
        try Pixbuf.decode(bytes, name: name, format: "TIFF", mostPerByte: 1 << 13)
      }),
  ]
}
