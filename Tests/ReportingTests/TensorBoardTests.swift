import Foundation
import Testing

@testable import SparringReporting

@Suite("TensorBoard's event files")
struct TensorBoardTests {
  @Test("the Castagnoli checksum's standard check value, and RFC 3720's examples")
  func checksum() {
    #expect(TFRecord.crc32c(Data("123456789".utf8)) == 0xe306_9283)
    #expect(TFRecord.crc32c(Data(repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(TFRecord.crc32c(Data(repeating: 0xff, count: 32)) == 0x62a8_ab43)
  }

  @Test("a scalar's message, byte by byte")
  func scalar() {
    let event = TensorBoardEvent(
      date: Date(timeIntervalSince1970: 1), step: 300, content: .scalars([("a", 0.5)]))
    #expect(
      [UInt8](event.encoded()) == [
        0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f,  // 1: wall_time 1.0
        0x10, 0xac, 0x02,  // 2: step 300
        0x2a, 0x0a,  // 5: summary, 10 bytes
        0x0a, 0x08,  // 1: value, 8 bytes
        0x0a, 0x01, 0x61,  // 1: tag "a"
        0x15, 0, 0, 0, 0x3f,  // 2: simple_value 0.5
      ])
  }

  @Test("a frame is length, checksum, data, checksum")
  func frame() {
    let frame = [UInt8](TFRecord.frame(Data("123456789".utf8)))
    #expect(frame.count == 8 + 4 + 9 + 4)
    #expect(Array(frame[..<8]) == [9, 0, 0, 0, 0, 0, 0, 0])
    #expect(Array(frame[12..<21]) == Array("123456789".utf8))
    // 0xE3069283 rotated right by 15 is 0x2507C60D; plus 0xA282EAD8.
    #expect(Array(frame[21...]) == [0xe5, 0xb0, 0x8a, 0xc7])
  }
}
