import Foundation
public import SparringTorch

/// Picture files as tensors of one size: PNG, JPEG, WebP, BMP, GIF (its first frame) and TIFF, turned as the camera was
/// held.
public enum ImageFile {
  /// The picture in a file, whose format is told by its first bytes, with 3 channels; what is transparent shows white.
  /// - Parameter size: The size that it will be brought to: a JPEG that is far larger is decoded smaller, which is
  ///   quicker.
  /// - Throws: ``DatasetError`` when the file cannot be read, is something else, or is broken.
  public static func decode(_ path: String, covering size: ImageSize? = nil) throws(DatasetError) -> PixelImages {
    let data = try FileReading.contents(path)
    return try format(of: data, name: path).decode(data, path, size)
  }

  /// - Throws: ``DatasetError`` for bytes that are no picture of a known kind.
  static func format(of data: Data, name: String) throws(DatasetError) -> PictureFormat {
    // Raw photographs begin like TIFF, and hold a preview in it.
    let kind = PictureFormat.unread[(name as NSString).pathExtension.lowercased()]
    guard kind == nil, let format = PictureFormat.of(data) else {
      throw DatasetError(
        "\(name) is \(kind ?? "no picture of a known kind") (\(PictureFormat.names)): save it as one of those, or remove it"
      )
    }
    return format
  }

  /// The size of a picture of which ``decode(_:covering:)`` may return a smaller one, from its header; nil for others.
  static func storedSize(_ path: String) throws(DatasetError) -> ImageSize? {
    let data = try FileReading.mapped(path)
    return PictureFormat.of(data)?.storedSize?(data)
  }

  /// A picture brought to a size: `[1, channels, height, width]` of `uint8`.
  ///
  /// - Parameters:
  ///   - channels: 3, or 1 for grey (0.299 R + 0.587 G + 0.114 B, ITU-R BT.601).
  ///   - fit: What becomes of a picture of another shape.
  /// - Throws: ``DatasetError`` as ``decode(_:covering:)`` does.
  public static func fitted(_ path: String, size: ImageSize, channels: Int, fit: PictureFit = .crop) throws -> Tensor {
    guard channels == 1 || channels == 3 else { throw DatasetError("images of \(channels) channels: choose 1 or 3") }
    try ReadingLimits.current.check(size, named: "the image size")
    return try Tensor(
      pixels(path, size: size, channels: channels, fit: fit), shape: [1, channels, size.height, size.width])
  }

  /// The same as plain bytes, `[channels, height, width]`: many threads may ask at once.
  static func pixels(
    _ path: String, size: ImageSize, channels: Int, fit: PictureFit
  ) throws(DatasetError) -> [UInt8] {
    let picture = try decode(path, covering: size)
    return Resampling(height: picture.height, width: picture.width, to: size, fit: fit)(picture, channels: channels)
  }

  /// - Parameters:
  ///   - byteCount: The whole file's.
  ///   - mostPerByte: How many pixels its format can pack into one byte.
  /// - Throws: ``DatasetError`` before memory is taken for a header's absurd promise, or for more than
  ///   ``ReadingLimits/pixels``.
  static func checkSize(
    width: Int, height: Int, byteCount: Int, mostPerByte: Int, name: String
  ) throws(DatasetError) {
    // Sides have 32 bits at most.
    guard width > 0, height > 0, width * height <= (1 << 16) + byteCount * mostPerByte else {
      throw DatasetError(
        "\(name) claims \(width)×\(height) pixels, more than can be read from its \(byteCount) bytes: replace or "
          + "remove it")
    }
    let limit = ReadingLimits.current.pixels
    guard width * height <= limit else {
      throw DatasetError(
        "\(name) has \(width)×\(height) pixels, more than the \(limit) that are read of one picture: make it smaller, or "
          + "raise \(ReadingLimits.pixelsVariable)")
    }
  }
}
