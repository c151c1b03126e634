import Foundation

/// A format of picture files: one value here and one line in ``all`` make it known everywhere.
struct PictureFormat: Sendable {
  /// As people call it, such as `JPEG`.
  let name: String
  /// The endings under which a folder's pictures are found, in lower case.
  let endings: [String]
  /// Whether a file that begins with these bytes is one.
  let isBegunBy: @Sendable (_ bytes: Data) -> Bool
  /// The picture in a file's bytes, 3 channels, upright.
  /// - `covering`: a size that the picture will be brought to; a decoder that can be quicker for it may return a smaller
  ///   picture, at least twice that size where the file has so much.
  let decode: @Sendable (_ bytes: Data, _ name: String, _ covering: ImageSize?) throws(DatasetError) -> PixelImages

  /// The picture in a file's bytes, 3 channels, upright, as it is without anything behind it, and how opaque each pixel is;
  /// nil for a format without transparency.
  var decodeTransparent:
    (@Sendable (_ bytes: Data, _ name: String) throws(DatasetError) -> (pixels: PixelImages, opacity: PixelImages))?

  /// How large the picture is, upright, where a decoder may return a smaller one; nil where it never does.
  var storedSize: (@Sendable (_ bytes: Data) -> ImageSize?)?

  /// Every format that can be read.
  static let all = [png, jpeg] + commonOnes

  /// The endings of all of them.
  static let endings = Set(all.flatMap(\.endings))

  /// Their names, for messages.
  static var names: String { all.map(\.name).joined(separator: ", ") }

  /// The format of a file by its first bytes; nil for no picture.
  static func of(_ bytes: Data) -> PictureFormat? { all.first { $0.isBegunBy(bytes) } }

  /// What an ending stands for that people have pictures in and this program does not read.
  static let unread = [
    "heic": "HEIC", "heif": "HEIF", "avif": "AVIF", "svg": "SVG", "psd": "a Photoshop file", "jp2": "JPEG 2000",
    "jxl": "JPEG XL", "raw": "a raw photograph", "dng": "a raw photograph", "cr2": "a raw photograph",
    "nef": "a raw photograph", "arw": "a raw photograph", "ico": "an icon", "ppm": "a portable pixmap",
    "pgm": "a portable greymap", "mov": "a film", "mp4": "a film", "pdf": "a PDF",
  ]
}
