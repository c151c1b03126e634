public import Foundation
public import SparringDatasets
public import SparringRecipes

/// A run as its folder tells it. Parts that are not there yet are empty, so a running or interrupted run
/// can be shown, too.
public struct RunRecord: Sendable {
  /// A grid of generated images.
  public struct Sample: Sendable, Hashable {
    /// Steps done when it was drawn.
    public let step: Int
    /// A PNG file.
    public let url: URL
  }

  /// Where everything here was read.
  public let folder: RunFolder
  /// The text of `config.yaml`.
  public let configuration: String
  /// What was known of the data; nil in runs of older versions.
  public let facts: DataFacts?
  /// Where and with what the run was made.
  public let environment: RunEnvironment?
  /// In the order written.
  public let metrics: [MetricRecord]
  /// By step.
  public let samples: [Sample]
  /// What the trained classifier answered; nil before the evaluation.
  public let evaluation: EvaluationRecord?
  /// How near its samples were found to be to real images; empty before anybody measured.
  public let measures: [MeasureRecord]
  /// How it restores images, beside methods without a network; nil before anybody measured.
  public let restoration: RestorationRecord?

  /// - Throws: ``ReportingError`` when a file cannot be read or is damaged.
  public init(_ folder: RunFolder) throws(ReportingError) {
    self.folder = folder
    try folder.requireOwnFiles()
    configuration = String(decoding: try contents(of: folder.configuration) ?? Data(), as: UTF8.self)
    facts = try decoded(DataFacts.self, from: folder.facts)
    do {
      try facts?.validate()
    } catch {
      throw ReportingError("\(folder.facts.relativePath) is damaged: \(error.message)")
    }
    environment = try decoded(RunEnvironment.self, from: folder.environment)
    metrics = try MetricsLog.read(folder.metrics)
    evaluation = try folder.evaluationRecord()
    measures = try folder.measureRecords()
    restoration = try folder.restorationRecord()
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.samples.path)) ?? []
    samples = names.compactMap { name in
      RunRecorder.sampleStep(name).map { Sample(step: $0, url: folder.samples.appendingPathComponent(name)) }
    }
    .sorted { $0.step < $1.step }
  }

  /// The recipe's name.
  public var recipe: String? { metrics.last { $0.kind == .start }?.recipe }
  /// Whether its samples are damaged images and what was made of them.
  var restores: Bool { parameterCounts["restorer"] != nil }
  /// Weights of each network, by the name of its role.
  var parameterCounts: [String: Int] { metrics.last { $0.kind == .start }?.parameterCounts ?? [:] }
  /// What the names in ``metrics`` stand for, in the order in which the run first told of them; the last word counts.
  public var quantities: [Quantity] {
    var found: [Quantity] = []
    for quantity in metrics.lazy.compactMap(\.quantity).prefix(1000) {
      if let index = found.firstIndex(where: { $0.name == quantity.name }) {
        found[index] = quantity
      } else {
        found.append(quantity)
      }
    }
    return found
  }
  /// What a name stands for, also in a run of an older version, which did not say.
  public func quantity(named name: String) -> Quantity {
    quantities.last { $0.name == name } ?? .standard(named: name) ?? Quantity(name)
  }
  /// Steps of the whole run.
  public var totalSteps: Int? { metrics.last { $0.kind == .start }?.totalSteps }
  /// Steps done.
  public var step: Int { metrics.map(\.step).max() ?? 0 }
  /// How the run ended last; nil while it runs, or when it was killed.
  public var end: MetricRecord? {
    guard let last = metrics.last, last.kind == .end else { return nil }
    return last
  }
  /// Signs that training was failing.
  public var warnings: [MetricRecord] { metrics.filter { $0.kind == .warning } }
}
