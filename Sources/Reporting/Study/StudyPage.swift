internal import Foundation
internal import SparringDatasets
internal import SparringEvaluation

/// A page about a study; every text is ready to be shown.
struct StudyPage {
  struct ArmRow {
    let name: String
    let recipe: String
    let seeds: String
    let accuracy: String
    let interval: String
    let balanced: String
    let calibration: String
    let steps: String
    let passes: String
    let operations: String
    let time: String
  }

  struct DifferenceRow {
    let method: String
    let baseline: String
    let against: String
    let seeds: String
    let difference: String
    let interval: String
    let tTest: String
    let wilcoxon: String
    let holm: String
    let reading: String
    let isNull: Bool
  }

  struct PointRows {
    let title: String
    let strongest: String
    let arms: [ArmRow]
    let differences: [DifferenceRow]
  }

  struct GroupView {
    let title: String
    let subtitle: String
    let findings: [String]
    let charts: [ChartFigure]
    let points: [PointRows]
    let hasDifferences: Bool
    let samples: [Picture]
  }

  struct SeedRow {
    let place: String
    let labels: String
    let arm: String
    let seed: String
    let accuracy: String
    let link: String
    let steps: String
    let passes: String
    let operations: String
    let time: String
  }

  let title: String
  let style = ReportTemplate.style
  let lead: String
  let cost: String
  let missing: String
  let failures: [Fact]
  let furtherFailures: String
  let groups: [GroupView]
  let correction: String
  let seeds: [SeedRow]
  let seedCount: String
  let settings: [Fact]

  init(_ record: StudyRecord) throws(ReportingError) {
    let (plan, summary) = (record.plan, try StudySummary(record))
    title = plan.name
    let count = Self.count
    let axes =
      [
        count(plan.arms.count, "arm", "arms"), count(plan.labels.count, "number of labels", "numbers of labels"),
        plan.augmentations.map { count($0.count, "augmentation", "augmentations") },
        count(plan.sources.count, "data set", "data sets"), count(plan.seeds.count, "seed", "seeds"),
      ].compactMap(\.self).joined(separator: ", ")
    lead = "\(axes): \(Format.count(record.finished.count)) of \(Format.count(record.rows.count)) runs finished."
    cost = Self.cost(plan)
    missing = record.missing.isEmpty ? "" : "\(count(record.missing.count, "run has", "runs have")) not been made yet."
    failures = record.failed.prefix(30).map { Fact(name: $0.runFolder, value: $0.failure ?? "") }
    let further = record.failed.count - failures.count
    furtherFailures = further > 0 ? "\(Format.count(further)) more in study.csv." : ""
    var groups: [GroupView] = []
    for group in summary.groups { groups.append(try Self.view(of: group, record)) }
    self.groups = groups
    let baselines =
      plan.baseline.map { "Every arm is measured against \($0). " }
      ?? "An arm is measured against the first arm of the recipe “supervised”, and against the strongest arm without a "
      + "generator: the one of highest mean accuracy at that number of labels, of those with at least half as many seeds "
      + "as any. It is chosen by the same figures that "
      + "it is then compared by, so luck is on its side, and a gain over it is claimed the more carefully. "
    correction =
      baselines
      + "Differences are paired by seed; the p-values are of the paired t-test and of Wilcoxon’s signed-rank test, and "
      + "Holm’s correction "
      + "covers all \(Format.count(summary.comparisonCount)) comparisons of this page by the t-test’s p. A difference "
      + "counts as shown, as a gain or a loss, where the corrected p is below 0.05."
    seeds = record.rows.compactMap(\.row).filter(\.isFinished).map { Self.seedRow($0, record.folder) }
    seedCount = count(seeds.count, "run", "runs")
    settings =
      (plan.settings.isEmpty ? [] : [Fact(name: "Every arm", value: plan.settings.joined(separator: " "))])
      + plan.arms.map { arm in
        let origin = arm.preset.map { "preset \($0), recipe \(arm.recipe)" } ?? "recipe \(arm.recipe)"
        let own = arm.settings.isEmpty ? "" : ", \(arm.settings.joined(separator: " "))"
        return Fact(name: arm.name, value: Placeless.word(origin + own))
      }
  }

