package import Foundation

/// The few wire types of protobuf that event files and ONNX need.
package struct ProtobufMessage {
  /// The bytes so far.
  package private(set) var data = Data()

  /// Without fields.
  package init() {}

  /// A varint: integers, truth values and enumerations.
  package mutating func integer(_ field: Int, _ value: Int) {
    varint(UInt64(field << 3))
    varint(UInt64(bitPattern: Int64(value)))
  }

  /// Eight bytes.
  package mutating func double(_ field: Int, _ value: Double) {
    varint(UInt64(field << 3 | 1))
    append(value.bitPattern)
  }

  /// Four bytes.
  package mutating func float(_ field: Int, _ value: Float) {
    varint(UInt64(field << 3 | 5))
    append(value.bitPattern)
  }

  /// Bytes, or text in UTF-8.
  package mutating func bytes(_ field: Int, _ value: Data) {
    varint(UInt64(field << 3 | 2))
    varint(UInt64(value.count))
    data += value
  }

  /// A message within the message.
  package mutating func message(_ field: Int, _ build: (inout ProtobufMessage) -> Void) {
    var inner = ProtobufMessage()
    build(&inner)
    bytes(field, inner.data)
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      data.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    data.append(UInt8(rest))
  }

  private mutating func append(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
  }
}
