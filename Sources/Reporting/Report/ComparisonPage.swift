internal import SparringEvaluation
internal import Foundation

/// A page about arms compared over seeds; every text is ready to be shown.
struct ComparisonPage {
  struct Figure {
    let name: String
    let value: String
    let interval: String
    let color: String
  }

  struct ArmRow {
    let name: String
    let recipe: String
    let seeds: String
    let accuracy: String
    let interval: String
    let steps: String
    let passes: String
    let time: String
  }

  struct SeedRow {
    let seed: String
    let accuracies: [Entry]
    let difference: String
  }

  struct Verdict {
    let text: String
    let isNull: Bool
  }

  struct Entry {
    let text: String
    /// The run's own report, relative to this page; empty when there is none.
    let link: String
  }

  let title: String
  let style = ReportTemplate.style
  let level = 3
  let subtitle: String
  let figures: [Figure]
  let verdicts: [Verdict]
  let charts: [ChartFigure]
  let arms: [ArmRow]
  let armNames: [String]
  let seeds: [SeedRow]
  let representative: String
  let run: RunView?

  init(_ comparison: Comparison, in folder: URL) throws(ReportingError) {
    let paired = try comparison.paired()
    var all: [(baseline: String, paired: Comparison.Paired)] = []
    for baseline in comparison.baselines {
      all.append((baseline, try comparison.paired(comparison.method, against: baseline)))
    }
    title = "\(comparison.dataset) with \(Format.count(comparison.labelCount)) labels"
    subtitle =
      "\(comparison.method) against \(comparison.baselines.joined(separator: " and ")), accuracy on "
      + "\(Format.count(comparison.imageCount)) \(comparison.split) images"
    figures = Self.figures(comparison, all)
    verdicts = all.map { baseline, paired in
      Verdict(
        text: Self.verdict(comparison, baseline, paired),
        isNull: paired.result.difference.interval != nil && !paired.result.excludesZero)
    }
    charts =
      [AccuracyChart(comparison: comparison).figure()]
      + all.map { DifferenceChart(comparison: comparison, paired: $0.paired, baseline: $0.baseline).figure() }
    arms = comparison.arms.map(Self.row)
    armNames = comparison.arms.map(\.name)
    let differences = Dictionary(zip(paired.seeds, paired.result.differences)) { first, _ in first }
    seeds = comparison.seeds.map { seed in
      SeedRow(
        seed: "\(seed)", accuracies: comparison.arms.map { Self.entry($0, seed: seed, in: folder) },
        difference: differences[seed].map(Format.points) ?? "–")
    }
    let seed = try comparison.representativeSeed()
    representative = "\(comparison.method), seed \(seed)"
    run = try Self.run(comparison.arm(comparison.method)?.rows.first { $0.seed == seed }, in: folder)
  }

  private static func figures(
    _ comparison: Comparison, _ all: [(baseline: String, paired: Comparison.Paired)]
  ) -> [Figure] {
    let named = comparison.baselines.map { ($0, "baseline") } + [(comparison.method, "method")]
    let arms = named.compactMap { name, color in
      comparison.arm(name).map { arm in
        Figure(
          name: name, value: arm.accuracy.map { Format.percent($0.mean) } ?? "not a number",
          interval: bounds(arm.accuracy?.interval) { Format.fixed($0 * 100, 2) }, color: color)
      }
    }
    return arms
      + all.map { baseline, paired in
        let difference = paired.result.difference
        return Figure(
          name: "paired difference\(all.count > 1 ? " to \(baseline)" : ""), in points",
          value: Format.points(difference.mean), interval: bounds(difference.interval, Format.points),
          color: "difference")
      }
  }

  private static func bounds(_ interval: Interval?, _ text: (Double) -> String) -> String {
    interval.map { "95% interval \(text($0.low)) to \(text($0.high))" } ?? "one seed, no interval"
  }

  private static func verdict(_ comparison: Comparison, _ baseline: String, _ paired: Comparison.Paired) -> String {
    let result = paired.result
    guard result.difference.interval != nil else {
      return "One seed shows how a run looks; it is no evidence for either arm."
    }
    let tests = [
      result.tTestP.map { "paired t-test \(Format.pValue($0))" },
      result.wilcoxonP.map { "Wilcoxon signed-rank \(Format.pValue($0))" },
    ].compactMap(\.self).joined(separator: ", ")
    let count = "Over \(paired.seeds.count) paired seeds"
    let evidence = tests.isEmpty ? "" : " (\(tests))"
    guard result.excludesZero else {
      let which = comparison.furtherBaselines.isEmpty ? "no difference" : "no difference to \(baseline)"
      let isPoint = result.areAlike && result.difference.mean != 0
      let reason = isPoint ? "so few that differ by the same are no evidence" : "its 95% interval includes zero"
      return "\(count), \(which) was shown: \(reason)\(evidence)."
    }
    let direction = result.difference.mean > 0 ? "more" : "less"
    return "\(count), \(comparison.method) was \(direction) accurate than \(baseline): the 95% interval "
      + "of the difference is clear of zero\(evidence)."
  }

  private static func row(_ arm: Comparison.Arm) -> ArmRow {
    func mean(_ value: KeyPath<Comparison.Row, Int>) -> String {
      Format.count(
        (arm.rows.reduce(0) { $0 + Double($1[keyPath: value]) } / Double(max(1, arm.rows.count))).rounded(.down))
    }
    return ArmRow(
      name: arm.name, recipe: arm.recipe, seeds: "\(arm.rows.count)",
      accuracy: arm.accuracy.map { Format.percent($0.mean) } ?? "not a number",
      interval: arm.accuracy?.interval.map {
        "\(Format.fixed($0.low * 100, 2)) to \(Format.fixed($0.high * 100, 2))"
      } ?? "–",
      steps: mean(\.steps), passes: mean(\.imagePasses), time: Format.duration(arm.meanSeconds))
  }

  private static func entry(_ arm: Comparison.Arm, seed: Int, in folder: URL) -> Entry {
    guard let row = arm.rows.first(where: { $0.seed == seed }) else { return Entry(text: "–", link: "") }
    // A report that lies elsewhere than below this one would name a path of this machine.
    let place = location(of: row, in: folder)?.appendingPathComponent("report.html").path
    let path = row.runFolder.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(["-", "_", "."]))
    guard let place, let path, FileManager.default.fileExists(atPath: place) else {
      return Entry(text: Format.percent(row.accuracy), link: "")
    }
    // What stands before the first colon would be taken for a scheme.
    return Entry(text: Format.percent(row.accuracy), link: "./\(path)/report.html")
  }

  /// A folder in the comparison's own; nil for any other.
  private static func location(of row: Comparison.Row, in folder: URL) -> URL? {
    row.runFolder.contains("/") ? nil : folder.contained(row.runFolder)
  }

  /// The run's sections; nil when its folder is gone, which must not cost the table.
  private static func run(_ row: Comparison.Row?, in folder: URL) throws(ReportingError) -> RunView? {
    guard let row, let place = location(of: row, in: folder), let found = try? RunFolder.open(place) else { return nil }
    return try RunView(RunRecord(found))
  }
}
