import CSparringPNG
public import Foundation

/// A picture of its own size with its transparency: what is read to be restored, and written again.
public struct WholePicture: Sendable, Hashable {
  /// One image of 1 (grey) or 3 channels.
  public let pixels: PixelImages
  /// How opaque each pixel is, one image of 1 channel: 0 shows nothing of it, 255 nothing behind it; nil where all are
  /// opaque.
  public let opacity: PixelImages?

  /// Pixels from top to bottom.
  public var height: Int { pixels.height }
  /// Pixels from left to right.
  public var width: Int { pixels.width }

  /// - Throws: ``DatasetError`` unless both are single images of one size.
  public init(_ pixels: PixelImages, opacity: PixelImages? = nil) throws(DatasetError) {
    guard pixels.count == 1, opacity.map({ $0.count == 1 && $0.channels == 1 }) ?? true else {
      throw DatasetError("a picture is one image, with one channel of transparency at most")
    }
    guard opacity.map({ $0.height == pixels.height && $0.width == pixels.width }) ?? true else {
      throw DatasetError("a picture and its transparency must have one size")
    }
    (self.pixels, self.opacity) = (pixels, opacity)
  }

  /// The picture in a file, upright; 16 bits become 8, and a picture whose pixels are all grey has one channel.
  /// - Throws: ``DatasetError`` when the file cannot be read, is something else, or is broken.
  public init(contentsOf path: String) throws(DatasetError) {
    let data = try FileReading.contents(path)
    try self.init(data, name: path)
  }

  /// The picture in a file's bytes.
  /// - Parameter name: What to call it in messages.
  public init(_ data: Data, name: String) throws(DatasetError) {
    let format = try ImageFile.format(of: data, name: name)
    if let decode = format.decodeTransparent {
      let (pixels, opacity) = try decode(data, name)
      try self.init(pixels.withoutEqualChannels(), opacity: opacity.bytes.allSatisfy { $0 == 255 } ? nil : opacity)
    } else {
      try self.init(format.decode(data, name, nil).withoutEqualChannels())
    }
  }

  /// The bytes of a PNG file, with transparency where there is some.
  /// - Throws: ``DatasetError`` where libpng cannot write it.
  public func png() throws(DatasetError) -> Data {
    guard let opacity else { return try pixels.png() }
    var all: [UInt8] = []
    all.reserveCapacity(height * width * (pixels.channels + 1))
    for place in 0..<height * width {
      all += pixels.bytes[place * pixels.channels..<(place + 1) * pixels.channels]
      all.append(opacity.bytes[place])
    }
    let colour = pixels.channels == 3 ? PNG_FORMAT_FLAG_COLOR : 0
    return try PNG.encode(all, height: height, width: width, format: colour | PNG_FORMAT_FLAG_ALPHA)
  }
}

extension PixelImages {
  /// The same with one channel, where all three are equal everywhere.
  func withoutEqualChannels() throws(DatasetError) -> PixelImages {
    guard channels == 3 else { return self }
    let places = stride(from: 0, to: bytes.count, by: 3)
    guard places.allSatisfy({ bytes[$0] == bytes[$0 + 1] && bytes[$0] == bytes[$0 + 2] }) else { return self }
    return try PixelImages(bytes: places.map { bytes[$0] }, count: count, height: height, width: width, channels: 1)
  }

  /// Colours and opacity of pixels that hold both, four bytes each.
  static func separated(
    _ bytes: [UInt8], height: Int, width: Int
  ) throws(DatasetError) -> (pixels: PixelImages, opacity: PixelImages) {
    var (colours, opacity): ([UInt8], [UInt8]) = ([], [])
    colours.reserveCapacity(height * width * 3)
    opacity.reserveCapacity(height * width)
    for place in stride(from: 0, to: bytes.count, by: 4) {
      colours += bytes[place..<place + 3]
      opacity.append(bytes[place + 3])
    }
    return (
      try PixelImages(bytes: colours, count: 1, height: height, width: width, channels: 3),
      try PixelImages(bytes: opacity, count: 1, height: height, width: width, channels: 1)
    )
  }
}
