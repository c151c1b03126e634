import SparringDatasets

/// Names and what they stand for, as an indented list for help texts and the terminal.
func listed(_ entries: [(name: String, summary: String)], indentedBy indent: Int = 2) -> String {
  let width = entries.map(\.name.count).max() ?? 0
  return entries.map { name, summary in
    String(repeating: " ", count: indent) + name + String(repeating: " ", count: width - name.count + 2) + summary
  }.joined(separator: "\n")
}

/// Rows of cells as lines, in columns as wide as need be: the first column to the left, the others to the right.
func aligned(_ rows: [[String]]) -> [String] {
  let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
  return rows.map { cells in
    zip(cells, widths).enumerated().map { column, cell in
      let gap = String(repeating: " ", count: cell.1 - cell.0.count)
      return column == 0 ? cell.0 + gap : gap + cell.0
    }.joined(separator: "  ")
  }
}

extension KnownWeights {
  /// Every name, for help texts.
  static var names: String { all.map(\.name).joined(separator: ", ") }
}

extension KnownDataset {
  /// Every name, for help texts.
  static var names: String { all.map(\.name).joined(separator: ", ") }
}
