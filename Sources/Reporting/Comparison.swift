public import SparringEvaluation
public import Foundation

/// Arms compared on one data set over the same seeds; saved as `comparison.json`, from which the
/// table and the report are made.
public struct Comparison: Sendable, Hashable, Codable {
  /// One run of an arm.
  public struct Row: Sendable, Hashable, Codable {
    /// What the labelled split and the weights were drawn from.
    public let seed: Int
    /// From 0 to 1, on the comparison's split.
    public let accuracy: Double
    /// Seconds of training.
    public let seconds: Double
    /// Training steps.
    public let steps: Int
    /// Images that passed forward through any trained network.
    public let imagePasses: Int
    /// Its name in the comparison's folder; a run that lies elsewhere is counted, but not shown.
    public let runFolder: String

    /// The figures of one run.
    public init(seed: Int, accuracy: Double, seconds: Double, steps: Int, imagePasses: Int, runFolder: String) {
      (self.seed, self.accuracy, self.seconds) = (seed, accuracy, seconds)
      (self.steps, self.imagePasses, self.runFolder) = (steps, imagePasses, runFolder)
    }
  }

  /// What is compared: the runs of a recipe with one configuration.
  public struct Arm: Sendable, Hashable, Codable {
    /// What it is called, such as the preset's name; no two arms share one.
    public let name: String
    /// The recipe's name.
    public let recipe: String
    /// One row per seed.
    public let rows: [Row]

    /// The runs of one recipe.
    /// - Parameter name: nil takes the recipe's.
    public init(_ name: String? = nil, recipe: String, rows: [Row]) {
      (self.name, self.recipe, self.rows) = (name ?? recipe, recipe, rows)
    }

    /// Reads an arm; one of an older version has the recipe's name only.
    public init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      self.init(
        try values.decodeIfPresent(String.self, forKey: .name), recipe: try values.decode(String.self, forKey: .recipe),
        rows: try values.decode([Row].self, forKey: .rows))
    }
  }

  /// The data set as a title names it, such as `MNIST`.
  public let dataset: String
  /// Images whose label the arms may see.
  public let labelCount: Int
  /// The split that accuracies are measured on, and its images.
  public let split: String
  /// Images in ``split``.
  public let imageCount: Int
  /// In the order of display. Those that are neither baseline nor method are extras, such as ablations.
  public let arms: [Arm]
  /// The arm that the claim is measured against.
  public let baseline: String
  /// The arm that is claimed to be better.
  public let method: String
  /// Further arms that the method is measured against, such as the strongest without a generator.
  public let furtherBaselines: [String]
  /// ``baseline``, then the further ones.
  public var baselines: [String] { [baseline] + furtherBaselines }

  /// - Throws: ``ReportingError`` when the baseline or the method is not among the arms, an arm is empty or
  ///   stands twice, or has a seed twice.
  public init(
    dataset: String, labelCount: Int, split: String, imageCount: Int, arms: [Arm], baseline: String, method: String,
    furtherBaselines: [String] = []
  ) throws(ReportingError) {
    (self.dataset, self.labelCount, self.split, self.imageCount) = (dataset, labelCount, split, imageCount)
    (self.arms, self.baseline, self.method, self.furtherBaselines) = (arms, baseline, method, furtherBaselines)
    for name in baselines + [method] where !arms.contains(where: { $0.name == name }) {
      throw ReportingError("the comparison has no runs of \(name)")
    }
    guard Set(arms.map(\.name)).count == arms.count else {
      throw ReportingError("an arm stands twice in the comparison")
    }
    let counts = 0...(1 << 60)
    guard arms.count <= 1000, counts.contains(labelCount), counts.contains(imageCount),
      arms.allSatisfy({ arm in
        arm.rows.allSatisfy { counts.contains($0.steps) && counts.contains($0.imagePasses) && $0.seconds.isFinite }
      })
    else { throw ReportingError("the comparison has counts that no run has") }
    for arm in arms where arm.rows.isEmpty || Set(arm.rows.map(\.seed)).count != arm.rows.count {
      throw ReportingError("\(arm.name) has no runs, or two of the same seed")
    }
  }

  /// Reads `comparison.json` from a folder.
  public init(loadingFrom folder: URL) throws(ReportingError) {
    let url = Self.url(in: folder)
    try folder.requireOwn(url)
    guard let found = try decoded(Comparison.self, from: url) else {
      throw ReportingError("there is no comparison at \(url.relativePath)")
    }
    // The checks again: the file may have been edited.
    try self.init(
      dataset: found.dataset, labelCount: found.labelCount, split: found.split, imageCount: found.imageCount,
      arms: found.arms, baseline: found.baseline, method: found.method, furtherBaselines: found.furtherBaselines)
  }

  /// Reads a comparison without checking it; one of an older version has one baseline.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    dataset = try values.decode(String.self, forKey: .dataset)
    labelCount = try values.decode(Int.self, forKey: .labelCount)
    split = try values.decode(String.self, forKey: .split)
    imageCount = try values.decode(Int.self, forKey: .imageCount)
    arms = try values.decode([Arm].self, forKey: .arms)
    baseline = try values.decode(String.self, forKey: .baseline)
    method = try values.decode(String.self, forKey: .method)
    furtherBaselines = try values.decodeIfPresent([String].self, forKey: .furtherBaselines) ?? []
  }

  /// Writes `comparison.json` into a folder, which is made if it is not there.
  public func write(to folder: URL) throws(ReportingError) {
    try replace(Self.url(in: folder), with: encoded(self))
  }

  /// Where a folder keeps its comparison.
  public static func url(in folder: URL) -> URL { folder.appendingPathComponent("comparison.json") }
}