  private static func count(_ number: Int, _ one: String, _ many: String) -> String {
    "\(Format.count(number)) \(number == 1 ? one : many)"
  }

  private static func cost(_ plan: StudyPlan) -> String {
    guard let equal = plan.equal else { return "Every arm is trained for the length that it says itself." }
    let amount: String
    switch (equal, plan.budget) {
    case (_, nil):
      return "Every run costs as much \(noun(equal)) as the first arm takes by itself that is trained in steps."
    case (.time, let budget?): amount = Format.duration(budget)
    case (.flops, let budget?): amount = Format.operations(budget)
    case (_, let budget?): amount = Format.count(budget)
    }
    return "Every run costs the same \(noun(equal)): \(amount)."
      + (equal == .time
        ? " Steps were timed once at the study’s beginning, so that learning rates end where they should; the seconds "
          + "below are those that each run then took, looks at the scored examples included." : "")
  }

  private static func noun(_ cost: StudyCost) -> String {
    switch cost {
    case .steps: "number of steps"
    case .images: "number of image passes"
    case .time: "time"
    case .flops: "number of floating-point operations"
    }
  }

  private static func view(of group: StudySummary.Group, _ record: StudyRecord) throws(ReportingError) -> GroupView {
    let arms = record.plan.arms
    let charts = [
      LabelChart(accuracyOf: group, arms: arms).figure(),
      LabelChart(differencesOf: group, arms: arms, baseline: record.plan.baseline)?.figure(),
    ].compactMap(\.self)
    return GroupView(
      title: group.title,
      subtitle: "Accuracy on \(group.scored)"
        + (record.plan.heldOut == nil ? "." : ", for choices; the test part was not looked at."),
      findings: group.points.flatMap { findings($0) }, charts: charts,
      points: group.points.map { point in
        PointRows(
          title: point.title, strongest: point.strongest ?? "", arms: point.results.map { row($0) },
          differences: point.differences.map { row($0) })
      }, hasDifferences: group.points.contains { !$0.differences.isEmpty },
      samples: try samples(of: group, record))
  }

  /// What the best arm with a generator is worth, whatever it is; where the plan names a baseline, every arm that was shown
  /// to differ from it.
  private static func findings(_ point: StudySummary.Point) -> [String] {
    let named = point.differences.filter(\.isToNamed)
    if let first = named.first {
      let shown = named.filter(\.isShown).map { finding(point, $0) }
      return shown.isEmpty ? ["With \(point.title), no arm was shown to differ from \(first.baseline)."] : shown
    }
    let best = point.results.filter(\.arm.hasGenerator).max { $0.accuracy.mean < $1.accuracy.mean }
    let difference = point.differences.first { $0.method == best?.arm.name && $0.isToStrongest }
    return difference.map { [finding(point, $0)] } ?? []
  }

  private static func finding(_ point: StudySummary.Point, _ difference: StudySummary.Difference) -> String {
    let bounds = difference.result.difference.interval.map {
      ", 95% interval \(Format.points($0.low)) to \(Format.points($0.high))"
    }
    let words =
      "\(Format.points(difference.result.difference.mean)) points\(bounds ?? "") over "
      + count(difference.result.differences.count, "paired seed", "paired seeds")
      + (difference.adjustedP.map { ", corrected \(Format.pValue($0))" } ?? "")
    let verb =
      difference.isShown
      ? " was \(difference.reading) than \(difference.baseline)"
      : " against \(difference.baseline): \(difference.reading)"
    return "With \(point.title), \(difference.method)\(verb) (\(words))."
  }

