import Foundation
public import SparringTorch

/// Picture files (PNG and JPEG) as tensors of one size.
public enum ImageFile {
  /// The endings under which a folder's pictures are found.
  static let extensions = ["png", "jpg", "jpeg"]
  private static let mostPixels = 1 << 28

  /// The picture in a PNG or JPEG file, told apart by their first bytes, with 3 channels.
  /// - Throws: ``DatasetError`` when the file cannot be read, is something else, or is broken.
  public static func decode(_ path: String) throws(DatasetError) -> PixelImages {
    let data = try FileReading.contents(path)
    if data.starts(with: PNG.signature) { return try PNG.decode(data, name: path) }
    if data.starts(with: JPEG.signature) { return try JPEG.decode(data, name: path) }
    throw DatasetError("\(path) is neither a PNG nor a JPEG: replace or remove it")
  }

  /// A picture scaled until it covers `size`, its centre cut out: `[1, channels, height, width]` of `uint8`.
  ///
  /// - Parameter channels: 3, or 1 for grey (0.299 R + 0.587 G + 0.114 B, ITU-R BT.601).
  /// - Throws: ``DatasetError`` as ``decode(_:)`` does.
  public static func fitted(_ path: String, size: ImageSize, channels: Int) throws -> Tensor {
    guard size.height > 0, size.width > 0, channels == 1 || channels == 3 else {
      throw DatasetError(
        "images of \(size.height)×\(size.width) pixels with \(channels) channels: choose at least 1 pixel, and 1 or 3 "
          + "channels")
    }
    return try Tensor(pixels(path, size: size, channels: channels), shape: [1, channels, size.height, size.width])
  }

  /// The same as plain bytes, `[channels, height, width]`: many threads may ask at once.
  static func pixels(_ path: String, size: ImageSize, channels: Int) throws(DatasetError) -> [UInt8] {
    let picture = try decode(path)
    return Resampling(height: picture.height, width: picture.width, to: size)(picture, channels: channels)
  }

  /// - Parameters:
  ///   - byteCount: The whole file's.
  ///   - mostPerByte: How many pixels its format can pack into one byte.
  /// - Throws: ``DatasetError`` before memory is taken for a header's absurd promise.
  static func checkSize(
    width: Int, height: Int, byteCount: Int, mostPerByte: Int, name: String
  ) throws(DatasetError) {
    guard width > 0, height > 0, width <= mostPixels / height,
      width * height <= (1 << 16) + byteCount * mostPerByte
    else {
      throw DatasetError(
        "\(name) claims \(width)×\(height) pixels, more than can be read from its \(byteCount) bytes: replace or "
          + "remove it")
    }
  }
}
