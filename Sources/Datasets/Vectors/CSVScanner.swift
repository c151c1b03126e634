import Foundation

/// Comma-separated fields (RFC 4180), line by line, over bytes that somebody else keeps alive.
///
/// Lines end with LF, CRLF or CR; a quoted field may hold commas, doubled quotes and line ends; empty lines are passed
/// over.
struct CSVScanner {
  /// One field of a row.
  struct Field {
    /// Between the quotes where there are some.
    let range: Range<Int>
    /// Whether a doubled quote stands for one.
    let hasDoubledQuotes: Bool
    /// Whether it stands between quotes.
    var isQuoted = false
  }

  private static let (comma, quote, lineFeed, carriageReturn, space, tab): (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8) =
    (0x2c, 0x22, 0x0a, 0x0d, 0x20, 0x09)

  private let bytes: UnsafeRawBufferPointer
  private let path: String
  private var position = 0
  /// The line that is read next, from 1.
  private var nextLine = 1
  /// Where the last row began.
  private(set) var line = 1

  init(_ bytes: UnsafeRawBufferPointer, path: String) throws(DatasetError) {
    (self.bytes, self.path) = (bytes, path)
    if bytes.starts(with: [0xef, 0xbb, 0xbf] as [UInt8]) { position = 3 }
    if bytes.starts(with: [0xff, 0xfe] as [UInt8]) || bytes.starts(with: [0xfe, 0xff] as [UInt8]) {
      throw DatasetError("\(path) is UTF-16 text: save it as UTF-8")
    }
  }

  /// Reads the fields of the next row that is not empty; false at the end.
  /// - Throws: ``DatasetError`` for a quoted field that is never closed, or that goes on after its quotes.
  mutating func next(into fields: inout [Field]) throws(DatasetError) -> Bool {
    fields.removeAll(keepingCapacity: true)
    while position < bytes.count, endsLine(bytes[position]) { skipLineEnd() }
    guard position < bytes.count else { return false }
    line = nextLine
    while true {
      fields.append(try field())
      guard position < bytes.count else { return true }
      if bytes[position] == Self.comma {
        position += 1
      } else {
        skipLineEnd()
        return true
      }
    }
  }

  private func endsLine(_ byte: UInt8) -> Bool { byte == Self.lineFeed || byte == Self.carriageReturn }
  private func isBlank(_ byte: UInt8) -> Bool { byte == Self.space || byte == Self.tab }

  private mutating func skipLineEnd() {
    let isPair =
      bytes[position] == Self.carriageReturn && position + 1 < bytes.count
      && bytes[position + 1] == Self.lineFeed
    position += isPair ? 2 : 1
    nextLine += 1
  }

  /// One field; ends before the comma or the line end after it.
  private mutating func field() throws(DatasetError) -> Field {
    while position < bytes.count, isBlank(bytes[position]) { position += 1 }
    if position < bytes.count, bytes[position] == Self.quote { return try quotedField() }
    let start = position
    while position < bytes.count, bytes[position] != Self.comma, !endsLine(bytes[position]) { position += 1 }
    var end = position
    while end > start, isBlank(bytes[end - 1]) { end -= 1 }
    return Field(range: start..<end, hasDoubledQuotes: false)
  }

  private mutating func quotedField() throws(DatasetError) -> Field {
    let opened = nextLine
    position += 1
    let start = position
    var hasDoubledQuotes = false
    while true {
      guard position < bytes.count else {
        throw DatasetError("\(path), line \(opened): a quoted field is never closed")
      }
      if bytes[position] == Self.quote {
        guard position + 1 < bytes.count, bytes[position + 1] == Self.quote else { break }
        hasDoubledQuotes = true
        position += 2
      } else if endsLine(bytes[position]) {
        skipLineEnd()
      } else {
        position += 1
      }
    }
    let end = position
    position += 1
    while position < bytes.count, isBlank(bytes[position]) { position += 1 }
    guard position == bytes.count || bytes[position] == Self.comma || endsLine(bytes[position]) else {
      throw DatasetError("\(path), line \(nextLine): a quoted field goes on after its closing quote")
    }
    return Field(range: start..<end, hasDoubledQuotes: hasDoubledQuotes, isQuoted: true)
  }
}

// What a field holds.
extension CSVScanner {
  func text(_ field: Field) -> String {
    let text = String(decoding: bytes[field.range], as: UTF8.self)
    return field.hasDoubledQuotes ? text.replacing("\"\"", with: "\"") : text
  }

  /// What programs write where a value is missing: R, pandas, databases.
  private static let missing: Set<String> = ["NA", "N/A", "<NA>", "NaN", "nan", "NULL", "null"]

  /// The field as a class; nil where it says that there is none. Between quotes a word is a class whatever it is.
  func label(_ field: Field) -> String? {
    let text = text(field).trimmingCharacters(in: .whitespaces)
    return text.isEmpty || !field.isQuoted && Self.missing.contains(text) ? nil : text
  }

  /// The field as a number; nil where it is none. May be infinite or NaN where the text says so.
  func number(_ field: Field) -> Double? {
    quickNumber(field.range) ?? Double(text(field).trimmingCharacters(in: .whitespaces))
  }

  /// A plain decimal of at most 15 digits, exactly: both the digits and the power of ten are whole doubles, so that one
  /// division rounds once (Clinger 1990). nil for everything else.
  private func quickNumber(_ range: Range<Int>) -> Double? {
    var (place, digits, count, decimals) = (range.lowerBound, 0, 0, -1)
    let isNegative = place < range.upperBound && bytes[place] == 0x2d
    if isNegative { place += 1 }
    while place < range.upperBound {
      let byte = bytes[place]
      if byte == 0x2e, decimals < 0 {
        decimals = 0
      } else if (0x30...0x39).contains(byte), count < 15 {
        digits = digits * 10 + Int(byte - 0x30)
        count += 1
        if decimals >= 0 { decimals += 1 }
      } else {
        return nil
      }
      place += 1
    }
    guard count > 0 else { return nil }
    let value = decimals > 0 ? Double(digits) / Self.powersOfTen[decimals] : Double(digits)
    return isNegative ? -value : value
  }

  private static let powersOfTen: [Double] = (0...15).map { power in
    (0..<power).reduce(1.0) { product, _ in product * 10 }
  }
}
