import ArgumentParser
import SparringDatasets
import Foundation
import SparringExperiments
import SparringRecipes
import SparringReporting
import SparringTorch
import SparringTraining

/// The runs of the demo: each seed once with every recipe, in turn, so that a machine that slows down
/// slows all of them.
struct DemoPlan {
  /// Chosen by measuring: Fashion-MNIST showed no clear difference within ten minutes.
  static let dataset = "mnist"
  static let seeds = 4

  /// One column of the comparison.
  private struct Arm {
    let name: String
    let preset: String
    var settings: [String] = []

    init(_ name: String? = nil, preset: String, settings: [String] = []) throws {
      (self.preset, self.settings) = (preset, settings)
      self.name = try name ?? Self.recipe(of: preset)
    }

    static func recipe(of preset: String) throws -> String {
      var layers = ConfigurationLayers()
      layers.preset = preset
      guard let recipe = try layers.recipe() else { throw ToolError("preset \(preset) names no recipe") }
      return recipe
    }
  }

  let command: DemoCommand
  let folder: URL

  private static let baseline = "few-labels-supervised"
  private static let method = "few-labels-gan"

  private func arms() throws -> [Arm] {
    let pair = [try Arm(preset: Self.baseline), try Arm(preset: Self.method)]
    guard command.ablations else { return pair }
    return pair + [
      try Arm("no generator", preset: Self.method, settings: ["options.adversarialWeight=0"]),
      try Arm(
        "no pseudo-labels", preset: Self.method,
        settings: ["options.pseudoLabelWeight=0", "options.adversarialWeight=1"]),
    ]
  }

  func compare() throws -> Comparison {
    let arms = try arms()
    let interrupt = Interrupt()
    let data = try ExperimentData(
      datasetConfiguration, device: Device(command.device), progress: ReadingProgress().show)
    complain(aboutUnreadable: data.unreadableSummary)
    var rows: [String: [Comparison.Row]] = [:]
    for (index, seed) in (command.firstSeed..<command.firstSeed + UInt64(command.seeds)).enumerated() {
      for arm in arms {
        let label = "seed \(index + 1)/\(command.seeds) \(arm.name)"
        rows[arm.name, default: []].append(try row(arm, seed: seed, data: data, label: label, interrupt: interrupt))
      }
    }
    guard let test = data.test else { throw ToolError("\(command.dataset) has no test part to compare on") }
    return try Comparison(
      dataset: data.train.name, labelCount: command.labels, split: "test", imageCount: test.count,
      arms: arms.map { .init(recipe: $0.name, rows: rows[$0.name] ?? []) }, baseline: arms[0].name,
      method: arms[1].name)
  }

  private var datasetConfiguration: DatasetConfiguration {
    var configuration = DatasetConfiguration()
    configuration.name = command.dataset
    configuration.folder.skipUnreadable = command.skipUnreadable
    return configuration
  }

  private func row(
    _ arm: Arm, seed: UInt64, data: ExperimentData, label: String, interrupt: Interrupt
  ) throws -> Comparison.Row {
    let run = DemoRun(
      preset: arm.preset, dataset: command.dataset, settings: settings(arm, seed: seed), folder: folder,
      name: "\(arm.name.replacing(" ", with: "-"))-seed\(seed)", seed: Int(clamping: seed), label: label, data: data,
      interrupt: interrupt)
    return try run.row(recipeType(named: Arm.recipe(of: arm.preset)))
  }

  private func settings(_ arm: Arm, seed: UInt64) -> [String] {
    (command.skipUnreadable ? ["dataset.folder.skipUnreadable=true"] : [])
      + ["dataset.labels=\(command.labels)", "seed=\(seed)", "device=\(command.device)"] + arm.settings
      + command.settings
  }
}

/// One run of the demo; one that is already complete is only evaluated again.
private struct DemoRun {
  let preset: String
  let dataset: String
  let settings: [String]
  let folder: URL
  let name: String
  let seed: Int
  let label: String
  let data: ExperimentData
  let interrupt: Interrupt

  func row<Method: Recipe>(_ type: Method.Type) throws -> Comparison.Row {
    var layers = ConfigurationLayers()
    layers.preset = preset
    layers.words = [("--dataset", "dataset.name", dataset)]
    layers.settings = settings
    let experiment = try Experiment<Method>(layers.configuration(for: type), data: data)
    let path = folder.appending(path: name)
    let isOld = FileManager.default.fileExists(atPath: path.appending(path: "config.yaml").path)
    let run = isOld ? try RunFolder.open(path) : try experiment.makeFolder(named: name, in: folder)
    if isOld { try requireSame(experiment.configuration, as: run) }
    let progress = ConsoleProgress(console: .standardOutput(), label: label)
    let outcome = try experiment.run(in: run, observers: [{ progress.show($0) }], stop: interrupt.request)
    guard outcome.end.isComplete, let evaluation = outcome.evaluation else {
      say("Stopped after step \(outcome.end.step) of \(label). The same command goes on from there.")
      throw ExitCode(130)
    }
    return Comparison.Row(
      seed: seed, accuracy: evaluation.accuracy, seconds: outcome.end.seconds, steps: outcome.end.step,
      imagePasses: outcome.end.imagePasses, runFolder: name)
  }

  private func requireSame<Method: Recipe>(_ configuration: RunConfiguration<Method>, as run: RunFolder) throws {
    // Read as a configuration: a run of an older version lacks the keys that were added since.
    guard let saved = try? run.savedConfiguration(of: Method.self), try saved.text() == configuration.text() else {
      throw ToolError(
        "\(run.url.relativePath) holds a run with another configuration: choose another --name, or remove the folder")
    }
  }
}
