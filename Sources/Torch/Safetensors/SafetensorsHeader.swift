import Foundation

/// The names, formats and places of the tensors in a file, as its header states and as checked
/// against the file's size.
struct SafetensorsHeader {
  struct Entry {
    let name: String
    let dtype: DType
    let shape: [Int]
    /// Bytes, counted from the end of the header.
    let range: Range<Int>
  }

  /// In the order of their bytes.
  let entries: [Entry]
  let metadata: [String: String]

  static let metadataKey = "__metadata__"
  /// A tenth of what the reference implementation lets pass: some hundred thousand tensors, read in a few seconds.
  static let largestSize = 10_000_000

  static let names: [(dtype: DType, name: String)] = [
    (.bool, "BOOL"), (.uint8, "U8"), (.int8, "I8"), (.int16, "I16"), (.int32, "I32"), (.int64, "I64"),
    (.float16, "F16"), (.bfloat16, "BF16"), (.float32, "F32"), (.float64, "F64"),
  ]

  static func name(of dtype: DType) -> String { names.first { $0.dtype == dtype }?.name ?? "?" }

  init(entries: [Entry], metadata: [String: String]) {
    (self.entries, self.metadata) = (entries, metadata)
  }

  /// Reads a header of a file from a stranger.
  /// - Parameter payload: The number of bytes after the header.
  init(parsing bytes: Data, payload: Int) throws(HeaderProblem) {
    var parser = HeaderParser(bytes)
    guard case .object(let members) = try parser.document() else {
      throw HeaderProblem("its header is no JSON object")
    }
    var entries: [Entry] = []
    var metadata: [String: String] = [:]
    for (name, value) in members {
      if name == Self.metadataKey {
        metadata = try Self.metadata(value)
      } else {
        entries.append(try Self.entry(name, value))
      }
    }
    entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    try Self.requireTiling(entries, payload: payload)
    self.init(entries: entries, metadata: metadata)
  }

  /// The tensors have to fill the bytes after the header one after the other: no holes, no overlaps.
  private static func requireTiling(_ entries: [Entry], payload: Int) throws(HeaderProblem) {
    var end = 0
    for entry in entries {
      let range = entry.range
      guard range.upperBound <= payload else {
        throw HeaderProblem(
          "tensor '\(Printable.name(entry.name))' ends at byte \(range.upperBound), but only \(payload) follow the header "
            + "(is the file truncated?)")
      }
      if range.lowerBound < end {
        throw HeaderProblem("tensor '\(Printable.name(entry.name))' overlaps the one before it")
      }
      if range.lowerBound > end {
        throw HeaderProblem(
          "\(range.lowerBound - end) bytes before tensor '\(Printable.name(entry.name))' belong to no tensor")
      }
      end = range.upperBound
    }
    guard end == payload else { throw HeaderProblem("its last \(payload - end) bytes belong to no tensor") }
  }

  private static func metadata(_ value: HeaderValue) throws(HeaderProblem) -> [String: String] {
    guard case .object(let members) = value else { throw HeaderProblem("its metadata is no object") }
    var metadata: [String: String] = [:]
    for (key, value) in members {
      guard case .string(let text) = value else {
        throw HeaderProblem("its metadata '\(Printable.name(key))' is no string")
      }
      metadata[key] = text
    }
    return metadata
  }

  private static func entry(_ name: String, _ value: HeaderValue) throws(HeaderProblem) -> Entry {
    func wrong(_ what: String) -> HeaderProblem { HeaderProblem("tensor '\(Printable.name(name))' \(what)") }
    guard case .object(let members) = value else { throw wrong("is not described by an object") }
    let fields = Dictionary(members.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    if let extra = fields.keys.filter({ !["dtype", "shape", "data_offsets"].contains($0) }).min() {
      throw wrong("has the unknown field '\(extra)'")
    }
    guard case .string(let format) = fields["dtype"] else { throw wrong("has no dtype") }
    guard let dtype = names.first(where: { $0.name == format })?.dtype else {
      throw wrong("has the dtype '\(format)', which is not supported")
    }
    guard let shape = fields["shape"]?.integers, shape.allSatisfy({ $0 >= 0 }) else {
      throw wrong("has no shape of sizes from 0 up")
    }
    guard let offsets = fields["data_offsets"]?.integers, offsets.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1]
    else { throw wrong("has no data_offsets [begin, end] with 0 <= begin <= end") }
    guard let size = byteCount(shape, dtype) else { throw wrong("has a shape too large for any machine: \(shape)") }
    guard offsets[1] - offsets[0] == size else {
      throw wrong("takes \(size) bytes by its shape \(shape) and dtype, but \(offsets[1] - offsets[0]) by its offsets")
    }
    return Entry(name: name, dtype: dtype, shape: shape, range: offsets[0]..<offsets[1])
  }

  /// nil where the product overflows, even if another dimension is zero.
  private static func byteCount(_ shape: [Int], _ dtype: DType) -> Int? {
    var size = dtype.byteCount
    for dimension in shape where dimension != 0 {
      let (product, overflows) = size.multipliedReportingOverflow(by: dimension)
      if overflows { return nil }
      size = product
    }
    return shape.contains(0) ? 0 : size
  }

  /// The header as bytes, padded with spaces so that the tensors begin at a multiple of 8.
  func encoded() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    func quoted(_ text: String) throws -> String { String(decoding: try encoder.encode(text), as: UTF8.self) }
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = try metadata.sorted { $0.key < $1.key }.map { try quoted($0.key) + ":" + quoted($0.value) }
      members.append("\"\(Self.metadataKey)\":{" + pairs.joined(separator: ",") + "}")
    }
    for entry in entries {
      let shape = entry.shape.map(String.init).joined(separator: ",")
      members.append(
        try quoted(entry.name) + ":{\"dtype\":\"\(Self.name(of: entry.dtype))\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(entry.range.lowerBound),\(entry.range.upperBound)]}")
    }
    var text = Data(("{" + members.joined(separator: ",") + "}").utf8)
    text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - text.count % 8) % 8))
    return text
  }
}

/// What is wrong with a header; the reader adds the file's name.
struct HeaderProblem: Error {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}
