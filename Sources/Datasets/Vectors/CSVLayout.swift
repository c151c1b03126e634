/// What the columns of a table are: found from its first two lines, then asked of every other.
struct CSVLayout {
  let path: String
  let columnCount: Int
  /// Of every column; nil where the file begins with an example.
  private(set) var names: [String]?
  /// The columns of numbers, in the order of an example.
  private(set) var features: [Int] = []
  private(set) var label: Int?

  private static let labelNames = ["label", "class", "target"]

  init(path: String, columnCount: Int) {
    (self.path, self.columnCount) = (path, columnCount)
  }

  /// The first line names columns where it names the labels', or another file's features, or where nothing in it is a
  /// number.
  /// - Throws: ``DatasetError`` where it counts `0,1,2,…`, as tables written from bare arrays do and examples may.
  mutating func findHeader(
    _ first: [CSVScanner.Field], in scanner: CSVScanner, header: ExampleFile.Options.Header,
    labelColumn: CSV.LabelColumn, like expected: CSV.Expected?
  ) throws(DatasetError) {
    let texts = first.map(scanner.text)
    let isNamed =
      if case .named(let name) = labelColumn { texts.contains(name) } else {
        texts.contains { Self.labelNames.contains($0.lowercased()) }
      }
    let hasNoNumber = !first.contains { scanner.number($0) != nil } && texts.contains { !$0.isEmpty }
    let isExpected = expected?.names.map { Set($0).isSubset(of: texts) } ?? false
    switch header {
    case .present: names = texts
    case .absent: names = nil
    case .auto where isNamed || hasNoNumber || isExpected: names = texts
    case .auto:
      // Told by the training file, where there is one.
      guard expected == nil, texts.count > 2, texts == texts.indices.map(String.init) else { return }
      throw DatasetError(
        "\(path), line 1 counts 0, 1, 2, …, which may be names of columns or an example: say which with "
          + "dataset.file.header=present or =absent")
    }
  }

  /// Spectra and other series have numbers for names, so that a first line may look like an example.
  /// - Parameter labels: Of the rows, where there are some.
  /// - Throws: ``DatasetError`` where the first line was taken for an example, but its class is a word that no other line
  ///   has, though others share theirs.
  func requireExample(
    _ first: [CSVScanner.Field], amongLabels labels: [String?], in scanner: CSVScanner
  ) throws(DatasetError) {
    guard names == nil, let label, labels.count > 2, let word = labels[0], scanner.number(first[label]) == nil else {
      return
    }
    let others = labels.dropFirst().compactMap(\.self)
    guard !others.contains(word), Set(others).count < others.count else { return }
    throw DatasetError(
      "\(path), line 1 ends '\(word)', which no other line does: it may name the columns, or be an example of a class of "
        + "its own; say which with dataset.file.header=present or =absent")
  }

  /// - Throws: ``DatasetError`` for a name that stands twice, so that nothing can be told by it.
  private func requireDistinct(_ wanted: [String]) throws(DatasetError) {
    guard let names else { return }
    let counts = Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +)
    if let name = wanted.first(where: { counts[$0, default: 0] > 1 }) {
      let columns = names.indices.filter { names[$0] == name }.map { "\($0 + 1)" }.joined(separator: " and ")
      throw DatasetError("\(path): the columns \(columns) are all called '\(name)': give each a name of its own")
    }
  }

  /// - Throws: ``DatasetError`` naming the columns that are there.
  mutating func findColumns(
    firstRow: [CSVScanner.Field], in scanner: CSVScanner, labelColumn: CSV.LabelColumn, like expected: CSV.Expected?
  ) throws(DatasetError) {
    label = try findLabel(firstRow, in: scanner, labelColumn)
    if let expected, let names, let wanted = expected.names {
      try requireDistinct(wanted)
      features = try wanted.map { name throws(DatasetError) in
        guard let column = names.indices.first(where: { names[$0] == name && $0 != label }) else {
          throw DatasetError("\(path) lacks the column '\(name)' that \(expected.source) has")
        }
        return column
      }
      return
    }
    // Another file's examples may come with labels that nothing marks as such.
    if let expected, label == nil, columnCount == expected.count + 1 { label = columnCount - 1 }
    features = (0..<columnCount).filter { $0 != label }
    if let column = features.first(where: { names?[$0].isEmpty == true }) {
      throw DatasetError(
        "\(path): column \(column + 1) has no name; name it, or leave it out where it only numbers the rows")
    }
    try requireDistinct(features.compactMap { names?[$0] })
    guard !features.isEmpty else { throw DatasetError("\(path) has no column of numbers besides the labels") }
    if let expected, features.count != expected.count {
      throw DatasetError(
        "\(path) has \(features.count) columns of numbers, but \(expected.source) has \(expected.count)")
    }
  }

  private func findLabel(
    _ firstRow: [CSVScanner.Field], in scanner: CSVScanner, _ labelColumn: CSV.LabelColumn
  ) throws(DatasetError) -> Int? {
    switch labelColumn {
    case .none: return nil
    case .last: return columnCount - 1
    case .named(let name):
      guard let column = names?.firstIndex(of: name) else {
        let found = names?.joined(separator: ", ") ?? "none: its first line holds numbers"
        throw DatasetError("\(path) has no column '\(name)' for dataset.file.labelColumn; its columns are \(found)")
      }
      return column
    case .automatic:
      let named = names.map { names in names.indices.filter { Self.labelNames.contains(names[$0].lowercased()) } } ?? []
      guard named.count < 2 else {
        let found = named.map { "'\(names?[$0] ?? "")'" }.joined(separator: " and ")
        throw DatasetError("\(path) has the columns \(found): say which holds the labels with dataset.file.labelColumn")
      }
      // Words can be no feature.
      guard named.isEmpty, let last = firstRow.last, scanner.number(last) == nil else { return named.first }
      return columnCount > 1 ? columnCount - 1 : nil
    }
  }

  /// - Throws: ``DatasetError`` naming the line.
  func requireCount(_ fields: [CSVScanner.Field], line: Int) throws(DatasetError) {
    guard fields.count == columnCount else {
      throw DatasetError("\(path), line \(line): \(fields.count) fields, but the first line has \(columnCount)")
    }
  }

  /// - Throws: ``DatasetError`` naming the line and the column.
  func number(_ field: CSVScanner.Field, column: Int, in scanner: CSVScanner) throws(DatasetError) -> Double {
    if let number = scanner.number(field), number.magnitude <= 1e30 { return number }
    let text = scanner.text(field)
    let found = text.isEmpty ? "empty" : "'\(text.prefix(40))'"
    let name = names.map { "column '\($0[column])'" } ?? "column \(column + 1)"
    throw DatasetError(
      "\(path), line \(scanner.line), \(name) is \(found): a feature is a number between -1e30 and 1e30")
  }
}
