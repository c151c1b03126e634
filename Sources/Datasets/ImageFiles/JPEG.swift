import CSparringTurboJPEG
import Foundation

extension PictureFormat {
  /// JPEG files, through libjpeg-turbo.
  static let jpeg = PictureFormat(
    name: "JPEG", endings: ["jpg", "jpeg", "jpe", "jfif"], isBegunBy: { $0.starts(with: [0xff, 0xd8, 0xff]) },
    decode: { bytes, name, size throws(DatasetError) in
      let orientation = Orientation(exifOf: bytes)
      let stored = size.map { orientation.swapsSides ? ImageSize(height: $0.width, width: $0.height) : $0 }
      return try JPEG.decode(bytes, name: name, covering: stored).turned(orientation)
    },
    storedSize: { bytes in
      guard let size = JPEG.size(bytes) else { return nil }
      return Orientation(exifOf: bytes).swapsSides ? ImageSize(height: size.width, width: size.height) : size
    })
}

/// JPEG files through libjpeg-turbo.
enum JPEG {
  /// A JPEG as 8-bit red, green and blue, as it is stored.
  /// - Parameter size: The size that it will be brought to; a picture that is far larger is decoded at an eighth, a
  ///   quarter or half of its size, at least twice the size asked for.
  /// - Throws: ``DatasetError`` with the library's reason, `name` first; a file that ends too early is
  ///   an error, other warnings are not.
  static func decode(_ data: Data, name: String, covering size: ImageSize? = nil) throws(DatasetError) -> PixelImages {
    guard let decoder = tjInitDecompress() else { throw DatasetError("\(name): the JPEG decoder does not start") }
    defer { tjDestroy(decoder) }
    // The decoder keeps no address between its calls, but all of them read the file's bytes.
    let decoded: Result<PixelImages, DatasetError> = data.withUnsafeBytes { source in
      do throws(DatasetError) {
        return .success(try decode(source, by: decoder, name: name, covering: size))
      } catch {
        return .failure(error)
      }
    }
    return try decoded.get()
  }

  /// The size in the header; nil where that is broken.
  static func size(_ data: Data) -> ImageSize? {
    guard let decoder = tjInitDecompress() else { return nil }
    defer { tjDestroy(decoder) }
    return data.withUnsafeBytes { source in
      let bytes = source.bindMemory(to: UInt8.self).baseAddress
      var (width, height, subsampling, colourSpace): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
      let status = tjDecompressHeader3(
        decoder, bytes, UInt(source.count), &width, &height, &subsampling, &colourSpace)
      return status == 0 ? ImageSize(height: Int(height), width: Int(width)) : nil
    }
  }

  private static func decode(
    _ source: UnsafeRawBufferPointer, by decoder: tjhandle, name: String, covering size: ImageSize?
  ) throws(DatasetError) -> PixelImages {
    let (bytes, byteCount) = (source.bindMemory(to: UInt8.self).baseAddress, UInt(source.count))
    var (width, height, subsampling, colourSpace): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    guard tjDecompressHeader3(decoder, bytes, byteCount, &width, &height, &subsampling, &colourSpace) == 0 else {
      throw failure(decoder, name)
    }
    guard width > 0, height > 0 else {
      throw DatasetError("\(name) is a broken JPEG (it ends within its header): replace or remove it")
    }
    // Six blocks of 16×16 pixels take at least a bit each, but for scans that leave blocks out.
    try ImageFile.checkSize(
      width: Int(width), height: Int(height), byteCount: source.count, mostPerByte: 8 * 256, name: name)
    let divisor = size.map { largestDivisor(height: Int(height), width: Int(width), covering: $0) } ?? 1
    // As the library rounds.
    (width, height) = ((width + divisor - 1) / divisor, (height + divisor - 1) / divisor)
    let isInk = [Int32(TJCS_CMYK.rawValue), Int32(TJCS_YCCK.rawValue)].contains(colourSpace)
    var pixels = [UInt8](repeating: 0, count: Int(width) * Int(height) * (isInk ? 4 : 3))
    let status = tjDecompress2(
      decoder, bytes, byteCount, &pixels, width, 0, height, Int32((isInk ? TJPF_CMYK : TJPF_RGB).rawValue),
      TJFLAG_ACCURATEDCT)
    if status != 0,
      tjGetErrorCode(decoder) != Int32(TJERR_WARNING.rawValue) || reason(decoder).contains("Premature end")
    {
      throw failure(decoder, name)
    }
    if isInk { pixels = colours(ofInks: pixels, areInverted: isAdobe(source)) }
    return try PixelImages(bytes: pixels, count: 1, height: Int(height), width: Int(width), channels: 3)
  }

  private static func largestDivisor(height: Int, width: Int, covering size: ImageSize) -> Int32 {
    [8, 4, 2].first { height / $0 >= 2 * size.height && width / $0 >= 2 * size.width }.map(Int32.init) ?? 1
  }

  /// Red, green and blue of cyan, magenta, yellow and black, without a profile: what each ink leaves of the light.
  /// - Parameter areInverted: Whether 255 means no ink.
  private static func colours(ofInks inks: [UInt8], areInverted: Bool) -> [UInt8] {
    var colours = [UInt8](repeating: 0, count: inks.count / 4 * 3)
    for pixel in 0..<inks.count / 4 {
      let black = areInverted ? Int(inks[pixel * 4 + 3]) : 255 - Int(inks[pixel * 4 + 3])
      for colour in 0..<3 {
        let ink = Int(inks[pixel * 4 + colour])
        colours[pixel * 3 + colour] = UInt8(((areInverted ? ink : 255 - ink) * black + 127) / 255)
      }
    }
    return colours
  }

  /// Whether the file has Adobe's marker: its programs store inks inverted.
  private static func isAdobe(_ source: UnsafeRawBufferPointer) -> Bool {
    var place = 2
    while place + 9 <= source.count, source[place] == 0xff, source[place + 1] != 0xda {
      if source[place + 1] == 0xee, source[(place + 4)..<(place + 9)].elementsEqual("Adobe".utf8) { return true }
      place += 2 + Int(source[place + 2]) << 8 + Int(source[place + 3])
    }
    return false
  }

  private static func reason(_ decoder: tjhandle) -> String {
    tjGetErrorStr2(decoder).map { String(cString: $0) } ?? "unknown reason"
  }

  private static func failure(_ decoder: tjhandle, _ name: String) -> DatasetError {
    DatasetError("\(name) is a broken JPEG (\(reason(decoder))): replace or remove it")
  }
}
