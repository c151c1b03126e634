import CSparringTurboJPEG
import CSparringZlib
import Foundation
import Testing

@testable import SparringDatasets

/// Picture files that are damaged, or made to cost much.
@Suite("Hostile picture files")
struct HostilePictureTests {
  private func decode(_ file: [UInt8]) throws -> PixelImages {
    let folder = try TemporaryFolder()
    return try ImageFile.decode(folder.write(file, to: "picture"))
  }

  /// A picture with detail in it, so that damage shows.
  private func jpeg(progressive: Bool, side: Int = 96) throws -> [UInt8] {
    let encoder = try #require(tjInitCompress())
    defer { tjDestroy(encoder) }
    let pixels = (0..<side * side * 3).map { UInt8(truncatingIfNeeded: ($0 * 7) ^ ($0 / 97)) }
    var (buffer, size): (UnsafeMutablePointer<UInt8>?, UInt) = (nil, 0)
    let status = tjCompress2(
      encoder, pixels, Int32(side), 0, Int32(side), Int32(TJPF_RGB.rawValue), &buffer, &size,
      Int32(TJSAMP_420.rawValue), 80,
      progressive ? TJFLAG_PROGRESSIVE : 0)
    #expect(status == 0)
    defer { tjFree(buffer) }
    return [UInt8](UnsafeBufferPointer(start: buffer, count: Int(size)))
  }

  /// After a warning the library calls an error a warning, too, and leaves the picture black.
  @Test func aDamagedProgressiveJPEGIsNoBlackPicture() throws {
    let whole = try jpeg(progressive: true)
    #expect(try decode(whole).bytes.contains { $0 > 0 })
    var accepted = 0
    for place in stride(from: 200, to: whole.count - 2, by: 23) {
      var damaged = whole
      damaged[place] ^= 0xff
      guard let picture = try? decode(damaged) else { continue }
      accepted += 1
      #expect(picture.bytes.contains { $0 > 0 }, "black after damage at byte \(place)")
    }
    #expect(accepted < whole.count / 23)
    for length in [whole.count / 3, whole.count / 2, whole.count - 40] {
      #expect(message { _ = try decode(Array(whole.prefix(length))) }.contains("is a broken JPEG"))
    }
  }

  @Test func whatCostsNoPixelIsNoDamage() throws {
    // Some cameras pad the data before the end marker.
    let whole = try jpeg(progressive: false)
    let padded = whole.dropLast(2) + [0, 0, 0, 0] + whole.suffix(2)
    #expect(try decode(Array(padded)).bytes == decode(whole).bytes)
  }

  @Test func aJPEGOfManyScansIsRefusedBeforeItIsDecoded() throws {
    let whole = try jpeg(progressive: true, side: 16)
    let scan = try #require(whole.indices.dropLast().last { whole[$0] == 0xff && whole[$0 + 1] == 0xda })
    let last = Array(whole[scan..<whole.count - 2])
    let many = whole.dropLast(2) + (0..<150).flatMap { _ in last } + whole.suffix(2)
    #expect(message { _ = try decode(Array(many)) }.contains("scans of 16×16 pixels, which would take too long"))
    let scans = whole.withUnsafeBytes(JPEGScans.count)
    #expect((2...30).contains(scans), "\(scans)")
  }

  @Test func aPNGThatEndsEarlyOrHasAWrongChecksumIsRefused() throws {
    let whole = PNGWriter.file(width: 2, colour: 2, lines: [[1, 2, 3, 4, 5, 6]])
    for length in 8..<whole.count {
      #expect(message { _ = try decode(Array(whole.prefix(length))) }.contains("it ends"), "\(length) bytes")
    }
    // The last chunk but one holds the pixels; its checksum stands before the twelve bytes of the end.
    var damaged = whole
    damaged[whole.count - 13] ^= 1
    #expect(message { _ = try decode(damaged) }.contains("the checksum of its IDAT chunk is wrong"))
  }

