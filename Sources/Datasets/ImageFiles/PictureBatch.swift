import Foundation
public import SparringTorch

/// Picture files brought to one size, decoded on all cores; those that cannot be read are told apart.
public struct PictureBatch {
  /// `[M, channels, height, width]` of `uint8`, those that could be read, in the order of the files.
  public let pixels: Tensor
  /// The places of those M files among the files.
  public let read: [Int]
  /// What is wrong with the others, in their order.
  public let failures: [DatasetError]

  /// - Parameters:
  ///   - paths: At most some thousands at once: all of their pixels are kept.
  ///   - channels: 3, or 1 for grey.
  /// - Throws: ``DatasetError`` for a size that no picture can be brought to.
  public init(_ paths: [String], size: ImageSize, channels: Int, fit: PictureFit = .crop) throws {
    guard size.height > 0, size.width > 0, channels == 1 || channels == 3 else {
      throw DatasetError("pictures of \(size) pixels with \(channels) channels: choose at least 1 pixel, and 1 or 3")
    }
    let decoding = PictureDecoding(size: size, channels: channels, fit: fit, skipsUnreadable: true)
    let outcome = try decoding.decode(paths) { _, _ in }
    (pixels, read, failures) = (outcome.pixels, outcome.read, outcome.failures)
  }

  /// The picture files below a folder, by name, and the other files there.
  /// - Throws: ``DatasetError`` when the folder cannot be read.
  public static func files(below folder: String) throws(DatasetError) -> (pictures: [String], others: [LeftOutFile]) {
    let scan = try FolderScan.all(below: folder)
    return (scan.pictures, scan.leftOut)
  }

  /// Whether a file's first bytes are those of a picture that can be read.
  public static func isPicture(_ bytes: [UInt8]) -> Bool { PictureFormat.of(Data(bytes)) != nil }
}
