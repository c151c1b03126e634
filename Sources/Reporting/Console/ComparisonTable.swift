internal import SparringEvaluation
internal import Foundation

/// A comparison as plain text for the terminal.
public enum ComparisonTable {
  /// A line per arm, then the paired difference in words.
  ///
  ///     arm                    recipe               seeds  accuracy, 95% interval   time a run
  ///     few-labels-supervised  supervised               6  81.12% (79.90 to 82.34)       0:42
  ///
  /// - Throws: ``ReportingError`` when method and baseline share no seed.
  public static func text(_ comparison: Comparison) throws(ReportingError) -> String {
    let heading =
      "\(comparison.dataset), \(Format.count(comparison.labelCount)) labels; accuracy on "
      + "\(Format.count(comparison.imageCount)) \(comparison.split) images"
    let head = ["arm", "recipe", "seeds", "accuracy, 95% interval", "time a run"]
    let rows = comparison.arms.map { arm in
      [arm.name, arm.recipe, "\(arm.rows.count)", accuracy(arm.accuracy), Format.duration(arm.meanSeconds)]
    }
    let table = aligned([head] + rows, rightAligned: [2, 4])
    var lines = [heading, ""] + table + [""]
    for baseline in comparison.baselines { lines.append(try difference(comparison, to: baseline)) }
    return lines.joined(separator: "\n")
  }

  /// The claim, or that there is none to make.
  ///
  ///     few-labels-gan − few-labels-supervised: +12.32 points, 95% interval +10.10 to +14.54 (6 paired
  ///     seeds; paired t-test p = 0.001, Wilcoxon p = 0.031)
  static func difference(_ comparison: Comparison, to baseline: String) throws(ReportingError) -> String {
    let result = try comparison.paired(comparison.method, against: baseline).result
    let pairs = result.differences.count
    var text = "\(comparison.method) − \(baseline): \(Format.points(result.difference.mean)) points"
    guard let interval = result.difference.interval else {
      return text + " (1 seed; no interval can be given)"
    }
    text += ", 95% interval \(Format.points(interval.low)) to \(Format.points(interval.high))"
    let tests = [
      result.tTestP.map { "paired t-test \(Format.pValue($0))" },
      result.wilcoxonP.map { "Wilcoxon \(Format.pValue($0))" },
    ].compactMap(\.self)
    text += " (\(([("\(pairs) paired seeds")] + [tests.joined(separator: ", ")]).joined(separator: "; ")))"
    if result.excludesZero { return text }
    let isPoint = result.areAlike && result.difference.mean != 0
    return text + (isPoint ? "\nSo few seeds that differ by the same" : "\nThe interval includes zero")
      + ": no difference was shown."
  }

  private static func accuracy(_ estimate: MeanEstimate?) -> String {
    guard let estimate else { return "not a number" }
    guard let interval = estimate.interval else { return Format.percent(estimate.mean) }
    let bounds = [interval.low, interval.high].map { Format.fixed($0 * 100, 2) }
    return "\(Format.percent(estimate.mean)) (\(bounds[0]) to \(bounds[1]))"
  }

  /// Columns padded to their widest cell, two spaces apart.
  package static func aligned(_ rows: [[String]], rightAligned: Set<Int>) -> [String] {
    let columns = rows.first?.indices ?? 0..<0
    let widths = columns.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = columns.map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        return rightAligned.contains(column) ? padding + row[column] : row[column] + padding
      }
      return cells.joined(separator: "  ").trimmingSuffix()
    }
  }
}

extension String {
  fileprivate func trimmingSuffix() -> String {
    String(self[..<(lastIndex { $0 != " " }.map(index(after:)) ?? startIndex)])
  }
}
