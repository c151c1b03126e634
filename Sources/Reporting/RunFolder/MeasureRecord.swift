public import Foundation
public import SparringEvaluation

/// What a run's samples were found to be, as its folder keeps it.
public struct MeasureRecord: Sendable, Hashable, Codable {
  /// The checkpoint whose generator made the images.
  public let checkpoint: String
  /// Steps done then; nil in records of older versions.
  public let step: Int?
  /// What random latents flowed from.
  public let seed: UInt64
  /// The figures and what they were computed from.
  public let measures: GeneratorMeasures

  /// A record of these values.
  public init(checkpoint: String, step: Int?, seed: UInt64, measures: GeneratorMeasures) {
    (self.checkpoint, self.step, self.seed, self.measures) = (checkpoint, step, seed, measures)
  }
}

extension RunFolder {
  /// See ``MeasureRecord``; a list, the newest last.
  public var measures: URL { url.appendingPathComponent("measures.json") }

  /// What was measured so far.
  /// - Throws: ``ReportingError`` when the file is damaged.
  public func measureRecords() throws(ReportingError) -> [MeasureRecord] {
    try decoded([MeasureRecord].self, from: measures) ?? []
  }

  /// Adds what was measured; it takes the place of an older figure of the same comparison and weights.
  public func add(_ record: MeasureRecord) throws(ReportingError) {
    let others = try measureRecords().filter {
      $0.checkpoint != record.checkpoint || $0.seed != record.seed || $0.measures.compared != record.measures.compared
    }
    try replace(measures, with: encoded(others + [record]))
  }
}
