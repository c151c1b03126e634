internal import Foundation

/// Writes the event files that TensorBoard reads: TFRecord frames around `Event` messages in protobuf's
/// wire format (tensorflow/core/util/event.proto), a handful of fields, so no library is worth its weight.
final class TensorBoardWriter {
  private let url: URL
  private let file: FileHandle

  /// Starts a new event file. One that goes on after a checkpoint says so, and TensorBoard forgets what
  /// earlier files hold of later steps.
  init(in folder: URL, continuingAfter step: Int?, date: Date) throws(ReportingError) {
    let name = "events.out.tfevents.\(Int(date.timeIntervalSince1970)).sparring"
    var url = folder.appendingPathComponent(name)
    var count = 1
    while FileManager.default.fileExists(atPath: url.path) {
      count += 1
      url = folder.appendingPathComponent("\(name).\(count)")
    }
    self.url = url
    try replace(url, with: Data())
    do {
      file = try FileHandle(forWritingTo: url)
    } catch {
      throw ReportingError("open", url, error)
    }
    try append(TensorBoardEvent(date: date, step: 0, content: .fileVersion("brain.Event:2")))
    if let step { try append(TensorBoardEvent(date: date, step: step + 1, content: .sessionStart)) }
  }

  deinit { try? file.close() }

  func append(_ event: TensorBoardEvent) throws(ReportingError) {
    do {
      try file.write(contentsOf: TFRecord.frame(event.encoded()))
    } catch {
      throw ReportingError("write", url, error)
    }
  }
}

/// One `Event` message.
struct TensorBoardEvent {
  enum Content {
    case fileVersion(String)
    case sessionStart
    case scalars([(tag: String, value: Double)])
    case image(tag: String, png: Data, width: Int, height: Int, channels: Int)
  }

  let date: Date
  let step: Int
  let content: Content

  /// Field numbers: Event { 1 wall_time, 2 step, 3 file_version, 5 summary, 7 session_log }.
  func encoded() -> Data {
    var event = ProtobufMessage()
    event.double(1, date.timeIntervalSince1970)
    event.integer(2, step)
    switch content {
    case .fileVersion(let version):
      event.bytes(3, Data(version.utf8))
    case .sessionStart:
      event.message(7) { $0.integer(1, 1) }  // SessionLog { 1 status = START }
    case .scalars(let scalars):
      event.message(5) { summary in
        for (tag, value) in scalars {
          summary.message(1) {  // Value { 1 tag, 2 simple_value, 4 image }
            $0.bytes(1, Data(tag.utf8))
            $0.float(2, Float(value))
          }
        }
      }
    case .image(let tag, let png, let width, let height, let channels):
      event.message(5) {
        $0.message(1) {
          $0.bytes(1, Data(tag.utf8))
          $0.message(4) {  // Image { 1 height, 2 width, 3 colorspace, 4 encoded_image_string }
            $0.integer(1, height)
            $0.integer(2, width)
            $0.integer(3, channels)
            $0.bytes(4, png)
          }
        }
      }
    }
    return event.data
  }
}

/// TFRecord's frame: length, checksum of the length, data, checksum of the data; all little-endian.
enum TFRecord {
  static func frame(_ data: Data) -> Data {
    let length = withUnsafeBytes(of: UInt64(data.count).littleEndian) { Data($0) }
    return length + maskedChecksum(length) + data + maskedChecksum(data)
  }

  private static func maskedChecksum(_ data: Data) -> Data {
    let checksum = crc32c(data)
    let masked = (checksum >> 15 | checksum << 17) &+ 0xa282_ead8
    return withUnsafeBytes(of: masked.littleEndian) { Data($0) }
  }

  /// The Castagnoli cyclic redundancy check (reflected polynomial 0x82F63B78).
  static func crc32c(_ data: Data) -> UInt32 {
    ~data.reduce(~0) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? 0x82f6_3b78 ^ value >> 1 : value >> 1 }
  }
}
