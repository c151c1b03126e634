internal import Foundation
public import SparringDatasets

/// What a study compares: every arm on every data set, with every number of labels and every augmentation, over every
/// seed. Saved as `study.json`; the grid may grow later, the settings may not change.
public struct StudyPlan: Sendable, Hashable, Codable {
  /// A way to train: a recipe or a preset, perhaps with settings of its own.
  public struct Arm: Sendable, Hashable, Codable {
    /// What it is called; no two arms share one.
    public let name: String
    /// The recipe's name.
    public let recipe: String
    /// The preset that it begins with; nil for a recipe as it is.
    public let preset: String?
    /// Whether a generator has a part in what the classifier learns.
    public let hasGenerator: Bool
    /// `key=value`, laid over those of the whole study.
    public let settings: [String]

    /// An arm of these values.
    public init(name: String, recipe: String, preset: String?, hasGenerator: Bool, settings: [String] = []) {
      (self.name, self.recipe, self.preset) = (name, recipe, preset)
      (self.hasGenerator, self.settings) = (hasGenerator, settings)
    }

    /// Whether they train alike; whether a generator has a part in it follows from that.
    public static func == (one: Arm, other: Arm) -> Bool {
      (one.name, one.recipe, one.preset, one.settings) == (other.name, other.recipe, other.preset, other.settings)
    }

    /// By all that ``==(_:_:)`` compares.
    public func hash(into hasher: inout Hasher) {
      hasher.combine(name)
      hasher.combine(recipe)
      hasher.combine(preset)
      hasher.combine(settings)
    }

    /// What it begins with.
    var origin: String { preset.map { "the preset \($0)" } ?? "the recipe \(recipe)" }
  }

  /// A data set; two are the same when they are called alike, wherever they lie.
  public struct Source: Sendable, Hashable, Codable {
    /// As typed: a known name, or a path.
    public let path: String
    /// The name, or the path's last part.
    public var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    /// A data set as typed.
    public init(_ path: String) { self.path = path }
    /// Whether they are called alike.
    public static func == (one: Source, other: Source) -> Bool { one.name == other.name }
    /// By name.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
  }

  /// What runs are compared within: one data set with one number of labels and one augmentation.
  public struct Condition: Sendable, Hashable {
    /// The data set's name.
    public let dataset: String
    /// Labels that are shown; 0 for all.
    public let labels: Int
    /// nil where each arm keeps its own.
    public let augmentation: AugmentationLevel?

    /// One of a grid's.
    public init(dataset: String, labels: Int, augmentation: AugmentationLevel? = nil) {
      (self.dataset, self.labels, self.augmentation) = (dataset, labels, augmentation)
    }
  }

  /// One run of the grid.
  public struct Cell: Sendable, Hashable {
    /// The data set.
    public let source: Source
    /// Labels that are shown; 0 for all.
    public let labels: Int
    /// nil where each arm keeps its own.
    public let augmentation: AugmentationLevel?
    /// The arm.
    public let arm: Arm
    /// What the labelled split and the weights are drawn from.
    public let seed: Int
    /// The name of its run folder within the study's.
    public let name: String

    /// What it is compared within.
    public var condition: Condition { Condition(dataset: source.name, labels: labels, augmentation: augmentation) }
  }

  /// What it is called.
  public var name: String
  /// The data sets.
  public var sources: [Source]
  /// Labels that are shown; 0 for all.
  public var labels: [Int]
  /// nil where each arm keeps its own.
  public var augmentations: [AugmentationLevel]?
  /// In the order of display; the first that is trained step by step sets the cost that the others share, where no budget
  /// is given.
  public var arms: [Arm]
  /// The seeds that every arm is trained with.
  public var seeds: [Int]
  /// `key=value`, for every arm.
  public var settings: [String] = []
  /// Whether pictures that cannot be read are left out.
  public var skipsUnreadable = false
  /// Training examples of known class that are held out and scored instead of the test part, for choices; nil scores the
  /// test part.
  public var heldOut: Int?
  /// The arm that all others are measured against; nil takes the supervised one and the strongest without a generator.
  public var baseline: String?
  /// What every cell costs alike; nil where each arm is as long as it says itself.
  public var equal: StudyCost?
  /// In the unit of ``equal``; nil takes the length of the first arm.
  public var budget: Double?
  /// Whether run folders are named by arm and seed alone, as of a study of one data set and one number of labels.
  public var hasShortNames = false

