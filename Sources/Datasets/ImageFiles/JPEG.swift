import CSparringTurboJPEG
import Foundation

/// JPEG files through libjpeg-turbo.
enum JPEG {
  static let signature: [UInt8] = [0xff, 0xd8, 0xff]

  /// A JPEG as 8-bit red, green and blue.
  /// - Throws: ``DatasetError`` with the library's reason, `name` first; a file that ends too early is
  ///   an error, other warnings are not.
  static func decode(_ data: Data, name: String) throws(DatasetError) -> PixelImages {
    guard let decoder = tjInitDecompress() else { throw DatasetError("\(name): the JPEG decoder does not start") }
    defer { tjDestroy(decoder) }
    let bytes = [UInt8](data)
    let size = UInt(bytes.count)
    var (width, height, subsampling, colours): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    guard tjDecompressHeader3(decoder, bytes, size, &width, &height, &subsampling, &colours) == 0 else {
      throw failure(decoder, name)
    }
    guard width > 0, height > 0 else {
      throw DatasetError("\(name) is a broken JPEG (it ends within its header): replace or remove it")
    }
    // Six blocks of 16×16 pixels take at least a bit each, but for scans that leave blocks out.
    try ImageFile.checkSize(
      width: Int(width), height: Int(height), byteCount: bytes.count, mostPerByte: 8 * 256, name: name)
    var pixels = [UInt8](repeating: 0, count: Int(width) * Int(height) * 3)
    let status = tjDecompress2(
      decoder, bytes, size, &pixels, width, 0, height, Int32(TJPF_RGB.rawValue), TJFLAG_ACCURATEDCT)
    if status != 0,
      tjGetErrorCode(decoder) != Int32(TJERR_WARNING.rawValue) || reason(decoder).contains("Premature end")
    {
      throw failure(decoder, name)
    }
    return try PixelImages(bytes: pixels, count: 1, height: Int(height), width: Int(width), channels: 3)
  }

  private static func reason(_ decoder: tjhandle) -> String {
    tjGetErrorStr2(decoder).map { String(cString: $0) } ?? "unknown reason"
  }

  private static func failure(_ decoder: tjhandle, _ name: String) -> DatasetError {
    DatasetError("\(name) is a broken JPEG (\(reason(decoder))): replace or remove it")
  }
}
