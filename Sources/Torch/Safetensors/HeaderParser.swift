import Foundation

/// The part of JSON that a safetensors header may use.
enum HeaderValue {
  case string(String)
  case integer(Int)
  case array([HeaderValue])
  case object([(name: String, value: HeaderValue)])

  /// The numbers of an array of integers.
  var integers: [Int]? {
    guard case .array(let elements) = self else { return nil }
    var numbers: [Int] = []
    for element in elements {
      guard case .integer(let number) = element else { return nil }
      numbers.append(number)
    }
    return numbers
  }
}

/// A strict reader of that part: Foundation's would take the last of two equal keys without a word,
/// and 1.0 or 1e3 for an integer.
struct HeaderParser {
  private let bytes: [UInt8]
  private var position = 0
  /// Header → tensor → shape; deeper nesting is hostile.
  private static let deepest = 4

  init(_ data: Data) { bytes = [UInt8](data) }

  mutating func document() throws(HeaderProblem) -> HeaderValue {
    guard bytes.first == UInt8(ascii: "{") else { throw wrong("does not begin with '{'") }
    let value = try value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw wrong("goes on after its end") }
    return value
  }

  private func wrong(_ what: String) -> HeaderProblem { HeaderProblem("its header is no valid JSON: it \(what)") }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }

  /// Skips white space and takes `character` if it comes next.
  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws(HeaderProblem) -> HeaderValue {
    guard depth < Self.deepest else { throw wrong("is nested too deeply") }
    if take("{") { return .object(try members(depth: depth)) }
    if take("[") { return .array(try elements(depth: depth)) }
    if take("\"") { return .string(try string()) }
    return .integer(try integer())
  }

  private mutating func members(depth: Int) throws(HeaderProblem) -> [(name: String, value: HeaderValue)] {
    var members: [(name: String, value: HeaderValue)] = []
    var names: Set<String> = []
    if take("}") { return members }
    repeat {
      guard take("\"") else { throw wrong("lacks a name at byte \(position)") }
      let name = try string()
      guard names.insert(name).inserted else { throw HeaderProblem("its header names '\(Printable.name(name))' twice") }
      guard take(":") else { throw wrong("lacks a ':' at byte \(position)") }
      members.append((name, try value(depth: depth + 1)))
    } while take(",")
    guard take("}") else { throw wrong("lacks a '}' at byte \(position)") }
    return members
  }

  private mutating func elements(depth: Int) throws(HeaderProblem) -> [HeaderValue] {
    var elements: [HeaderValue] = []
    if take("]") { return elements }
    repeat { elements.append(try value(depth: depth + 1)) } while take(",")
    guard take("]") else { throw wrong("lacks a ']' at byte \(position)") }
    return elements
  }

  private mutating func integer() throws(HeaderProblem) -> Int {
    let start = position
    while position < bytes.count, !Array(" \t\r\n,:]}".utf8).contains(bytes[position]) { position += 1 }
    let text = String(decoding: bytes[start..<position].prefix(32), as: UTF8.self)
    guard let number = Int(text), String(number) == text else {
      throw wrong("has '\(text)' at byte \(start), where a whole number belongs")
    }
    return number
  }

  /// The rest of a string whose opening quote is behind us.
  private mutating func string() throws(HeaderProblem) -> String {
    let start = position
    var isPlain = true
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      if bytes[position] < 0x20 { throw wrong("has a control character at byte \(position)") }
      if bytes[position] == UInt8(ascii: "\\") {
        isPlain = false
        position += 1
      }
      position += 1
    }
    guard position < bytes.count else { throw wrong("ends within a string") }
    let content = bytes[start..<position]
    position += 1
    let text =
      isPlain
      ? String(validating: content, as: UTF8.self)
      : try? JSONDecoder().decode(String.self, from: Data([0x22] + content + [0x22]))
    guard let text else { throw wrong("has a string at byte \(start) that is not UTF-8") }
    return text
  }
}