  private static func row(_ result: StudySummary.Result) -> ArmRow {
    func share(_ figure: (StudyRow) -> Double?) -> String { result.mean(figure).map { Format.percent($0) } ?? "–" }
    func count(_ figure: (StudyRow) -> Int?) -> String {
      result.mean { figure($0).map(Double.init) }.map { Format.count($0.rounded()) } ?? "–"
    }
    return ArmRow(
      name: result.arm.name, recipe: result.arm.recipe, seeds: "\(result.rows.count)",
      accuracy: Format.percent(result.accuracy.mean),
      interval: result.accuracy.interval.map { "\(Format.fixed($0.low * 100, 2)) to \(Format.fixed($0.high * 100, 2))" }
        ?? "–",
      balanced: share(\.balancedAccuracy), calibration: share(\.calibrationError), steps: count(\.steps),
      passes: count(\.imagePasses), operations: result.mean(\.operations).map(Format.operations) ?? "–",
      time: result.mean(\.seconds).map(Format.duration) ?? "–")
  }

  private static func row(_ difference: StudySummary.Difference) -> DifferenceRow {
    let estimate = difference.result.difference
    func p(_ value: Double?) -> String { value.map { $0 < 0.001 ? "< 0.001" : Format.fixed($0, 3) } ?? "–" }
    return DifferenceRow(
      method: difference.method, baseline: difference.baseline,
      against: difference.isToNamed
        ? "baseline"
        : [difference.isToSupervised ? "supervised" : nil, difference.isToStrongest ? "strongest" : nil]
          .compactMap(\.self).joined(separator: ", "),
      seeds: "\(estimate.count)", difference: Format.points(estimate.mean),
      interval: estimate.interval.map { "\(Format.points($0.low)) to \(Format.points($0.high))" } ?? "–",
      tTest: p(difference.result.tTestP), wilcoxon: p(difference.result.wilcoxonP), holm: p(difference.adjustedP),
      reading: difference.isShown ? (estimate.mean > 0 ? "gain" : "loss") : "none", isNull: !difference.isShown)
  }

  /// Of each arm with a generator, the last grid of the run with the most labels and the first seed.
  private static func samples(of group: StudySummary.Group, _ record: StudyRecord) throws(ReportingError) -> [Picture] {
    var pictures: [Picture] = []
    for arm in record.plan.arms where arm.hasGenerator {
      let row = group.points.reversed().lazy.compactMap { $0.result(arm.name)?.rows.first }.first
      guard let row, let place = record.folder.url.contained(row.runFolder), let run = try? RunFolder.open(place),
        let sample = try? RunRecord(run).samples.last
      else { continue }
      let caption = "\(arm.name), \(Format.count(row.labelCount ?? row.labels)) labels, seed \(row.seed)"
      let picture = try Picture(
        "samples/\(sample.url.lastPathComponent)", in: run, caption: caption, alt: "Generated examples: \(caption)")
      if let picture { pictures.append(picture) }
    }
    return pictures
  }

  private static func seedRow(_ row: StudyRow, _ folder: StudyFolder) -> SeedRow {
    let place = folder.url.contained(row.runFolder)?.appendingPathComponent("report.html").path
    let path = row.runFolder.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(["-", "_", "."]))
    let isThere = place.map(FileManager.default.fileExists(atPath:)) ?? false
    return SeedRow(
      place: row.dataset + (row.augmentation.map { ", \($0.rawValue)" } ?? ""),
      labels: row.labels == 0 ? "all" : Format.count(row.labels), arm: row.arm, seed: "\(row.seed)",
      accuracy: row.accuracy.map { Format.percent($0) } ?? "–",
      // What stands before the first colon would be taken for a scheme.
      link: isThere ? path.map { "./\($0)/report.html" } ?? "" : "",
      steps: row.steps.map(Format.count) ?? "–", passes: row.imagePasses.map(Format.count) ?? "–",
      operations: row.operations.map(Format.operations) ?? "–", time: row.seconds.map(Format.duration) ?? "–")
  }
}
