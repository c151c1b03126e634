/// Aliases in a YAML text. No configuration needs them, and a few hundred bytes of them stand for more nodes than any
/// machine can hold.
enum YAMLAliases {
  /// The first line in which a value begins with `*name`, counted from 1; nil where none does.
  static func firstLine(in yaml: String) -> Int? {
    for (index, line) in yaml.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
    where holdsAlias(line) {
      return index + 1
    }
    return nil
  }

  /// A value begins where a line does, or after one of the signs that part values. Quotes and comments are not looked at:
  /// where they end is only known to whoever parses the whole text.
  private static func holdsAlias(_ line: Substring.UTF8View) -> Bool {
    var before: UInt8?
    var isAtStar = false
    for byte in line {
      let isSpace = [0x20, 0x09, 0x0d].contains(byte)
      if isAtStar, !isSpace { return true }
      isAtStar = byte == UInt8(ascii: "*") && before.map(parts) ?? true
      if !isSpace { before = byte }
    }
    return false
  }

  private static func parts(_ byte: UInt8) -> Bool { ":-?[]{},".utf8.contains(byte) }
}
