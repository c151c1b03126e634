import CSparringExif
import Foundation

/// How a camera was held, as EXIF says: what has to be done to the stored pixels so that the picture stands upright.
enum Orientation: Int {
  case upright = 1
  case mirrored, turnedHalf, flipped, transposed, turnedRight, transverse, turnedLeft

  /// What EXIF data say; upright where they say nothing.
  /// - Parameter exif: A whole JPEG, or `Exif`, two zeros, and the data.
  init(exif: Data) {
    self = exif.withUnsafeBytes { bytes in
      let start = bytes.bindMemory(to: UInt8.self).baseAddress
      guard let data = exif_data_new_from_data(start, UInt32(clamping: bytes.count)) else { return .upright }
      defer { exif_data_unref(data) }
      // The first directory describes the picture itself, the others its thumbnail and the camera.
      guard let entry = exif_content_get_entry(data.pointee.ifd.0, EXIF_TAG_ORIENTATION),
        entry.pointee.format == EXIF_FORMAT_SHORT, entry.pointee.components == 1, entry.pointee.size >= 2
      else { return .upright }
      let value = exif_get_short(entry.pointee.data, exif_data_get_byte_order(data))
      return Orientation(rawValue: Int(value)) ?? .upright
    }
  }

  /// Whether width and height change places.
  var swapsSides: Bool { rawValue >= 5 }
}

extension PixelImages {
  /// A picture as it was seen, from its pixels as they were stored.
  func turned(_ orientation: Orientation) throws(DatasetError) -> PixelImages {
    guard orientation != .upright, count == 1 else { return self }
    let swaps = orientation.swapsSides
    let (newHeight, newWidth) = swaps ? (width, height) : (height, width)
    var turned = [UInt8](repeating: 0, count: bytes.count)
    for row in 0..<newHeight {
      for column in 0..<newWidth {
        // Where the pixel comes from.
        let (fromRow, fromColumn) =
          switch orientation {
          case .upright: (row, column)
          case .mirrored: (row, width - 1 - column)
          case .turnedHalf: (height - 1 - row, width - 1 - column)
          case .flipped: (height - 1 - row, column)
          case .transposed: (column, row)
          case .turnedRight: (height - 1 - column, row)
          case .transverse: (height - 1 - column, width - 1 - row)
          case .turnedLeft: (column, width - 1 - row)
          }
        let (from, to) = ((fromRow * width + fromColumn) * channels, (row * newWidth + column) * channels)
        for channel in 0..<channels { turned[to + channel] = bytes[from + channel] }
      }
    }
    return try PixelImages(bytes: turned, count: 1, height: newHeight, width: newWidth, channels: channels)
  }
}
