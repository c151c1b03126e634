/// Decoded images of one size as plain bytes, free to cross tasks: `[count, height, width, channels]`
/// row-major, one byte from 0 to 255 each.
public struct PixelImages: Sendable, Hashable {
  /// The pixels, `[count, height, width, channels]` row-major.
  public var bytes: [UInt8]
  /// How many images there are.
  public let count: Int
  /// Pixels from top to bottom.
  public let height: Int
  /// Pixels from left to right.
  public let width: Int
  /// 1 (grey) or 3 (red, green, blue).
  public let channels: Int

  /// - Throws: ``DatasetError`` when the bytes do not fill the sizes exactly.
  public init(bytes: [UInt8], count: Int, height: Int, width: Int, channels: Int) throws(DatasetError) {
    guard count >= 0, height > 0, width > 0, channels == 1 || channels == 3,
      bytes.count == count * height * width * channels
    else {
      throw DatasetError(
        "\(bytes.count) bytes do not make \(count) images of \(height)×\(width) pixels with \(channels) channels")
    }
    (self.bytes, self.count, self.height, self.width, self.channels) = (bytes, count, height, width, channels)
  }
}

/// What is wrong with a data set or image: what, where, and what to do about it, in one line.
public struct DatasetError: Error, Equatable, CustomStringConvertible, Sendable {
  /// The line to print.
  public let message: String

  /// An error that prints as `message`.
  public init(_ message: String) {
    self.message = message
  }

  /// The line to print.
  public var description: String { message }
}
