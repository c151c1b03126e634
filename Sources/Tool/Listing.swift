import SparringDatasets

/// Names and what they stand for, as an indented list for help texts and the terminal.
func listed(_ entries: [(name: String, summary: String)], indentedBy indent: Int = 2) -> String {
  let width = entries.map(\.name.count).max() ?? 0
  return entries.map { name, summary in
    String(repeating: " ", count: indent) + name + String(repeating: " ", count: width - name.count + 2) + summary
  }.joined(separator: "\n")
}

extension KnownWeights {
  /// Every name, for help texts.
  static var names: String { all.map(\.name).joined(separator: ", ") }
}

extension KnownDataset {
  /// Every name, for help texts.
  static var names: String { all.map(\.name).joined(separator: ", ") }
}