extension Comparison {
  /// The method against the baseline over the seeds that both have, in order of seed.
  public struct Paired: Sendable {
    /// The seeds that both have, ascending.
    public let seeds: [Int]
    /// The baseline's accuracies.
    public let baseline: [Double]
    /// The method's accuracies.
    public let method: [Double]
    /// What they say.
    public let result: PairedComparison
  }

  /// The arm of that name; nil when there is none.
  public func arm(_ name: String) -> Arm? { arms.first { $0.name == name } }

  /// Every seed that occurs, ascending.
  public var seeds: [Int] { Set(arms.flatMap { $0.rows.map(\.seed) }).sorted() }

  /// - Throws: ``ReportingError`` when the two share no seed.
  public func paired() throws(ReportingError) -> Paired {
    try paired(method, against: baseline)
  }

  /// Any two arms over the seeds that both have.
  public func paired(_ method: String, against baseline: String) throws(ReportingError) -> Paired {
    let (before, after) = (arm(baseline)?.accuracies ?? [:], arm(method)?.accuracies ?? [:])
    let shared = before.keys.filter { after[$0] != nil }.sorted()
    guard !shared.isEmpty else { throw ReportingError("\(method) and \(baseline) have no seed in common") }
    let (first, second) = (shared.compactMap { before[$0] }, shared.compactMap { after[$0] })
    do {
      return Paired(
        seeds: shared, baseline: first, method: second,
        result: try PairedComparison(baseline: first, method: second))
    } catch {
      throw ReportingError(error.message)
    }
  }

  /// The seed whose difference is the median one (the lower of the two middle ones): the seed to look at closely.
  public func representativeSeed() throws(ReportingError) -> Int {
    let paired = try paired()
    let sorted = zip(paired.seeds, paired.result.differences).sorted { ($0.1, $0.0) < ($1.1, $1.0) }
    return sorted[(sorted.count - 1) / 2].0
  }
}

extension Comparison.Arm {
  /// By seed.
  var accuracies: [Int: Double] {
    Dictionary(rows.map { ($0.seed, $0.accuracy) }, uniquingKeysWith: { first, _ in first })
  }

  /// The mean accuracy over the seeds with its interval; nil when a figure is not finite.
  public var accuracy: MeanEstimate? { try? MeanEstimate(rows.map(\.accuracy), within: 0...1) }

  /// Mean seconds of a run.
  public var meanSeconds: Double { rows.isEmpty ? 0 : rows.reduce(0) { $0 + $1.seconds } / Double(rows.count) }
}