  /// A grid.
  public init(
    name: String, sources: [Source], labels: [Int], augmentations: [AugmentationLevel]? = nil, arms: [Arm],
    seeds: [Int]
  ) {
    (self.name, self.sources, self.labels, self.augmentations) = (name, sources, labels, augmentations)
    (self.arms, self.seeds) = (arms, seeds)
  }
}

/// What a run costs, in a quantity that arms may be given equally much of.
public enum StudyCost: String, Sendable, Hashable, Codable, CaseIterable {
  /// Training steps.
  case steps
  /// Images that pass forward through a trained network.
  case images
  /// Seconds of training.
  case time
  /// Floating-point operations of convolutions and matrix products.
  case flops
}

extension StudyPlan {
  /// Every cell: data set by data set, and seed by seed with every arm in turn, so that a machine that slows down slows all
  /// of them.
  public var cells: [Cell] {
    var cells: [Cell] = []
    for source in sources {
      for count in labels {
        for level in augmentations?.map(Optional.some) ?? [nil] {
          for seed in seeds {
            for arm in arms { cells.append(cell(source, count, level, arm, seed)) }
          }
        }
      }
    }
    return cells
  }

  private func cell(_ source: Source, _ labels: Int, _ level: AugmentationLevel?, _ arm: Arm, _ seed: Int) -> Cell {
    let place =
      hasShortNames ? [] : [source.name, labels == 0 ? "all" : "\(labels)"] + (level.map { [$0.rawValue] } ?? [])
    return Cell(
      source: source, labels: labels, augmentation: level, arm: arm, seed: seed,
      name: (place + [arm.name, "seed\(seed)"]).joined(separator: "-"))
  }

  /// The cells of one of `count` parts, in the order of ``cells``: each arm's cells are dealt out in turn, so that parts
  /// differ by one cell at most and every part has its share of the dear arms.
  /// - Parameter index: From 1.
  public func cells(ofPart index: Int, of count: Int) -> [Cell] {
    let cells = cells
    let dealt = arms.flatMap { arm in cells.indices.filter { cells[$0].arm == arm } }
    let own = Set(dealt.enumerated().filter { $0.offset % max(1, count) == index - 1 }.map(\.element))
    return cells.indices.filter(own.contains).map { cells[$0] }
  }

  /// - Throws: ``ReportingError`` for a grid that no study has; plans are also read from files.
  /// - Parameter place: What to call the plan in messages.
  public func validate(in place: String) throws(ReportingError) {
    func require(_ holds: Bool, _ what: String) throws(ReportingError) {
      guard holds else { throw ReportingError("\(place): \(what)") }
    }
    func isName(_ text: String) -> Bool {
      !text.isEmpty && text.utf8.count <= 200 && !text.hasPrefix(".") && !text.contains("/") && !text.contains("\0")
    }
    try require(isName(name), "a study's name is a folder's: use letters, digits, dots and hyphens")
    let axes: [(what: String, count: Int, distinct: Int)] = [
      ("data sets", sources.count, Set(sources).count), ("numbers of labels", labels.count, Set(labels).count),
      ("augmentations", augmentations?.count ?? 1, augmentations.map { Set($0).count } ?? 1),
      ("arms", arms.count, Set(arms.map(\.name)).count), ("seeds", seeds.count, Set(seeds).count),
    ]
    var cellCount = 1
    if let twice = sources.first(where: { source in sources.count { $0 == source } > 1 }) {
      throw ReportingError(
        "\(place): two data sets are called \(twice.name), and runs are named by that: give one of the folders another name"
      )
    }
    for axis in axes {
      try require((1...1000).contains(axis.count), "\(axis.count) \(axis.what); use 1 to 1000")
      try require(axis.count == axis.distinct, "of the \(axis.what), one stands twice")
      cellCount *= axis.count
      try require(cellCount <= 100_000, "the grid has more than 100,000 cells")
    }
    try require(
      sources.allSatisfy { isName("_" + $0.name) && $0.name.first != "/" && $0.path.utf8.count <= 4096 },
      "a data set has no name")
    try require(arms.allSatisfy { isName($0.name) && isName($0.recipe) }, "an arm has no name")
    try require(labels.allSatisfy { (0...1_000_000_000).contains($0) }, "labels are 0, for all, to 1,000,000,000")
    try require(seeds.allSatisfy { $0 >= 0 }, "seeds are whole numbers from 0")
    try require(
      baseline.map { name in arms.contains { $0.name == name } } ?? true,
      "the baseline \(baseline ?? "") is none of the arms; name one of \(arms.map(\.name).joined(separator: ", "))")
    try require(heldOut.map { (1...1_000_000_000).contains($0) } ?? true, "held-out examples are 1 to 1,000,000,000")
    try require(budget.map { $0 > 0 && $0 < 1e30 } ?? true, "the budget is \(budget ?? 0); use more than 0")
    try require(budget == nil || equal != nil, "a budget needs to say of what")
    try require(!hasShortNames || sources.count * labels.count * (augmentations?.count ?? 1) == 1, "its grid has grown")
  }

