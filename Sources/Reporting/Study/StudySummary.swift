internal import Foundation
public import SparringDatasets
public import SparringEvaluation

/// What the rows of a study say: means with intervals, and paired differences, nulls among them.
public struct StudySummary: Sendable {
  /// One arm with one number of labels.
  public struct Result: Sendable {
    /// The arm.
    public let arm: StudyPlan.Arm
    /// Its finished rows, by seed.
    public let rows: [StudyRow]
    /// The mean over the seeds with its 95% interval.
    public let accuracy: MeanEstimate

    /// The mean of a figure over the rows that have it; nil where none does.
    public func mean(_ figure: (StudyRow) -> Double?) -> Double? {
      let values = rows.compactMap(figure)
      return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
  }

  /// One arm against another over the seeds that both have.
  public struct Difference: Sendable {
    /// What is claimed to be better.
    public let method: String
    /// What it is measured against.
    public let baseline: String
    /// Whether ``baseline`` is the supervised arm.
    public let isToSupervised: Bool
    /// Whether ``baseline`` is the strongest arm without a generator.
    public let isToStrongest: Bool
    /// Whether ``baseline`` is the plan's own.
    public let isToNamed: Bool
    /// What the pairs say.
    public let result: PairedComparison
    /// The paired t-test's p after Holm's correction for every difference of the study; nil for a single pair.
    public var adjustedP: Double?

    /// Two pairs happen to differ by nearly the same now and then, and a t-test takes that for certainty.
    static let fewestPairs = 3
    /// Whether a difference is shown: the corrected p is below 0.05, over three pairs at least.
    public var isShown: Bool {
      result.differences.count >= Self.fewestPairs && adjustedP.map { $0 < 0.05 } ?? false
    }
    /// In words, nulls like the others.
    public var reading: String {
      guard adjustedP != nil else { return "one seed, no evidence" }
      guard result.differences.count >= Self.fewestPairs else { return "two seeds, no evidence" }
      return isShown ? (result.difference.mean > 0 ? "more accurate" : "less accurate") : "no difference shown"
    }
  }

  /// All arms with one number of labels.
  public struct Point: Sendable {
    /// As asked for; 0 for all.
    public let labels: Int
    /// Labels that were shown.
    public let labelCount: Int
    /// Of the arms that have any, in the plan's order.
    public let results: [Result]
    /// The first arm of the recipe `supervised`.
    public let supervised: String?
    /// The arm without a generator whose mean accuracy is highest, of those with at least half as many seeds as any of
    /// them: one lucky seed of an arm that failed on the others is no opponent.
    public let strongest: String?
    /// To both of these, or to the plan's own baseline, in the order of the arms.
    public var differences: [Difference]

    /// `100 labels`, `all 2,400 labels`.
    public var title: String {
      (labels == 0 ? "all " : "") + Format.count(labelCount) + (labelCount == 1 ? " label" : " labels")
    }
    /// One arm's.
    public func result(_ arm: String) -> Result? { results.first { $0.arm.name == arm } }
  }

  /// All that was measured on one data set with one augmentation.
  public struct Group: Sendable {
    /// The data set's name.
    public let dataset: String
    /// nil where each arm kept its own.
    public let augmentation: AugmentationLevel?
    /// What the accuracy is of: `10,000 test examples`.
    public let scored: String
    /// By number of labels, those that have any result.
    public var points: [Point]

    /// `MNIST`, `MNIST, augmentation weak`.
    public var title: String {
      let name = (try? KnownDataset.named(dataset))?.title ?? dataset
      return augmentation.map { $0 == .none ? "\(name), no augmentation" : "\(name), \($0.rawValue) augmentation" }
        ?? name
    }
  }

  /// In the order of the plan.
  public let groups: [Group]
  /// Differences that were corrected for together.
  public let comparisonCount: Int

