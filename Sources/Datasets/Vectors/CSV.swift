public import Foundation
public import SparringTorch

/// Comma-separated values: one example a line, numbers and where wanted a label, with or without a line of names.
public enum CSV {
  /// Which column holds the labels.
  enum LabelColumn: Hashable {
    /// The one that is called `label`, `class` or `target`, or the last where that holds words.
    case automatic
    case last
    case none
    case named(String)

    init(_ text: String) {
      switch text {
      case "auto": self = .automatic
      case "last": self = .last
      case "none": self = .none
      default: self = .named(text)
      }
    }
  }

  /// What the features of another file are called, or how many there are: this file has to have the same.
  struct Expected {
    let names: [String]?
    let count: Int
    let source: String
  }

  /// - Throws: ``DatasetError`` naming the line, and the column, of whatever is wrong.
  static func read(
    _ path: String, labelColumn: LabelColumn, header: ExampleFile.Options.Header = .auto, like expected: Expected? = nil
  ) throws -> ExampleTable {
    let data = try FileReading.mapped(path)
    return try data.withUnsafeBytes { bytes in
      try read(bytes, path: path, labelColumn: labelColumn, header: header, like: expected)
    }
  }

  private static func read(
    _ bytes: UnsafeRawBufferPointer, path: String, labelColumn: LabelColumn, header: ExampleFile.Options.Header,
    like expected: Expected?
  ) throws -> ExampleTable {
    var scanner = try CSVScanner(bytes, path: path)
    var fields: [CSVScanner.Field] = []
    guard try scanner.next(into: &fields) else { throw DatasetError("\(path) is empty") }
    let first = fields
    var layout = CSVLayout(path: path, columnCount: first.count)
    try layout.findHeader(first, in: scanner, header: header, labelColumn: labelColumn, like: expected)
    if layout.names != nil, try !scanner.next(into: &fields) {
      throw DatasetError("\(path) holds names of columns, but no rows")
    }
    try layout.requireCount(fields, line: scanner.line)
    try layout.findColumns(firstRow: fields, in: scanner, labelColumn: labelColumn, like: expected)

    var (values, parts): ([Double], [Tensor]) = ([], [])
    var (labels, lines): ([String?], [Int]) = ([], [])
    let (rowLength, partLength) = (layout.features.count, max(layout.features.count, 1 << 20))
    repeat {
      try layout.requireCount(fields, line: scanner.line)
      for column in layout.features { values.append(try layout.number(fields[column], column: column, in: scanner)) }
      labels.append(layout.label.flatMap { scanner.label(fields[$0]) })
      lines.append(scanner.line)
      if values.count >= partLength {
        parts.append(try Tensor(values, shape: [values.count / rowLength, rowLength]))
        values.removeAll(keepingCapacity: true)
      }
    } while try scanner.next(into: &fields)
    if expected == nil, header == .auto { try layout.requireExample(first, amongLabels: labels, in: scanner) }
    if !values.isEmpty { parts.append(try Tensor(values, shape: [values.count / rowLength, rowLength])) }
    return ExampleTable(
      path: path, examples: parts.count == 1 ? parts[0] : try Tensor.concatenate(parts), labels: labels,
      featureNames: layout.names.map { names in layout.features.map { names[$0] } }, lines: lines)
  }

  /// Vectors as text, a line each, after a line of names.
  /// - Parameters:
  ///   - vectors: `[N, F]` of `float32`.
  ///   - names: Of the features; nil numbers them, `x0` and so on.
  public static func text(_ vectors: Tensor, names: [String]?) throws -> Data {
    guard vectors.rank == 2 else {
      throw DatasetError("a table needs vectors [N, F], not a tensor of \(vectors.shape)")
    }
    let width = vectors.shape[1]
    let header = names ?? (0..<width).map { "x\($0)" }
    var text = header.map(quoted).joined(separator: ",") + "\n"
    for row in try vectors.split(into: max(1, 1 << 20 / max(1, width))) {
      let numbers = try row.array(of: Float.self)
      for start in stride(from: 0, to: numbers.count, by: width) {
        text += numbers[start..<start + width].map { "\($0)" }.joined(separator: ",") + "\n"
      }
    }
    return Data(text.utf8)
  }

  private static func quoted(_ name: String) -> String {
    let needsQuotes = name.contains { $0 == "," || $0 == "\"" || $0.isNewline }
    return needsQuotes ? "\"\(name.replacing("\"", with: "\"\""))\"" : name
  }
}