  /// The grid that covers this one and another's.
  /// - Parameters:
  ///   - place: Where this plan stands, for messages.
  ///   - advice: What to do where they do not fit.
  /// - Throws: ``ReportingError`` where what both have in common is not the same.
  public func joined(with other: StudyPlan, in place: String, advice: String) throws(ReportingError) -> StudyPlan {
    func refuse(_ what: String, _ mine: String, _ others: String) -> ReportingError {
      ReportingError("\(place) holds a study with \(what) \(mine), not \(others): \(advice)")
    }
    func list(_ settings: [String]) -> String { settings.isEmpty ? "none" : settings.joined(separator: " ") }
    if settings != other.settings { throw refuse("the settings", list(settings), list(other.settings)) }
    if skipsUnreadable != other.skipsUnreadable {
      throw refuse("--skip-unreadable", "\(skipsUnreadable)", "\(other.skipsUnreadable)")
    }
    if heldOut != other.heldOut {
      throw refuse("--held-out", heldOut.map(String.init) ?? "none", other.heldOut.map(String.init) ?? "none")
    }
    if (equal, budget) != (other.equal, other.budget) { throw refuse("the budget", budgetText, other.budgetText) }
    if (augmentations == nil) != (other.augmentations == nil) {
      throw ReportingError(
        "\(place) holds a study \(augmentations == nil ? "without" : "with") an augmentation axis: \(advice)")
    }
    if hasShortNames != other.hasShortNames || hasShortNames && (sources, labels) != (other.sources, other.labels) {
      throw ReportingError("\(place) holds another comparison, on other data or labels: \(advice)")
    }
    for arm in other.arms {
      guard let mine = arms.first(where: { $0.name == arm.name }) else { continue }
      if mine.origin != arm.origin { throw refuse("an arm \(arm.name) that is", mine.origin, arm.origin) }
      if mine.settings != arm.settings {
        throw refuse("an arm \(arm.name) with the settings", list(mine.settings), list(arm.settings))
      }
    }
    var joined = self
    func added<Element: Hashable>(_ old: [Element], _ new: [Element]) -> [Element] {
      old + new.filter { !old.contains($0) }
    }
    // Where the data lie now.
    joined.sources = added(sources.map { mine in other.sources.first { $0 == mine } ?? mine }, other.sources)
    joined.labels = added(labels, other.labels).sorted { ($0 == 0 ? Int.max : $0) < ($1 == 0 ? Int.max : $1) }
    joined.augmentations = augmentations.map { added($0, other.augmentations ?? []) }
    joined.arms = added(arms, other.arms)
    joined.baseline = other.baseline ?? baseline
    joined.seeds = added(seeds, other.seeds).sorted()
    try joined.validate(in: place)
    return joined
  }

  /// Such as `time=180`, `time as the first arm trained in steps takes`, or `each arm's own length`.
  public var budgetText: String {
    guard let equal else { return "of each arm's own length" }
    guard let budget else { return "\(equal.rawValue) as the first arm trained in steps takes" }
    return "\(equal.rawValue)=" + (budget == budget.rounded() && budget < 1e9 ? String(Int(budget)) : "\(budget)")
  }
}
