import CSparringGDKPixbuf
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
        return try Pixbuf.decode(bytes, name: name, format: "WebP")
      }),
    PictureFormat(
      name: "BMP", endings: ["bmp", "dib"], isBegunBy: { $0.starts(with: Array("BM".utf8)) },
      decode: { bytes, name, _ throws(DatasetError) in
        try Pixbuf.requireRoom(bytes, sidesAt: (18, 22), byteCount: 4, name: name)
        return try Pixbuf.decode(bytes, name: name, format: "BMP")
      }),
    PictureFormat(
      name: "GIF", endings: ["gif"], isBegunBy: { $0.starts(with: Array("GIF8".utf8)) },
      decode: { bytes, name, _ throws(DatasetError) in
        try Pixbuf.requireRoom(bytes, sidesAt: (6, 8), byteCount: 2, name: name)
        return try Pixbuf.decode(bytes, name: name, format: "GIF")
      }),
    PictureFormat(
      name: "TIFF", endings: ["tif", "tiff"],
      isBegunBy: { $0.starts(with: [0x49, 0x49, 0x2a, 0]) || $0.starts(with: [0x4d, 0x4d, 0, 0x2a]) },
      decode: { bytes, name, _ throws(DatasetError) in try Pixbuf.decode(bytes, name: name, format: "TIFF") }),
  ]
}

/// Pictures through gdk-pixbuf: of an animation, the first frame; upright, where the file says how it was held.
private enum Pixbuf {
  /// - Throws: ``DatasetError`` before the library takes memory for a header's absurd promise.
  static func requireRoom(
    _ data: Data, sidesAt places: (Int, Int), byteCount: Int, name: String
  ) throws(DatasetError) {
    func side(_ place: Int) -> Int {
      let number = data.dropFirst(place).prefix(byteCount).reversed().reduce(0) { $0 << 8 | Int($1) }
      // A picture that is stored from top to bottom has a negative height.
      return byteCount == 4 ? abs(Int(Int32(truncatingIfNeeded: number))) : number
    }
    let (width, height) = (side(places.0), side(places.1))
    guard width > 0, height > 0 else { return }
    try ImageFile.checkSize(
      width: width, height: height, byteCount: data.count, mostPerByte: 1 << 20, name: name)
  }

  /// - Throws: ``DatasetError`` with the library's reason, `name` first.
  static func decode(_ data: Data, name: String, format: String) throws(DatasetError) -> PixelImages {
    guard let loader = gdk_pixbuf_loader_new() else {
      throw DatasetError("\(name): the \(format) decoder does not start")
    }
    defer { g_object_unref(UnsafeMutableRawPointer(loader)) }
    // Closing ends the decoding; a loader must be closed in any case, and one that failed has closed itself.
    var error: UnsafeMutablePointer<SparringGError>?
    let isWritten = data.withUnsafeBytes { bytes in
      gdk_pixbuf_loader_write(loader, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, &error)
    }
    if isWritten == 0 {
      gdk_pixbuf_loader_close(loader, nil)
      throw failure(error, name, format)
    }
    guard gdk_pixbuf_loader_close(loader, &error) != 0 else { throw failure(error, name, format) }
    guard let decoded = gdk_pixbuf_loader_get_pixbuf(loader),
      let upright = gdk_pixbuf_apply_embedded_orientation(decoded)
    else { throw DatasetError("\(name) is a broken \(format) (no picture in it): replace or remove it") }
    defer { g_object_unref(UnsafeMutableRawPointer(upright)) }
    return try pixels(of: upright, byteCount: data.count, name: name)
  }

  /// What is transparent shows white.
  private static func pixels(
    of picture: OpaquePointer, byteCount: Int, name: String
  ) throws(DatasetError) -> PixelImages {
    let (width, height) = (Int(gdk_pixbuf_get_width(picture)), Int(gdk_pixbuf_get_height(picture)))
    let (channels, stride) = (Int(gdk_pixbuf_get_n_channels(picture)), Int(gdk_pixbuf_get_rowstride(picture)))
    // An area of one colour takes next to nothing.
    try ImageFile.checkSize(width: width, height: height, byteCount: byteCount, mostPerByte: 1 << 20, name: name)
    let hasAlpha = gdk_pixbuf_get_has_alpha(picture) != 0
    guard let source = gdk_pixbuf_read_pixels(picture), channels == (hasAlpha ? 4 : 3) else {
      throw DatasetError("\(name) has pixels of \(channels) channels: save it as PNG")
    }
    var bytes = [UInt8](repeating: 0, count: width * height * 3)
    for row in 0..<height {
      for column in 0..<width {
        let (from, to) = (row * stride + column * channels, (row * width + column) * 3)
        let alpha = hasAlpha ? Int(source[from + 3]) : 255
        for colour in 0..<3 {
          bytes[to + colour] = UInt8((Int(source[from + colour]) * alpha + 255 * (255 - alpha) + 127) / 255)
        }
      }
    }
    return try PixelImages(bytes: bytes, count: 1, height: height, width: width, channels: 3)
  }

  private static func failure(
    _ error: UnsafeMutablePointer<SparringGError>?, _ name: String, _ format: String
  ) -> DatasetError {
    defer { if let error { g_error_free(error) } }
    let reason = error?.pointee.message.map { String(cString: $0) } ?? "unknown reason"
    if reason.lowercased().contains("recogni") {
      return DatasetError(
        "\(name) is a \(format), for which gdk-pixbuf has no loader here: type ./sparring setup (on Debian, the package "
          + "webp-pixbuf-loader)")
    }
    return DatasetError("\(name) is a broken \(format) (\(reason)): replace or remove it")
  }
}
