/// Words that a stranger chose, made fit for a terminal: a file may bring names that move the cursor or fill the screen.
package enum Printable {
  /// The text with control characters and characters that turn the direction of writing spelled out, as `\u{1B}`.
  /// - Parameter kept: Control characters that stay as they are.
  package static func escaped(_ text: String, keeping kept: Set<Unicode.Scalar> = ["\n", "\t"]) -> String {
    func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
      if scalar.isASCII { return scalar.value >= 0x20 && scalar.value != 0x7f || kept.contains(scalar) }
      return switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: false
      default: true
      }
    }
    guard !text.unicodeScalars.allSatisfy(isHarmless) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      if isHarmless(scalar) {
        result.unicodeScalars.append(scalar)
      } else {
        result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      }
    }
    return result
  }

  /// A name, escaped and cut.
  package static func name(_ name: String, mostCharacters: Int = 100) -> String {
    cut(escaped(String(name.prefix(mostCharacters + 1)), keeping: []), mostCharacters: mostCharacters)
  }

  /// The beginning of a text that is too long.
  package static func cut(_ text: String, mostCharacters: Int) -> String {
    text.count <= mostCharacters ? text : text.prefix(mostCharacters - 1) + "…"
  }
}
