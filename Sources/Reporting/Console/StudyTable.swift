internal import Foundation
internal import SparringEvaluation

/// A study as plain text for the terminal.
public enum StudyTable {
  /// For each data set and augmentation: a line per arm and number of labels, then the paired differences, nulls among
  /// them.
  /// - Throws: ``ReportingError`` where figures cannot be compared.
  public static func text(_ record: StudyRecord) throws(ReportingError) -> String {
    let summary = try StudySummary(record)
    let parts = summary.groups.map { text($0) }
    let correction =
      summary.comparisonCount > 0
      ? [
        "p is the paired t-test's after Holm's correction for "
          + "\(summary.comparisonCount == 1 ? "one comparison" : "\(summary.comparisonCount) comparisons")."
      ] : []
    return (parts + correction).joined(separator: "\n\n")
  }

  private static func text(_ group: StudySummary.Group) -> String {
    let heading = "\(group.title); accuracy on \(group.scored)"
    let arms = group.points.flatMap { point in
      point.results.map { result in
        [
          point.labels == 0 ? "all" : Format.count(point.labels), result.arm.name, "\(result.rows.count)",
          Format.percent(result.accuracy.mean)
            + (result.accuracy.interval.map {
              " (\(Format.fixed($0.low * 100, 2)) to \(Format.fixed($0.high * 100, 2)))"
            } ?? ""),
          result.mean { $0.steps.map(Double.init) }.map { Format.count($0.rounded()) } ?? "",
          result.mean(\.seconds).map(Format.duration) ?? "",
        ]
      }
    }
    let table = ComparisonTable.aligned(
      [["labels", "arm", "seeds", "accuracy, 95% interval", "steps", "time a run"]] + arms, rightAligned: [0, 2, 4, 5])
    let differences = group.points.flatMap { point in
      point.differences.map { difference in
        [
          point.labels == 0 ? "all" : Format.count(point.labels), "\(difference.method) − \(difference.baseline)",
          Format.points(difference.result.difference.mean)
            + (difference.result.difference.interval.map {
              " (\(Format.points($0.low)) to \(Format.points($0.high)))"
            } ?? ""),
          difference.adjustedP.map { $0 < 0.001 ? "< 0.001" : Format.fixed($0, 3) } ?? "", difference.reading,
        ]
      }
    }
    let comparisons = ComparisonTable.aligned(
      [["labels", "difference", "points, 95% interval", "p", "reading"]] + differences, rightAligned: [0, 3])
    return ([heading, ""] + table + (differences.isEmpty ? [] : [""] + comparisons)).joined(separator: "\n")
  }
}
