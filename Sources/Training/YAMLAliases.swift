/// Aliases in a YAML text. No configuration needs them, and a few hundred bytes of them stand for more nodes than any
/// machine can hold.
enum YAMLAliases {
  /// No configuration is nearly as long.
  static let mostBytes = 1 << 18

  /// The first line in which a value begins with `*name`, counted from 1; nil where none does.
  ///
  /// A value begins where a line does, or after one of the signs that part values. Quotes and comments are not looked at:
  /// where they end is only known to whoever parses the whole text. Nor is it asked which other characters break a line.
  static func firstLine(in yaml: String) -> Int? {
    var (line, isAtStar): (Int, Bool) = (1, false)
    var before: Unicode.Scalar?
    for scalar in yaml.unicodeScalars {
      let isSpace = [" ", "\t", "\r", "\n"].contains(scalar)
      if isAtStar, !isSpace { return line }
      isAtStar = scalar == "*" && before.map(parts) ?? true
      if scalar == "\n" {
        line += 1
        before = nil
      } else if !isSpace {
        before = scalar
      }
    }
    return nil
  }

  private static func parts(_ scalar: Unicode.Scalar) -> Bool {
    !scalar.isASCII || scalar.value < 0x20 || ":-?[]{},".unicodeScalars.contains(scalar)
  }
}