  /// - Throws: ``ReportingError`` where figures cannot be compared.
  public init(_ record: StudyRecord) throws(ReportingError) {
    var groups: [Group] = []
    do {
      for source in record.plan.sources {
        for level in record.plan.augmentations?.map(Optional.some) ?? [nil] {
          let rows = record.finished.filter { $0.dataset == source.name && $0.augmentation == level }
          guard !rows.isEmpty else { continue }
          groups.append(
            Group(
              dataset: source.name, augmentation: level,
              scored: Self.scored(rows.lazy.compactMap(\.testCount).first, isHeldOut: record.plan.heldOut != nil),
              points: try record.plan.labels.compactMap { labels in
                try Self.point(labels, rows.filter { $0.labels == labels }, record.plan)
              }))
        }
      }
      comparisonCount = try Self.correct(&groups)
    } catch {
      throw error as? ReportingError ?? ReportingError("\(error)")
    }
    self.groups = groups
  }

  private static func scored(_ count: Int?, isHeldOut: Bool) -> String {
    (count.map { Format.count($0) + " " } ?? "") + (isHeldOut ? "held-out training examples" : "test examples")
  }

  private static func point(_ labels: Int, _ rows: [StudyRow], _ plan: StudyPlan) throws -> Point? {
    let results = try plan.arms.compactMap { arm -> Result? in
      let own = rows.filter { $0.arm == arm.name }.sorted { $0.seed < $1.seed }
      guard !own.isEmpty else { return nil }
      return Result(arm: arm, rows: own, accuracy: try MeanEstimate(own.compactMap(\.accuracy), within: 0...1))
    }
    guard !results.isEmpty else { return nil }
    let supervised = results.first { $0.arm.recipe == "supervised" }?.arm.name
    let without = results.filter { !$0.arm.hasGenerator }
    let most = without.map(\.rows.count).max() ?? 0
    let strongest = without.filter { 2 * $0.rows.count >= most }
      .max { $0.accuracy.mean < $1.accuracy.mean }?.arm.name
    var baselines: [String] = []
    for name in plan.baseline.map({ [$0] }) ?? [supervised, strongest].compactMap(\.self)
    where !baselines.contains(name) { baselines.append(name) }
    var differences: [Difference] = []
    for result in results {
      for baseline in baselines where baseline != result.arm.name {
        // Its mirror image stands where the strongest is measured against the supervised one.
        if plan.baseline == nil, result.arm.name == supervised, baseline == strongest { continue }
        guard let other = results.first(where: { $0.arm.name == baseline }),
          let paired = try paired(result.rows, other.rows)
        else { continue }
        differences.append(
          Difference(
            method: result.arm.name, baseline: baseline, isToSupervised: baseline == supervised,
            isToStrongest: baseline == strongest, isToNamed: baseline == plan.baseline, result: paired))
      }
    }
    return Point(
      labels: labels, labelCount: rows.lazy.compactMap(\.labelCount).first ?? labels, results: results,
      supervised: supervised, strongest: strongest, differences: differences)
  }

  /// nil where the two share no seed.
  private static func paired(_ method: [StudyRow], _ baseline: [StudyRow]) throws -> PairedComparison? {
    let known = Dictionary(baseline.map { ($0.seed, $0.accuracy) }) { first, _ in first }
    let pairs = method.compactMap { row -> (Double, Double)? in
      guard let before = known[row.seed] ?? nil, let after = row.accuracy else { return nil }
      return (before, after)
    }
    return pairs.isEmpty ? nil : try PairedComparison(baseline: pairs.map(\.0), method: pairs.map(\.1))
  }

  /// Every difference of the study is one family.
  private static func correct(_ groups: inout [Group]) throws -> Int {
    var places: [(group: Int, point: Int, difference: Int, p: Double)] = []
    for (i, group) in groups.enumerated() {
      for (j, point) in group.points.enumerated() {
        for (k, difference) in point.differences.enumerated() {
          if let p = difference.result.tTestP { places.append((i, j, k, p)) }
        }
      }
    }
    for (place, p) in zip(places, try holmCorrected(places.map(\.p))) {
      groups[place.group].points[place.point].differences[place.difference].adjustedP = p
    }
    return places.count
  }
}
