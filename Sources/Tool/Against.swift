import ArgumentParser
import Foundation
import SparringDatasets
import SparringEvaluation
import SparringExperiments
import SparringPresets
import SparringRecipes
import SparringReporting
import SparringTraining

/// A second run, to see whether the first one's method paid on these very images.
struct Against {
  /// A recipe or a preset, as typed.
  let word: String
  let layers: ConfigurationLayers

  /// - Throws: What is wrong with the word, before the first run is trained.
  init(_ word: String, beside layers: ConfigurationLayers) throws {
    self.word = word
    var layers = layers
    (layers.preset, layers.file, layers.settings) = (nil, nil, layers.settings.filter { $0.hasPrefix("dataset.") })
    let type = try layers.recipeType(word)
    guard type is any ImageClassifying.Type else {
      throw ToolError("--against \(word): \(type.name) does not classify, so nothing can be compared")
    }
    self.layers = layers
  }

  /// Trains the second run beside the first, and says which was better on the test part.
  func compare<Method: Recipe>(
    _ experiment: Experiment<Method>, _ outcome: Experiment<Method>.Outcome, stop: StopRequest
  ) throws {
    guard let answers = try experiment.testPredictions() else {
      throw ToolError("\(experiment.data.train.name) has no test part to compare on")
    }
    var layers = layers
    let type = try layers.recipeType(word)
    let other: any AnyRunConfiguration =
      if layers.preset != nil {
        try configuration(of: type, layers)
      } else {
        experiment.configuration.shared(with: type, steps: outcome.end.step, imagePasses: outcome.end.imagePasses)
      }
    try train(other, experiment, answers, outcome, stop)
  }

  private func configuration<Method: Recipe>(
    of type: Method.Type, _ layers: ConfigurationLayers
  ) throws -> any AnyRunConfiguration { try layers.configuration(for: type) }

  private func train<Other: AnyRunConfiguration, Method: Recipe>(
    _ other: Other, _ experiment: Experiment<Method>, _ answers: Predictions, _ outcome: Experiment<Method>.Outcome,
    _ stop: StopRequest
  ) throws {
    let second = try Experiment<Other.Method>(other.configuration, data: experiment.data)
    let runs = outcome.folder.url.deletingLastPathComponent()
    let folder = try second.makeFolder(named: "\(outcome.folder.name)-against-\(word)", in: runs)
    say("\nTraining \(word) beside it in \(folder.url.relativePath)")
    let progress = ConsoleProgress(console: .standardOutput(), label: nil)
    let end = try second.run(in: folder, observers: [{ progress.show($0) }], stop: stop)
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
    let verdict =
      interval.low > 0
      ? "\(Method.name) paid on these images."
      : interval.high < 0
        ? "\(Method.name) did harm on these images: take \(word)." : "No difference is shown."
    say("\(verdict) Another seed moves both; `sparring demo` on the data compares several.")
  }

  private func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    return whole < 60 ? "\(whole) s" : String(format: "%d:%02d", whole / 60, whole % 60)
  }
}
