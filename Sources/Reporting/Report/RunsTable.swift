public import Foundation
public import SparringEvaluation
internal import SparringDatasets
internal import SparringTorch

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
    /// On ``split``, from 0 to 1; nil where nothing was measured.
    public let accuracy: Double?
    /// What was measured: `test`, or `validation` where choices are made.
    public let split: String?
    /// The accuracy's 95% interval.
    public let interval: Interval?
    /// When it began.
    public let date: Date?
  }

  /// In the order given.
  public let rows: [Row]

  /// The runs in these folders; one whose files are damaged says so in its row.
  public init(_ folders: [RunFolder]) {
    rows = folders.map { folder in
      guard let run = try? RunRecord(folder) else {
        return Row(
          name: folder.name, recipe: "", data: "", state: "damaged", seconds: nil, accuracy: nil, split: nil,
          interval: nil,
          date: nil)
      }
      let isDone = run.end?.isComplete ?? false
      let place = "step \(Format.count(run.step))"
      return Row(
        name: folder.name, recipe: run.recipe ?? "not begun", data: run.facts?.name ?? "unknown",
        state: isDone ? "finished" : run.end == nil ? "running or killed at \(place)" : "stopped at \(place)",
        seconds: run.end?.seconds, accuracy: run.evaluation?.accuracy, split: run.evaluation?.split,
        interval: run.evaluation?.interval,
        date: run.environment?.date)
    }
  }

  /// Every run in a folder and in the folders in it, such as a demo's; the newest first.
  public static func folders(in runs: URL) -> [RunFolder] {
    func names(_ folder: URL) -> [URL] {
      ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
        .map { folder.appendingPathComponent($0) }
    }
    let found = names(runs).flatMap { place -> [RunFolder] in
      if let run = try? RunFolder.open(place) { return [run] }
      return names(place).compactMap { try? RunFolder.open($0) }
    }
    let dates = found.map { (try? decoded(RunEnvironment.self, from: $0.environment))?.date ?? .distantPast }
    return zip(found, dates).sorted { $0.1 > $1.1 }.map(\.0)
  }

  static let heads = ["run", "begun", "recipe", "data", "accuracy, 95% interval", "time", "state"]

  func cells(_ row: Row) -> [String] {
    let bounds = row.interval.map { " (\(Format.fixed($0.low * 100, 2)) to \(Format.fixed($0.high * 100, 2)))" } ?? ""
    let place = row.split.map { $0 == "test" ? "" : ", \(Printable.name($0))" } ?? ""
    return [
      Printable.name(row.name),
      row.date.map {
        $0.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: false)).replacing("T", with: " ")
      } ?? "",
      Printable.name(row.recipe), Printable.name(row.data),
      row.accuracy.map { Format.percent($0) + bounds + place } ?? "not measured",
      row.seconds.map(Format.duration) ?? "", row.state,
    ]
  }

  /// Aligned columns, a line a run.
  public var text: String {
    ComparisonTable.aligned([Self.heads] + rows.map(cells), rightAligned: [5]).joined(separator: "\n")
  }
}
