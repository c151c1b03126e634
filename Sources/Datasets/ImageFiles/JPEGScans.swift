/// How often a JPEG's decoder has to go over the whole picture.
enum JPEGScans {
  /// Programs write about ten.
  private static let mostScans = 100
  /// Ten scans of the largest picture take some seconds.
  private static let mostPixels = 3 << 30

  /// Counts a file's scans without decoding them.
  /// - Throws: ``DatasetError`` before a file of many scans costs minutes.
  static func check(_ bytes: UnsafeRawBufferPointer, of size: ImageSize, name: String) throws(DatasetError) {
    let scans = count(bytes)
    guard scans <= mostScans, scans * size.height * size.width <= mostPixels else {
      throw DatasetError(
        "\(name) is a JPEG of \(scans) scans of \(size.width)×\(size.height) pixels, which would take too long: save it as "
          + "an ordinary one")
    }
  }

  /// Walks from marker to marker: segments are leapt over, and within a scan's data no marker begins but by accident of
  /// damage.
  static func count(_ bytes: UnsafeRawBufferPointer) -> Int {
    var (scans, place) = (0, 2)
    while place + 3 < bytes.count {
      let marker = bytes[place + 1]
      guard bytes[place] == 0xff, marker != 0, marker != 0xff, !(0xd0...0xd8).contains(marker) else {
        place += 1
        continue
      }
      if marker == 0xd9 { break }
      if marker == 0xda { scans += 1 }
      place += 2 + max(2, Int(bytes[place + 2]) << 8 | Int(bytes[place + 3]))
    }
    return scans
  }
}
