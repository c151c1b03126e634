import CSparringTurboJPEG
import Foundation

extension PictureFormat {
  /// JPEG files, through libjpeg-turbo.
  static let jpeg = PictureFormat(
    name: "JPEG", endings: ["jpg", "jpeg", "jpe", "jfif"], isBegunBy: { $0.starts(with: [0xff, 0xd8, 0xff]) },
    decode: { bytes, name, size throws(DatasetError) in
      let orientation = Orientation(exif: bytes)
      let stored = size.map { orientation.swapsSides ? ImageSize(height: $0.width, width: $0.height) : $0 }
      return try JPEG.decode(bytes, name: name, covering: stored).turned(orientation)
    },
    storedSize: { bytes in
      guard let size = JPEG.size(bytes) else { return nil }
      return Orientation(exif: bytes).swapsSides ? ImageSize(height: size.width, width: size.height) : size
    })
}

/// JPEG files through libjpeg-turbo.
enum JPEG {
  /// A JPEG as 8-bit red, green and blue, as it is stored.
  /// - Parameter size: The size that it will be brought to; a picture that is far larger is decoded at an eighth, a
  ///   quarter or half of its size, at least twice the size asked for.
  /// - Throws: ``DatasetError`` with the library's reason, `name` first, also for damage that it would only
  ///   warn of.
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
    return data.withUnsafeBytes { source in try? header(source, by: decoder, name: "").size }
  }

  private static func decode(
    _ source: UnsafeRawBufferPointer, by decoder: tjhandle, name: String, covering size: ImageSize?
  ) throws(DatasetError) -> PixelImages {
    let (bytes, byteCount) = (source.bindMemory(to: UInt8.self).baseAddress, UInt(source.count))
    let (stored, isInk) = try header(source, by: decoder, name: name)
    // Six blocks of 16×16 pixels take at least a bit each, but for scans that leave blocks out.
    try ImageFile.checkSize(
      width: stored.width, height: stored.height, byteCount: source.count, mostPerByte: 8 * 256, name: name)
    try JPEGScans.check(source, of: stored, name: name)
    let divisor = size.map { largestDivisor(height: stored.height, width: stored.width, covering: $0) } ?? 1
    // As the library rounds.
    let (width, height) = ((stored.width + divisor - 1) / divisor, (stored.height + divisor - 1) / divisor)
    var pixels = [UInt8](repeating: 0, count: width * height * (isInk ? 4 : 3))
    try tolerating(decoder, name) { flags in
      tjDecompress2(
        decoder, bytes, byteCount, &pixels, Int32(width), 0, Int32(height),
        Int32((isInk ? TJPF_CMYK : TJPF_RGB).rawValue), TJFLAG_ACCURATEDCT | flags)
    }
    if isInk { pixels = colours(ofInks: pixels, areInverted: isAdobe(source)) }
    return try PixelImages(bytes: pixels, count: 1, height: height, width: width, channels: 3)
  }

  private static func header(
    _ source: UnsafeRawBufferPointer, by decoder: tjhandle, name: String
  ) throws(DatasetError) -> (size: ImageSize, isInk: Bool) {
    var (width, height, subsampling, colourSpace): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    try tolerating(decoder, name) { _ in
      tjDecompressHeader3(
        decoder, source.bindMemory(to: UInt8.self).baseAddress, UInt(source.count), &width, &height, &subsampling,
        &colourSpace)
    }
    guard width > 0, height > 0 else {
      throw DatasetError("\(name) is a broken JPEG (it ends within its header): replace or remove it")
    }
    let inks = [Int32(TJCS_CMYK.rawValue), Int32(TJCS_YCCK.rawValue)]
    return (ImageSize(height: Int(height), width: Int(width)), inks.contains(colourSpace))
  }

  /// Calls the library so that its first warning ends it, for after a warning it no longer tells an error from one. A
  /// warning that costs no pixel is then let pass, if it is the only one.
  private static func tolerating(
    _ decoder: tjhandle, _ name: String, _ call: (_ flags: Int32) -> Int32
  ) throws(DatasetError) {
    if call(TJFLAG_STOPONWARNING) == 0 { return }
    let first = reason(decoder)
    guard harmlessWarnings.contains(where: first.contains) else { throw failure(decoder, name) }
    // The last message stays: another one than the first is another warning, or an error.
    if call(0) != 0, reason(decoder) != first { throw failure(decoder, name) }
  }

  /// Bytes between the picture and the file's end, a later version of the header, and a colour transform that nobody knows.
  private static let harmlessWarnings = [
    "extraneous bytes before marker 0xd9", "unknown JFIF revision", "Unknown Adobe color transform",
  ]

  private static func largestDivisor(height: Int, width: Int, covering size: ImageSize) -> Int {
    [8, 4, 2].first { height / $0 >= 2 * size.height && width / $0 >= 2 * size.width } ?? 1
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
