import Foundation
import SparringTorch
import Testing

@testable import SparringDatasets

/// Files that other programs wrote (`Scripts/fixtures/make_picture_fixtures.py`): red, green, blue and white quarters.
@Suite("Formats of pictures")
struct PictureFormatTests {
  private static let quarters: [[Int]] = [[220, 20, 20], [20, 200, 20], [20, 20, 220], [255, 255, 255]]

  private func path(_ name: String) throws -> String {
    try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil)).path
  }

  /// The colours in the middle of the quarters, row by row.
  private func quarters(_ picture: PixelImages) -> [[Int]] {
    [(4, 6), (4, 18), (12, 6), (12, 18)].map { row, column in
      (0..<3).map { Int(picture.bytes[(row * picture.width + column) * 3 + $0]) }
    }
  }

  private func expectQuarters(_ name: String, within tolerance: Int, _ expected: [[Int]] = quarters) throws {
    let picture = try ImageFile.decode(path(name))
    #expect((picture.height, picture.width) == (16, 24), "\(name)")
    for (found, colour) in zip(quarters(picture), expected) {
      #expect(zip(found, colour).allSatisfy { abs($0 - $1) <= tolerance }, "\(name): \(found), not \(colour)")
    }
  }

  @Test(arguments: ["lossless.webp", "plain.bmp", "palette.bmp", "deflated.tiff", "lzw.tif", "animated.gif"])
  func picturesWithoutLossAreTheSame(name: String) throws { try expectQuarters(name, within: 1) }

  @Test func aLossyOneIsNearlyTheSame() throws { try expectQuarters("lossy.webp", within: 12) }

  @Test func whatIsTransparentShowsWhite() throws {
    let white = [255, 255, 255]
    try expectQuarters("alpha.webp", within: 1, [Self.quarters[0], white, Self.quarters[2], white])
  }

  /// Adobe's inks are stored inverted; without a profile each takes its share of the light.
  @Test func inksBecomeColours() throws { try expectQuarters("inks.jpg", within: 6) }

  @Test func sixteenBitsBecomeEight() throws {
    let picture = try ImageFile.decode(path("grey16.tif"))
    #expect(quarters(picture).map { $0[0] } == [220, 20, 20, 255])
  }

  /// However the camera was held, the picture stands upright.
  @Test(arguments: 2...8)
  func picturesStandUpright(orientation: Int) throws { try expectQuarters("held-\(orientation).jpg", within: 12) }

  @Test func whatIsNotReadIsNamed() throws {
    let folder = try TemporaryFolder()
    let phone = try folder.write([0, 0, 0, 24], to: "phone.heic")
    #expect(
      message { _ = try ImageFile.decode(phone) }.contains("phone.heic is HEIC (PNG, JPEG, WebP, BMP, GIF, TIFF)"))
    let broken = try folder.write(Array("GIF89a".utf8), to: "short.gif")
    #expect(message { _ = try ImageFile.decode(broken) }.contains("short.gif is a broken GIF ("))
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path("lossless.webp"))))
    let cut = try folder.write(Array(whole.prefix(whole.count / 2)), to: "cut.webp")
    #expect(message { _ = try ImageFile.decode(cut) }.contains("cut.webp is a broken WebP ("))
  }

  /// A picture far larger than asked for is decoded smaller, and comes out as if it were not.
  @Test func aLargeJPEGIsDecodedSmaller() throws {
    let size = ImageSize(8)
    let large = try ImageFile.decode(path("held-6.jpg"), covering: ImageSize(height: 4, width: 6))
    #expect((large.height, large.width) == (8, 12))
    #expect(try ImageFile.decode(path("held-6.jpg"), covering: size).width == 24)
  }

  @Test func aPictureOfAnotherShapeIsCroppedPaddedOrStretched() throws {
    // 16×24 to 8×8: cropped, the middle columns; padded, 5 rows of picture; stretched, all of it.
    func pixels(_ fit: PictureFit) throws -> [[Int]] {
      let bytes = try ImageFile.fitted(path("plain.bmp"), size: 8, channels: 3, fit: fit).integers()
      return [0, 1, 5, 7].map { row in
        [0, 7].map { column in bytes[row * 8 + column] }
      }
    }
    #expect(try pixels(.crop)[0] == [220, 20], "red, then green")
    #expect(try pixels(.pad)[0] == [128, 128], "mid-grey above")
    #expect(try pixels(.pad)[3] == [128, 128], "and below")
    #expect(try pixels(.pad)[1] == [220, 20] && pixels(.pad)[2] == [20, 255])
    #expect(try pixels(.stretch)[0] == [220, 20] && pixels(.stretch)[3] == [20, 255])
    #expect(throws: DatasetError.self) { try ImageFile.fitted(path("plain.bmp"), size: 0, channels: 3) }
  }
}
