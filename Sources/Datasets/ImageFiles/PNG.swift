import CSparringPNG
public import Foundation

extension PictureFormat {
  /// PNG files, through libpng.
  static let png = PictureFormat(
    name: "PNG", endings: ["png"], isBegunBy: { $0.starts(with: [0x89, 0x50, 0x4e, 0x47]) },
    decode: { bytes, name, _ throws(DatasetError) in try PNG.decode(bytes, name: name) },
    decodeTransparent: { bytes, name throws(DatasetError) in try PNG.decodeTransparent(bytes, name: name) })
}

/// PNG files through libpng's simplified interface.
enum PNG {
  /// Any PNG (grey, palette, 16 bits) as 8-bit red, green and blue, upright; what is transparent shows white.
  /// - Throws: ``DatasetError`` with libpng's reason, `name` first.
  static func decode(_ data: Data, name: String) throws(DatasetError) -> PixelImages {
    let (png, exif) = try PNGChunks.essentials(of: data, name: name)
    let (bytes, size) = try decode(essentials: png, name: name, isTransparent: false)
    return try PixelImages(bytes: bytes, count: 1, height: size.height, width: size.width, channels: 3)
      .turned(orientation(exif))
  }

  /// The same as it is without anything behind it, and how opaque each pixel is.
  static func decodeTransparent(
    _ data: Data, name: String
  ) throws(DatasetError) -> (pixels: PixelImages, opacity: PixelImages) {
    let (png, exif) = try PNGChunks.essentials(of: data, name: name)
    let (bytes, size) = try decode(essentials: png, name: name, isTransparent: true)
    let (pixels, opacity) = try PixelImages.separated(bytes, height: size.height, width: size.width)
    let orientation = orientation(exif)
    return (try pixels.turned(orientation), try opacity.turned(orientation))
  }

  private static func orientation(_ exif: Data?) -> Orientation {
    exif.map { Orientation(exif: Data("Exif\0\0".utf8) + $0) } ?? .upright
  }

  private static func decode(
    essentials data: Data, name: String, isTransparent: Bool
  ) throws(DatasetError) -> ([UInt8], ImageSize) {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    // libpng keeps the address of the file's bytes, so all of its calls stand in one scope.
    let decoded: Result<([UInt8], ImageSize), DatasetError> = data.withUnsafeBytes { source in
      guard png_image_begin_read_from_memory(&image, source.baseAddress, source.count) != 0 else {
        return .failure(failure(image, name))
      }
      do throws(DatasetError) {
        return .success(try finish(&image, byteCount: source.count, name: name, isTransparent: isTransparent))
      } catch {
        return .failure(error)
      }
    }
    return try decoded.get()
  }

  private static func finish(
    _ image: inout png_image, byteCount: Int, name: String, isTransparent: Bool
  ) throws(DatasetError) -> ([UInt8], ImageSize) {
    let (width, height) = (Int(image.width), Int(image.height))
    // Deflate packs at most 1032 bytes into one, and eight pixels may share a byte.
    try ImageFile.checkSize(
      width: width, height: height, byteCount: byteCount, mostPerByte: 8 * 1032, name: name)
    // 16-bit files without a colour profile mean sRGB like all others, not linear light.
    image.flags |= png_uint_32(PNG_IMAGE_FLAG_16BIT_sRGB)
    image.format = png_uint_32(isTransparent ? PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA : PNG_FORMAT_FLAG_COLOR)
    var pixels = [UInt8](repeating: 0, count: width * height * (isTransparent ? 4 : 3))
    var white = png_color(red: 255, green: 255, blue: 255)
    guard png_image_finish_read(&image, &white, &pixels, 0, nil) != 0 else { throw failure(image, name) }
    return (pixels, ImageSize(height: height, width: width))
  }

  private static func failure(_ image: png_image, _ name: String) -> DatasetError {
    let reason = withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return DatasetError("\(name) is a broken PNG (\(reason)): replace or remove it")
  }
}

extension PixelImages {
  /// A single image as the bytes of a PNG file; lay several out with ``grid(columns:gap:gapBrightness:)``.
  /// - Throws: ``DatasetError`` unless there is exactly one image.
  public func png() throws(DatasetError) -> Data {
    guard count == 1 else { throw DatasetError("a PNG holds one image, not \(count): lay them out as a grid") }
    return try PNG.encode(bytes, height: height, width: width, format: channels == 3 ? PNG_FORMAT_FLAG_COLOR : 0)
  }
}

extension PNG {
  /// - Parameters:
  ///   - bytes: Row by row, the channels of a pixel side by side.
  ///   - format: Of libpng's simplified interface.
  static func encode<Format: BinaryInteger>(
    _ bytes: [UInt8], height: Int, width: Int, format: Format
  ) throws(DatasetError) -> Data {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    (image.width, image.height) = (png_uint_32(width), png_uint_32(height))
    image.format = png_uint_32(format)
    defer { png_image_free(&image) }
    // The first call only measures.
    var size = 0
    guard png_image_write_to_memory(&image, nil, &size, 0, bytes, 0, nil) != 0 else {
      throw DatasetError("an image of \(height)×\(width) pixels could not be written as PNG")
    }
    var data = Data(count: size)
    let written = data.withUnsafeMutableBytes {
      png_image_write_to_memory(&image, $0.baseAddress, &size, 0, bytes, 0, nil)
    }
    guard written != 0 else {
      throw DatasetError("an image of \(height)×\(width) pixels could not be written as PNG")
    }
    return data.prefix(size)
  }
}
