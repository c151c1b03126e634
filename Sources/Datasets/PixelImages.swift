/// Decoded images of one size as plain bytes, free to cross tasks: `[count, height, width, channels]`
/// row-major, one byte from 0 to 255 each.
public struct PixelImages: Sendable, Hashable {
  public var bytes: [UInt8]
  public let count: Int
  public let height: Int
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
  public let message: String

  public init(_ message: String) {
    self.message = message
  }

  public var description: String { message }
}
