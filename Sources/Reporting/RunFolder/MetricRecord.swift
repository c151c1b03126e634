internal import Foundation
public import SparringRecipes
internal import SparringTraining

/// One line of `metrics.jsonl`. Which fields are there depends on the kind.
public struct MetricRecord: Sendable, Hashable, Codable {
  /// What a line tells of.
  public enum Kind: String, Sendable, Codable {
    case start, quantity, step, epoch, measurement, sample, warning, checkpoint, end
  }

  /// What the line tells of.
  public var kind: Kind
  /// Steps done when it happened.
  public var step: Int
  /// From 1.
  public var epoch: Int?
  /// Epochs of the whole run.
  public var totalEpochs: Int?
  /// Steps of the whole run.
  public var totalSteps: Int?
  /// Steps of one epoch.
  public var stepsPerEpoch: Int?
  /// The recipe's name.
  public var recipe: String?
  /// Trained numbers of each network.
  public var parameterCounts: [String: Int]?
  /// What a name in the lines from here on stands for.
  public var quantity: Quantity?
  /// Means since the line of the same kind before, by the quantities' names.
  public var losses: [String: Double]?
  /// As of this step.
  public var learningRate: Double?
  /// Since the line before.
  public var imagesPerSecond: Double?
  /// Seconds of training so far.
  public var seconds: Double?
  /// What was measured on.
  public var split: String?
  /// What was measured, by the quantities' names.
  public var values: [String: Double]?
  /// A warning's words.
  public var message: String?
  /// Relative to the run's folder where the file lies inside it.
  public var path: String?
  /// False when the run was interrupted.
  public var isComplete: Bool?
  /// Images that passed forward through any trained network.
  public var imagePasses: Int?

  init(_ kind: Kind, step: Int) {
    (self.kind, self.step) = (kind, step)
  }

  init(_ quantity: Quantity, step: Int) {
    self.init(.quantity, step: step)
    self.quantity = quantity
  }

  /// nil for what leaves no line.
  init?(_ event: TrainingEvent, in folder: RunFolder) {
    switch event {
    case .started(let start):
      self.init(.start, step: start.firstStep)
      (recipe, totalSteps, stepsPerEpoch) = (start.recipe, start.totalSteps, start.stepsPerEpoch)
      parameterCounts = Dictionary(start.networks.map { ($0.name, $0.parameterCount) }, uniquingKeysWith: { $1 })
    case .stepped(let report):
      self.init(.step, step: report.step)
      (epoch, losses, learningRate) = (report.epoch, dictionary(report.losses), report.learningRate)
      (seconds, imagesPerSecond) = (report.seconds, report.imagesPerSecond)
    case .epochEnded(let report):
      self.init(.epoch, step: report.step)
      (epoch, totalEpochs, losses) = (report.epoch, report.totalEpochs, dictionary(report.losses))
    case .measured(let measurement):
      self.init(.measurement, step: measurement.step)
      (split, values) = (measurement.split, dictionary(measurement.values))
    case .sampled(let sample):
      self.init(.sample, step: sample.step)
      path = RunRecorder.samplePath(sample.step)
    case .warned(let warning):
      self.init(.warning, step: warning.step)
      message = warning.message
    case .checkpointed(let step, let file):
      self.init(.checkpoint, step: step)
      let inside = folder.url.path + "/"
      path = file.hasPrefix(inside) ? String(file.dropFirst(inside.count)) : file
    case .wentBack: return nil
    case .finished(let end):
      self.init(.end, step: end.step)
      (isComplete, seconds, imagePasses) = (end.isComplete, end.seconds, end.imagePasses)
    }
  }

  /// The line, ending in a newline.
  func line() throws(ReportingError) -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = nonFinite
    do {
      return try encoder.encode(self) + Data("\n".utf8)
    } catch {
      throw ReportingError("cannot encode the metrics of step \(step): \(error)")
    }
  }

  /// Whether its counts are some that a run has; the line may come from a stranger.
  private var hasPossibleCounts: Bool {
    let counts = [step, epoch, totalEpochs, totalSteps, stepsPerEpoch, imagePasses].compactMap(\.self)
    return (counts + (parameterCounts ?? [:]).values).allSatisfy((0...(1 << 60)).contains)
  }

  init?(line: Data) {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = nonFiniteBack
    guard let record = try? decoder.decode(MetricRecord.self, from: line), record.hasPossibleCounts else { return nil }
    self = record
  }
}

private func dictionary(_ values: [MeasuredValue]) -> [String: Double] {
  Dictionary(values.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
}