  @Test func aPNGsTextsAreNotRead() throws {
    let whole = PNGWriter.file(width: 2, colour: 2, lines: [[1, 2, 3, 4, 5, 6]])
    func chunk(_ kind: String, _ data: [UInt8], length: Int? = nil) -> [UInt8] {
      let count = length ?? data.count
      let body = Array(kind.utf8) + data
      let sum = UInt32(truncatingIfNeeded: crc32_z(0, body, body.count))
      func word(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
      return word(count) + body + word(Int(sum))
    }
    let header = Array(whole.prefix(33))
    let rest = Array(whole.dropFirst(33))
    // What does not unpack would be an error if it were read.
    let text = chunk("zTXt", Array("Comment\0\0nonsense".utf8))
    #expect(try decode(header + text + rest).bytes == [1, 2, 3, 4, 5, 6])
    let huge = chunk("tEXt", [], length: Int(Int32.max))
    #expect(message { _ = try decode(header + huge) }.contains("it ends within a chunk"))
    // A picture that was held sideways.
    let exif: [UInt8] = Array("MM\0*".utf8) + [0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]
    let turned = try decode(header + chunk("eXIf", exif) + rest)
    #expect((turned.height, turned.width) == (2, 1))
  }

  @Test func sizesBeyondTheLimitAreRefusedAndTheLimitCanBeRaised() throws {
    let big = PNGWriter.file(width: 16_384, bitDepth: 1, colour: 0, lines: [[UInt8]](repeating: [0, 0], count: 16_384))
    #expect(message { _ = try decode(big) }.contains("SPARRING_MAXIMUM_PIXELS"))
    #expect(ReadingLimits(["SPARRING_MAXIMUM_PIXELS": "300000000"]).pixels == 300_000_000)
    #expect(ReadingLimits(["SPARRING_MAXIMUM_PIXELS": "-1"]).pixels == ReadingLimits().pixels)
    #expect(
      message { _ = try ImageFile.fitted("p", size: 20_000, channels: 3) }.contains("SPARRING_MAXIMUM_IMAGE_SIZE"))
    // A GIF's header alone would have the library take memory for its whole screen.
    let gif =
      Array("GIF89a".utf8) + [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0x2c, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 2, 1, 0]
    #expect(message { _ = try decode(gif) }.contains("claims 65535×65535 pixels"))
    let bmp =
      Array("BM".utf8) + [UInt8](repeating: 0, count: 8) + [
        54, 0, 0, 0, 40, 0, 0, 0, 0, 64, 0, 0, 0, 64, 0, 0, 1, 0, 24, 0,
      ]
      + [UInt8](repeating: 0, count: 24)
    #expect(message { _ = try decode(bmp) }.contains("claims 16384×16384 pixels"))
  }

  /// libarchive does not look at them.
  @Test func gzippedFilesMustGiveTheirChecksumAndLength() throws {
    let folder = try TemporaryFolder()
    let header: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2]
    let plain = try folder.write(header + (0..<12).map { UInt8($0) }, to: "images")
    #expect(try run("gzip", ["-k", plain]) == 0)
    let labels = try folder.write([0, 0, 8, 1, 0, 0, 0, 3, 0, 1, 2], to: "labels")
    let packed = [UInt8](try Data(contentsOf: URL(fileURLWithPath: plain + ".gz")))
    func load(_ file: [UInt8]) throws {
      _ = try IDX.load(images: folder.write(file, to: "x.gz"), labels: labels, name: "x", split: .train)
    }
    try load(packed)
    for place in packed.count - 8..<packed.count {
      var damaged = packed
      damaged[place] ^= 4
      #expect(message { try load(damaged) }.contains("fetch it again"), "byte \(place)")
    }
    #expect(message { try load(packed.dropLast(4)) }.contains("fetch it again"))
  }

  @Test(.timeLimit(.minutes(1))) func aPipeIsNotWaitedFor() throws {
    let folder = try TemporaryFolder()
    for name in ["p.png", "p.csv"] {
      #expect(mkfifo(folder.path + "/" + name, 0o600) == 0)
      #expect(message { _ = try ImageFile.decode(folder.path + "/" + name) }.contains("is a pipe"))
    }
    #expect(try PictureCheck(folder.path).unreadable.contains { "\($0)".contains("is a pipe") })
    #expect(throws: (any Error).self) { try DatasetSource(folder.path + "/p.csv") }
  }

  @Test func anEntryThatIsTooLongIsNotUnpacked() throws {
    let folder = try TemporaryFolder()
    try folder.write([UInt8](repeating: 0, count: 5000), to: "in/wanted.bin")
    #expect(try run("tar", ["-czf", "a.tar.gz", "-C", "in", "wanted.bin"], in: folder.path) == 0)
    #expect(
      message { try Archive.extract(["wanted.bin": 4999], from: folder.path + "/a.tar.gz", into: folder.path) }
        .contains(
          "has 5000 bytes, not 4999"))
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/wanted.bin"))
  }
}
