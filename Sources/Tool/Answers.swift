import Foundation
import SparringTorch

/// How answers are printed.
enum AnswerFormat: String, CaseIterable {
  /// A line of the likeliest classes, for people.
  case text
  /// A header, then a row with all probabilities.
  case csv
  /// One array of objects with all probabilities.
  case json
}

/// Prints what examples were taken for.
struct AnswerPrinter {
  let format: AnswerFormat
  let classNames: [String]
  /// Classes in a line of text.
  let top: Int
  private var hasBegun = false

  init(_ format: AnswerFormat, classNames: [String], top: Int) {
    (self.format, self.classNames, self.top) = (format, classNames, min(top, classNames.count))
  }

  /// - Parameters:
  ///   - names: Of the examples.
  ///   - probabilities: `[N, K]`.
  mutating func show(_ names: [String], _ probabilities: Tensor) throws {
    begin()
    let values = try probabilities.array(of: Float.self)
    guard values.allSatisfy(\.isFinite) else {
      throw ToolError("the run answers with numbers that are none: its weights are broken; train again")
    }
    let lines = names.enumerated().map { row, name in
      line(name, Array(values[row * classNames.count..<(row + 1) * classNames.count]))
    }
    guard !lines.isEmpty else { return }
    say(
      lines.joined(separator: format == .json ? ",\n" : "\n"), terminator: format == .json ? "" : "\n",
      isData: format != .text)
  }

  /// Ends the output, whether or not there was an answer.
  mutating func end() {
    if format == .json { say(hasBegun ? "\n]" : "[]") }
  }

  private mutating func begin() {
    switch (format, hasBegun) {
    case (.csv, false):
      say((["file", "class", "probability"] + classNames).map(Self.csvField).joined(separator: ","), isData: true)
    case (.json, false): say("[")
    case (.json, true): say(",")
    default: break
    }
    hasBegun = true
  }

  private func line(_ name: String, _ probabilities: [Float]) -> String {
    // Stable: of equals, the first.
    let order = probabilities.indices.sorted { (probabilities[$1], $0) < (probabilities[$0], $1) }
    let best = order[0]
    switch format {
    case .text:
      let answers = order.prefix(top).map {
        "\(Printable.name(classNames[$0])) \(percentage(Double(probabilities[$0])))"
      }
      return "\(name): \(answers.joined(separator: ", "))"
    case .csv:
      let numbers = probabilities.map { Self.number($0) }
      return ([Self.csvField(name), Self.csvField(classNames[best]), numbers[best]] + numbers).joined(separator: ",")
    case .json:
      let all = zip(classNames, probabilities).map { "\(Self.jsonText($0)): \(Self.number($1))" }
      return "{\"file\": \(Self.jsonText(name)), \"class\": \(Self.jsonText(classNames[best])), \"probability\": "
        + "\(Self.number(probabilities[best])), \"probabilities\": {\(all.joined(separator: ", "))}}"
    }
  }

  private static func number(_ value: Float) -> String { String(format: "%.6g", value) }

  private static func csvField(_ text: String) -> String {
    let needsQuotes = text.contains { ",\"\n\r".contains($0) } || text.hasPrefix(" ") || text.hasSuffix(" ")
    return needsQuotes ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
  }

  private static func jsonText(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    guard let data = try? encoder.encode(text) else { return "\"\"" }
    return String(decoding: data, as: UTF8.self)
  }
}
