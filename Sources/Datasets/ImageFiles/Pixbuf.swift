import CSparringGDKPixbuf
import Foundation

/// Pictures through gdk-pixbuf: of an animation, the first frame; upright, where the file says how it was held.
struct Pixbuf {
  /// 3 channels, without anything behind them.
  let pixels: PixelImages
  /// 1 channel: how opaque each pixel is.
  let opacity: PixelImages

  /// - Parameter mostPerByte: How many pixels the format can pack into one byte.
  /// - Throws: ``DatasetError`` with the library's reason, `name` first.
  static func decode(
    _ data: Data, name: String, format: String, mostPerByte: Int
  ) throws(DatasetError) -> Pixbuf {
    guard let loader = gdk_pixbuf_loader_new() else {
      throw DatasetError("\(name): the \(format) decoder does not start")
    }
    defer { g_object_unref(UnsafeMutableRawPointer(loader)) }
    let gate = SizeGate { width, height throws(DatasetError) in
      try ImageFile.checkSize(
        width: width, height: height, byteCount: data.count, mostPerByte: mostPerByte, name: name)
    }
    return try withExtendedLifetime(gate) { () throws(DatasetError) in
      gate.guards(loader)
      try fill(loader, with: data, gate, name, format)
      guard let decoded = gdk_pixbuf_loader_get_pixbuf(loader),
        let upright = gdk_pixbuf_apply_embedded_orientation(decoded)
      else { throw DatasetError("\(name) is a broken \(format) (no picture in it): replace or remove it") }
      defer { g_object_unref(UnsafeMutableRawPointer(upright)) }
      return try pixels(of: upright, name: name)
    }
  }

  private static func fill(
    _ loader: OpaquePointer, with data: Data, _ gate: SizeGate, _ name: String, _ format: String
  ) throws(DatasetError) {
    // Closing ends the decoding; a loader must be closed in any case, and one that failed has closed itself.
    var error: UnsafeMutablePointer<SparringGError>?
    let isWritten = data.withUnsafeBytes { bytes in
      gdk_pixbuf_loader_write(loader, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, &error)
    }
    let isDecoded = isWritten != 0 ? gdk_pixbuf_loader_close(loader, &error) != 0 : false
    if isWritten == 0 { gdk_pixbuf_loader_close(loader, nil) }
    defer { if let error { g_error_free(error) } }
    if let refusal = gate.refusal { throw refusal }
    guard !isDecoded else { return }
    let reason = error?.pointee.message.map { String(cString: $0) } ?? "unknown reason"
    guard !reason.lowercased().contains("recogni") else {
      throw DatasetError(
        "\(name) is a \(format), for which gdk-pixbuf has no loader here: type ./sparring setup (on Debian, the package "
          + "webp-pixbuf-loader)")
    }
    throw DatasetError("\(name) is a broken \(format) (\(reason)): replace or remove it")
  }

  private static func pixels(of picture: OpaquePointer, name: String) throws(DatasetError) -> Pixbuf {
    let (width, height) = (Int(gdk_pixbuf_get_width(picture)), Int(gdk_pixbuf_get_height(picture)))
    let (channels, stride) = (Int(gdk_pixbuf_get_n_channels(picture)), Int(gdk_pixbuf_get_rowstride(picture)))
    let hasAlpha = gdk_pixbuf_get_has_alpha(picture) != 0
    guard let source = gdk_pixbuf_read_pixels(picture), channels == (hasAlpha ? 4 : 3) else {
      throw DatasetError("\(name) has pixels of \(channels) channels: save it as PNG")
    }
    var bytes = [UInt8](repeating: 0, count: width * height * 3)
    var opacity = [UInt8](repeating: 255, count: width * height)
    for row in 0..<height {
      for column in 0..<width {
        let (from, to) = (row * stride + column * channels, row * width + column)
        if hasAlpha { opacity[to] = source[from + 3] }
        for colour in 0..<3 { bytes[to * 3 + colour] = source[from + colour] }
      }
    }
    return Pixbuf(
      pixels: try PixelImages(bytes: bytes, count: 1, height: height, width: width, channels: 3),
      opacity: try PixelImages(bytes: opacity, count: 1, height: height, width: width, channels: 1))
  }

  /// What is transparent shows white.
  func onWhite() -> PixelImages {
    var shown = pixels
    for (place, alpha) in opacity.bytes.enumerated() where alpha < 255 {
      for index in place * 3..<place * 3 + 3 {
        let (colour, alpha) = (Int(pixels.bytes[index]), Int(alpha))
        shown.bytes[index] = UInt8((colour * alpha + 255 * (255 - alpha) + 127) / 255)
      }
    }
    return shown
  }
}

/// Looks at a picture's size before the library takes memory for it.
private final class SizeGate {
  typealias Check = (_ width: Int, _ height: Int) throws(DatasetError) -> Void

  private let check: Check
  /// What was wrong with the size.
  private(set) var refusal: DatasetError?

  init(_ check: @escaping Check) { self.check = check }

  /// The gate must outlive the loader's work.
  func guards(_ loader: OpaquePointer) {
    let handler: @convention(c) (OpaquePointer?, Int32, Int32, UnsafeMutableRawPointer?) -> Void = {
      loader, width, height, gate in
      guard let loader, let gate else { return }
      Unmanaged<SizeGate>.fromOpaque(gate).takeUnretainedValue().pass(loader, width, height)
    }
    _ = g_signal_connect_data(
      UnsafeMutableRawPointer(loader), "size-prepared", handler, Unmanaged.passUnretained(self).toOpaque(), nil, 0)
  }

  private func pass(_ loader: OpaquePointer, _ width: Int32, _ height: Int32) {
    do throws(DatasetError) {
      try check(Int(width), Int(height))
    } catch {
      refusal = error
      gdk_pixbuf_loader_set_size(loader, 0, 0)
    }
  }
}
