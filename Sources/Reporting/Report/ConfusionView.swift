internal import SparringEvaluation
internal import Foundation

/// A confusion matrix as the template's table.
struct ConfusionView {
  struct Cell {
    let count: String
    let kind: String
    /// How deeply the cell is tinted, in percent.
    let tint: String
  }

  struct Row {
    let name: String
    let cells: [Cell]
    let recognized: String
  }

  let names: [String]
  let rows: [Row]
  /// `4 → 9 (37), 7 → 2 (21)`.
  let confusions: String
  /// A table for more classes than this would be unreadable; the list of confusions stays.
  let isShown: Bool
  /// Long names stand upright.
  let hasLongNames: Bool

  init(_ evaluation: EvaluationRecord) {
    let matrix = evaluation.confusion
    let names = matrix.counts.indices.map { index in
      evaluation.classNames.indices.contains(index) ? evaluation.classNames[index] : "\(index)"
    }
    self.names = names
    isShown = names.count <= 26
    hasLongNames = names.contains { $0.count > 3 }
    let recognized = matrix.perClassAccuracy
    rows = matrix.counts.enumerated().map { truth, counts in
      let total = max(1, counts.reduce(0, +))
      return Row(
        name: names[truth],
        cells: counts.enumerated().map { prediction, count in
          Self.cell(count, of: total, isRight: truth == prediction)
        },
        recognized: recognized[truth].map { Format.percent($0, digits: 1) } ?? "–")
    }
    let wrong = matrix.counts.enumerated().flatMap { truth, counts in
      counts.enumerated().filter { $0.offset != truth && $0.element > 0 }.map { (truth, $0.offset, $0.element) }
    }
    confusions = wrong.sorted { ($1.2, $0.0, $0.1) < ($0.2, $1.0, $1.1) }.prefix(5)
      .map { "\(names[$0.0]) → \(names[$0.1]) (\(Format.count($0.2)))" }.joined(separator: ", ")
  }

  /// Mistakes are tinted more deeply than their share, or they could not be told apart.
  private static func cell(_ count: Int, of total: Int, isRight: Bool) -> Cell {
    let share = Double(count) / Double(total)
    let tint = isRight ? 0.12 + 0.58 * share : min(0.85, 3 * share)
    return Cell(
      count: count == 0 ? "" : "\(count)", kind: isRight ? "right" : count == 0 ? "none" : "wrong",
      tint: Format.fixed(tint * 100, 0))
  }
}
