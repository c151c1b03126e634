import Foundation
public import SparringDatasets
import SparringPresets
public import SparringReporting
import SparringTraining

/// A study as a YAML file describes it, to be completed and made a ``StudyPlan``.
///
///     datasets: [mnist]
///     labels: [40, 100]
///     augmentation: [none, strong]
///     arms:
///       - few-labels-supervised
///       - {name: heavy, arm: few-labels-gan, set: [options.adversarialWeight=1]}
///     seeds: 6
///     budget: time=3m
public struct StudyPreset: Sendable, Decodable {
  /// A recipe or a preset, perhaps with settings of its own.
  public struct Arm: Sendable, Decodable {
    /// A recipe or a preset.
    public var word: String
    /// What it is called; nil takes the word.
    public var name: String?
    /// `key=value`.
    public var settings: [String] = []

    /// A recipe or a preset as it is.
    public init(_ word: String) { self.word = word }

    private enum CodingKeys: String, CodingKey, CaseIterable {
      case name, arm, set
    }

    /// A word, or a section with `arm`, `name` and `set`.
    public init(from decoder: any Decoder) throws {
      if let word = try? decoder.singleValueContainer().decode(String.self) {
        self.word = word
        return
      }
      try requireKnownKeys(CodingKeys.allCases.map(\.rawValue), in: decoder)
      let values = try decoder.container(keyedBy: CodingKeys.self)
      word = try values.decode(String.self, forKey: .arm)
      name = try values.decodeIfPresent(String.self, forKey: .name)
      settings = try values.decodeIfPresent([String].self, forKey: .set) ?? []
    }
  }

  /// Data sets, by name or path.
  public var datasets: [String] = []
  /// Labels that are shown; 0 for all.
  public var labels: [Int] = []
  /// nil leaves augmentation to the arms.
  public var augmentation: [AugmentationLevel]?
  /// In the order of display.
  public var arms: [Arm] = []
  /// How many seeds.
  public var seeds = 6
  /// The first of them.
  public var firstSeed = 1
  /// What is equal; nil takes the budget's.
  public var equal: StudyCost?
  /// As typed; nil takes the length of the first arm that is not fitted at once.
  public var budget: String?
  /// `key=value`, for every arm.
  public var settings: [String] = []
  /// Training examples that are held out and scored instead of the test part; nil scores the test part.
  public var heldOut: Int?
  /// The arm that all others are measured against; nil takes the supervised one and the strongest without a generator.
  public var baseline: String?

  /// Nothing yet.
  public init() {}

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case datasets, labels, augmentation, arms, seeds, firstSeed, equal, budget, set, heldOut, baseline
  }

  /// Reads the sections of a file; those that are left out keep their defaults.
  public init(from decoder: any Decoder) throws {
    try requireKnownKeys(CodingKeys.allCases.map(\.rawValue), in: decoder)
    let values = try decoder.container(keyedBy: CodingKeys.self)
    datasets = try values.decodeIfPresent([String].self, forKey: .datasets) ?? []
    labels = try values.decodeIfPresent([Int].self, forKey: .labels) ?? []
    augmentation = try values.decodeIfPresent([AugmentationLevel].self, forKey: .augmentation)
    arms = try values.decodeIfPresent([Arm].self, forKey: .arms) ?? []
    seeds = try values.decodeIfPresent(Int.self, forKey: .seeds) ?? seeds
    firstSeed = try values.decodeIfPresent(Int.self, forKey: .firstSeed) ?? firstSeed
    equal = try values.decodeIfPresent(StudyCost.self, forKey: .equal)
    budget = try values.decodeIfPresent(String.self, forKey: .budget)
    settings = try values.decodeIfPresent([String].self, forKey: .set) ?? []
    heldOut = try values.decodeIfPresent(Int.self, forKey: .heldOut)
    baseline = try values.decodeIfPresent(String.self, forKey: .baseline)
  }

  /// What a YAML text holds.
  /// - Parameter source: What to call it in messages.
  public init(yaml: String, source: String) throws { self = try decodedYAML(Self.self, yaml, source: source) }

  /// One of ``Presets/Studies``.
  /// - Throws: ``TrainingError`` that suggests the nearest name.
  public init(named name: String) throws {
    let names = Presets.Studies.names
    guard let text = Presets.Studies.text(named: name) else {
      throw TrainingError(
        "there is no study '\(name)'\(suggestion(for: name, among: names)); the studies are "
          + "\(names.joined(separator: ", ")), and a folder or a .yaml file may be named, too")
    }
    try self.init(yaml: text, source: "study \(name)")
  }

  /// The grid.
  /// - Parameter name: What the study is called.
  /// - Throws: What is wrong with a value, in one line.
  public func plan(named name: String) throws -> StudyPlan {
    guard !datasets.isEmpty else { throw TrainingError("name the data: --dataset mnist, or a folder's path") }
    guard !arms.isEmpty else {
      throw TrainingError("name what is compared: --recipes supervised,consistency-gan, or presets")
    }
    guard (1...1000).contains(seeds) else { throw TrainingError("--seeds is \(seeds); use 1 to 1000") }
    guard (0...(1 << 50)).contains(firstSeed) else { throw TrainingError("--first-seed is \(firstSeed); use 0 and up") }
    let budget = try budget.map { try StudyBudget($0) }
    if let equal, let budget, equal != budget.cost {
      throw TrainingError("--equal \(equal.rawValue) and a budget of \(budget.cost.rawValue): name the same")
    }
    var plan = StudyPlan(
      name: name, sources: datasets.map { .init(typed: $0) }, labels: labels.isEmpty ? [100] : labels,
      augmentations: augmentation,
      arms: try arms.map { try StudyPlan.Arm($0.word, name: $0.name, settings: $0.settings, within: settings) },
      seeds: Array(firstSeed..<firstSeed + seeds))
    (plan.settings, plan.equal, plan.budget) = (settings, equal ?? budget?.cost, budget?.amount)
    (plan.heldOut, plan.baseline) = (heldOut, baseline)
    return plan
  }
}

private struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }
  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

private func requireKnownKeys(_ known: [String], in decoder: any Decoder) throws {
  for key in try decoder.container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
    throw TrainingError("unknown key '\(key.stringValue)'\(suggestion(for: key.stringValue, among: known))")
  }
}
