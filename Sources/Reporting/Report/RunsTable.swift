public import Foundation
public import SparringEvaluation
internal import SparringDatasets

/// Runs side by side: what each was, and how well it did. For the terminal, and as a page.
public struct RunsTable: Sendable {
  /// One run.
  public struct Row: Sendable, Hashable {
    /// The run's folder.
    public let name: String
    /// Its recipe.
    public let recipe: String
    /// Its data set.
    public let data: String
    /// `finished`, `stopped at step 300`, `running or killed at step 300`.
    public let state: String
    /// Seconds of training; nil where it has not ended.
    public let seconds: Double?
    /// On the test part, from 0 to 1; nil where nothing was measured.
    public let accuracy: Double?
    /// The accuracy's 95% interval.
    public let interval: Interval?
    /// When it began.
    public let date: Date?
  }

  /// In the order given.
  public let rows: [Row]

  /// The runs in these folders.
  /// - Throws: ``ReportingError`` when a file of one is damaged.
  public init(_ folders: [RunFolder]) throws(ReportingError) {
    var rows: [Row] = []
    for folder in folders {
      let run = try RunRecord(folder)
      let isDone = run.end?.isComplete ?? false
      let place = "step \(Format.count(run.step))"
      rows.append(
        Row(
          name: folder.name, recipe: run.recipe ?? "not begun", data: run.facts?.name ?? "unknown",
          state: isDone ? "finished" : run.end == nil ? "running or killed at \(place)" : "stopped at \(place)",
          seconds: run.end?.seconds, accuracy: run.evaluation?.accuracy, interval: run.evaluation?.interval,
          date: run.environment?.date))
    }
    self.rows = rows
  }

  /// Every run below a folder, the newest first.
  public static func folders(in runs: URL) -> [RunFolder] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: runs.path)) ?? []
    let found = names.sorted().compactMap { try? RunFolder.open(runs.appendingPathComponent($0)) }
    func begun(_ folder: RunFolder) -> Date {
      (try? folder.configuration.resourceValues(forKeys: [.contentModificationDateKey]))?.contentModificationDate
        ?? .distantPast
    }
    return found.sorted { begun($0) > begun($1) }
  }

  private static let heads = ["run", "recipe", "data", "accuracy, 95% interval", "time", "state"]

  private func cells(_ row: Row) -> [String] {
    let bounds = row.interval.map { " (\(Format.fixed($0.low * 100, 2)) to \(Format.fixed($0.high * 100, 2)))" } ?? ""
    return [
      row.name, row.recipe, row.data, row.accuracy.map { Format.percent($0) + bounds } ?? "not measured",
      row.seconds.map(Format.duration) ?? "", row.state,
    ]
  }

  /// Aligned columns, a line a run.
  public var text: String {
    ComparisonTable.aligned([Self.heads] + rows.map(cells), rightAligned: [4]).joined(separator: "\n")
  }

  /// The table as a page that opens without a network; each run's name leads to its report.
  /// - Parameter folder: Where the page will be; links are relative to it.
  public func page(in folder: URL, runs: [RunFolder]) -> String {
    func escaped(_ text: String) -> String {
      text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
        .replacingOccurrences(of: "\"", with: "&quot;")
    }
    let head = Self.heads.map { "<th>\(escaped($0))</th>" }.joined()
    let body = zip(rows, runs).map { row, run in
      let cells = cells(row)
      let link = "<a href=\"\(escaped(run.report.absoluteString))\">\(escaped(cells[0]))</a>"
      return "<tr><td>\(link)</td>" + cells.dropFirst().map { "<td>\(escaped($0))</td>" }.joined() + "</tr>"
    }.joined(separator: "\n")
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Runs compared</title><style>\(ReportTemplate.style)</style></head>
      <body><main><p class="eyebrow">Sparring · runs</p><h1>\(rows.count) runs</h1>
      <p>Intervals tell how far other test images would move a figure; other seeds move it, too.</p>
      <div class="scroll"><table><thead><tr>\(head)</tr></thead><tbody>
      \(body)
      </tbody></table></div></main></body></html>
      """
  }
}
