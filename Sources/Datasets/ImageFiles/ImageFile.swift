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

  /// The largest centred square of a picture, resized to `size` × `size`: `[1, channels, size, size]` of
  /// `uint8`.
  ///
  /// - Parameter channels: 3, or 1 for grey (0.299 R + 0.587 G + 0.114 B, ITU-R BT.601).
  /// - Throws: ``DatasetError`` as ``decode(_:)`` does.
  public static func square(_ path: String, size: Int, channels: Int) throws -> Tensor {
    guard size > 0, channels == 1 || channels == 3 else {
      throw DatasetError(
        "images of \(size)×\(size) pixels with \(channels) channels: choose at least 1 pixel, and 1 or 3 channels")
    }
    let picture = try decode(path)
    let side = min(picture.height, picture.width)
    let (top, left) = ((picture.height - side) / 2, (picture.width - side) / 2)
    var pixels = try picture.tensor().narrowed(top..<top + side, along: 2).narrowed(left..<left + side, along: 3)
      .to(.float32)
    if side != size { pixels = try pixels.resizedAntialiased(height: size, width: size) }
    if channels == 1 {
      let weights = try Tensor([0.299, 0.587, 0.114] as [Float], shape: [1, 3, 1, 1])
      pixels = try (pixels * weights).sum(1, keepingDimensions: true)
    }
    return try pixels.rounded().clamped(low: 0, high: 255).to(.uint8)
  }

  /// - Throws: ``DatasetError`` before memory is taken for a header's absurd promise.
  static func checkSize(width: Int, height: Int, name: String) throws(DatasetError) {
    guard width > 0, height > 0, width <= mostPixels / height else {
      throw DatasetError("\(name) claims \(width)×\(height) pixels, more than can be read: replace or remove it")
    }
  }
}
