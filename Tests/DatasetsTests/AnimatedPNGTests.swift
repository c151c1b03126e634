import Foundation
import Testing

@testable import SparringDatasets

@Suite struct AnimatedPNGs {
  /// Three frames of 2×3 pixels: black, grey, white.
  private static func film(channels: Int) throws -> PixelImages {
    let size = 6 * channels
    return try PixelImages(
      bytes: [0, 128, 255].flatMap { [UInt8](repeating: $0, count: size) }, count: 3, height: 2, width: 3,
      channels: channels)
  }

  @Test(arguments: [1, 3]) func chunksAreInOrderAndNumbered(channels: Int) throws {
    let file = try Self.film(channels: channels).animatedPNG(framesPerSecond: 12)
    let chunks = PNGChunks.chunks(ofOwn: file)
    let kinds = chunks.map(\.kind).filter { ["IHDR", "acTL", "fcTL", "IDAT", "fdAT", "IEND"].contains($0) }
    #expect(kinds == ["IHDR", "acTL", "fcTL", "IDAT", "fcTL", "fdAT", "fcTL", "fdAT", "IEND"])
    #expect(chunks.first { $0.kind == "acTL" }?.content == Data([0, 0, 0, 3, 0, 0, 0, 0]))
    let numbers = chunks.filter { ["fcTL", "fdAT"].contains($0.kind) }.map { PNGChunks.word($0.content, at: 0) }
    #expect(numbers == [0, 1, 2, 3, 4])
    let control = try #require(chunks.first { $0.kind == "fcTL" }).content
    #expect(control.dropFirst(4) == Data([0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 12, 0, 0]))
  }

  /// Programs that know no animation show the first frame, and each frame is the picture that went in.
  @Test func framesAreWhatTheyWere() throws {
    let film = try Self.film(channels: 3)
    let file = try film.animatedPNG(framesPerSecond: 12)
    #expect(try PNG.decode(file, name: "film").bytes == Array(film.bytes.prefix(18)))
    let chunks = PNGChunks.chunks(ofOwn: file)
    let header = try #require(chunks.first { $0.kind == "IHDR" }).content
    for (index, data) in chunks.filter({ $0.kind == "fdAT" }).enumerated() {
      let alone =
        Data(PNGChunks.signature) + PNGChunks.chunk("IHDR", header) + PNGChunks.chunk("IDAT", data.content.dropFirst(4))
        + PNGChunks.chunk("IEND", Data())
      #expect(try PNG.decode(alone, name: "frame").bytes == Array(film.bytes[18 * (index + 1)..<18 * (index + 2)]))
    }
    #expect(throws: DatasetError.self) { try film.animatedPNG(framesPerSecond: 0) }
  }
}
