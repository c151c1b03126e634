import ArgumentParser
import Foundation
import SparringDatasets
import SparringEvaluation
import SparringExperiments
import SparringPresets
import SparringRecipes
import SparringReporting
import SparringTorch
import SparringTraining

/// A second run, to see whether the first one's method paid on these very images: by another recipe with what the two have
/// in common and as many image passes, or by a preset as it is, on the same data and split.
struct Against {
  /// A recipe or a preset, as typed.
  let word: String
  private let type: any Recipe.Type
  private let preset: String?
  /// Whether both runs only generate, and so are compared by what they draw.
  private let drawsAlone: Bool

  /// - Throws: What is wrong with the word, before any data are read.
  init(_ word: String, beside first: any Recipe.Type) throws {
    self.word = word
    var layers = ConfigurationLayers()
    type = try layers.recipeType(word)
    preset = layers.preset
    let generators = [first, type].filter { !($0 is any ImageClassifying.Type) && $0 is any ImageGenerating.Type }
    drawsAlone = generators.count == 2 && preset != nil
    for type in [first, type] where !(type is any ImageClassifying.Type) && !drawsAlone {
      throw ToolError(
        "--against \(word): \(type.name) does not classify, so nothing can be compared"
          + (generators.count == 2 ? " but presets: name one" : ""))
    }
  }

  /// The folder of the second run beside that of the first.
  private func name(beside first: String) -> String { "\(first)-against-\(word)" }

  /// - Throws: What would keep the two from being compared, before the first is trained.
  func check<Method: Recipe>(_ experiment: Experiment<Method>, in folder: RunFolder) throws {
    guard drawsAlone || experiment.data.test != nil else {
      throw ToolError("--against \(word): \(experiment.data.train.name) has no test part to compare on")
    }
    try RunFolder.requireFree(name(beside: folder.name), in: folder.url.deletingLastPathComponent())
    func tryOut<Other: AnyRunConfiguration>(_ other: Other) throws {
      do {
        _ = try self.experiment(other, on: experiment.data)
      } catch let error as TorchError {
        throw ToolError("--against \(word): \(error.message)")
      }
    }
    try tryOut(configuration(beside: experiment.configuration, steps: 1, imagePasses: 1))
  }

  private func experiment<Other: AnyRunConfiguration>(
    _ other: Other, on data: ExperimentData
  ) throws -> Experiment<Other.Method> {
    try Experiment<Other.Method>(
      other.configuration, data: data, featureProgress: ReadingProgress("Computing features").show)
  }

  private func configuration<Method: Recipe>(
    beside first: RunConfiguration<Method>, steps: Int, imagePasses: Int
  ) throws -> any AnyRunConfiguration {
    guard let preset else { return first.shared(with: type, steps: steps, imagePasses: imagePasses) }
    func make<Other: Recipe>(_ type: Other.Type) throws -> any AnyRunConfiguration {
      try self.configuration(of: type, preset: preset, beside: first)
    }
    let made: any AnyRunConfiguration = try make(self.type)
    return made
  }

  private func configuration<Other: Recipe, Method: Recipe>(
    of type: Other.Type, preset: String, beside first: RunConfiguration<Method>
  ) throws -> any AnyRunConfiguration {
    var second = try RunConfiguration<Other>(preset: preset)
    second.dataset = first.dataset
    (second.seed, second.device, second.threads) = (first.seed, first.device, first.threads)
    second.training.precision = first.training.precision
    try second.validate()
    return second
  }

  /// Trains the second run beside the first, and says which was better on the test part.
  func compare<Method: Recipe>(
    _ experiment: Experiment<Method>, _ outcome: Experiment<Method>.Outcome, stop: StopRequest
  ) throws {
    let other = try configuration(
      beside: experiment.configuration, steps: outcome.end.step, imagePasses: outcome.end.imagePasses)
    if drawsAlone { return try compareSamples(other, experiment, outcome, stop) }
    guard let answers = try experiment.testPredictions() else { return }
    try train(other, experiment, answers, outcome, stop)
  }

  private func train<Other: AnyRunConfiguration, Method: Recipe>(
    _ other: Other, _ experiment: Experiment<Method>, _ answers: Predictions, _ outcome: Experiment<Method>.Outcome,
    _ stop: StopRequest
  ) throws {
    let (second, end) = try trained(other, experiment, outcome, stop)
    guard end.end.isComplete, let others = try second.testPredictions() else {
      say("Stopped before there was anything to compare.")
      throw ExitCode(130)
    }
    let paired = try PairedAnswers(answers, others)
    let interval = try paired.interval()
    func points(_ share: Double) -> String { String(format: "%+.2f", share * 100) }
    say(
      "\n\(Method.name) \(percentage(answers.accuracy)) in \(duration(outcome.end.seconds)), \(word) "
        + "\(percentage(others.accuracy)) in \(duration(end.end.seconds)), on the same \(paired.count) test examples")
    say(
      "Difference \(points(paired.difference)) points, 95% interval \(points(interval.low)) to \(points(interval.high))"
    )
    let isShown = paired.p < 0.05 && !interval.contains(0)
    let verdict =
      !isShown
      ? "No difference is shown (McNemar's p = \(String(format: "%.2g", paired.p)))."
      : paired.difference > 0
        ? "\(Method.name) paid on these images." : "\(Method.name) did harm on these images: take \(word)."
    say("\(verdict) Another seed moves both; `sparring demo` on the data compares several.")
  }

  private func trained<Other: AnyRunConfiguration, Method: Recipe>(
    _ other: Other, _ experiment: Experiment<Method>, _ outcome: Experiment<Method>.Outcome, _ stop: StopRequest
  ) throws -> (Experiment<Other.Method>, Experiment<Other.Method>.Outcome) {
    let second = try self.experiment(other, on: experiment.data)
    let runs = outcome.folder.url.deletingLastPathComponent()
    let folder = try second.makeFolder(named: name(beside: outcome.folder.name), in: runs)
    say("\nTraining \(word) beside it in \(folder.url.relativePath)")
    let progress = ConsoleProgress(console: .standardOutput(), label: nil)
    return (second, try second.run(in: folder, observers: [{ progress.show($0) }], stop: stop))
  }

  /// Trains the second run and shows both runs' samples, and how far they were from real images, on one page.
  private func compareSamples<Other: AnyRunConfiguration, Method: Recipe>(
    _ other: Other, _ experiment: Experiment<Method>, _ outcome: Experiment<Method>.Outcome, _ stop: StopRequest
  ) throws {
    let (_, second) = try trained(other, experiment, outcome, stop)
    guard second.end.isComplete else {
      say("Stopped before there was anything to compare.")
      throw ExitCode(130)
    }
    let folders = [outcome.folder, second.folder]
    say("")
    for folder in folders { if let line = try folder.sampleSummary() { say(line) } }
    let page = outcome.folder.url.deletingLastPathComponent().appending(path: "\(second.folder.name).html")
    try save(Data(RunsTable(folders).page(of: folders).utf8), to: page)
    say("Both curves: \(page.relativePath)")
  }

  private func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    return whole < 60 ? "\(whole) s" : String(format: "%d:%02d", whole / 60, whole % 60)
  }
}
