public import Foundation

extension PixelImages {
  /// The images one after another, for ever, as an animated PNG (Portable Network Graphics specification, third edition,
  /// clause 11.3.6), which browsers play; a program that knows no animation shows the first.
  ///
  /// - Parameter framesPerSecond: From 1 to 100.
  /// - Throws: ``DatasetError`` without images, or for a pace out of range.
  public func animatedPNG(framesPerSecond: Int) throws(DatasetError) -> Data {
    guard count > 0, (1...100).contains(framesPerSecond) else {
      throw DatasetError("\(count) images at \(framesPerSecond) a second are no animation: use 1 to 100 a second")
    }
    var file = Data(PNGChunks.signature)
    var sequence: UInt32 = 0
    for index in 0..<count {
      let size = height * width * channels
      let frame = try PixelImages(
        bytes: Array(bytes[index * size..<(index + 1) * size]), count: 1, height: height, width: width,
        channels: channels)
      // fcTL: sequence, width, height, no offset, delay in parts of a second, and nothing kept of the frame before.
      let control =
        Self.bytes([sequence, UInt32(width), UInt32(height), 0, 0])
        + Data([0, 1, 0, UInt8(framesPerSecond), 0, 0])
      sequence += 1
      var isControlled = false
      for (kind, content) in try PNGChunks.chunks(ofOwn: frame.png()) {
        switch kind {
        case "IEND": break
        case "IDAT":
          if !isControlled { file += PNGChunks.chunk("fcTL", control) }
          isControlled = true
          if index == 0 {
            file += PNGChunks.chunk("IDAT", content)
          } else {
            file += PNGChunks.chunk("fdAT", Self.bytes([sequence]) + content)
            sequence += 1
          }
        case "IHDR" where index == 0:
          // acTL: how many frames, and that they are played for ever.
          file += PNGChunks.chunk("IHDR", content) + PNGChunks.chunk("acTL", Self.bytes([UInt32(count), 0]))
        default: if index == 0 { file += PNGChunks.chunk(kind, content) }
        }
      }
    }
    return file + PNGChunks.chunk("IEND", Data())
  }

  /// Each number in four bytes, the highest first.
  private static func bytes(_ numbers: [UInt32]) -> Data {
    Data(numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } })
  }
}

extension PNGChunks {
  /// Kind and content of each chunk of a file that this program wrote.
  static func chunks(ofOwn png: Data) -> [(kind: String, content: Data)] {
    let data = Data(png)
    var (found, place): ([(kind: String, content: Data)], Int) = ([], signature.count)
    while place + 12 <= data.count {
      let length = Int(word(data, at: place))
      let kind = String(decoding: data[place + 4..<place + 8], as: UTF8.self)
      found.append((kind, Data(data[place + 8..<place + 8 + length])))
      place += 12 + length
    }
    return found
  }

  /// A chunk with its length and checksum.
  static func chunk(_ kind: String, _ content: Data) -> Data {
    func word(_ number: UInt32) -> Data { Data((0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }) }
    let body = Data(kind.utf8) + content
    return word(UInt32(content.count)) + body + word(checksum(body))
  }
}
