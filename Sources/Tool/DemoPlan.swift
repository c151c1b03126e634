import ArgumentParser
import Foundation
import SparringDatasets
import SparringExperiments
import SparringPresets
import SparringRecipes
import SparringReporting
import SparringTorch
import SparringTraining

/// The runs of the demo: each seed once with every arm, in turn, so that a machine that slows down slows all of them.
struct DemoPlan {
  /// One column of the comparison.
  private struct Arm {
    let preset: String
    let recipe: any Recipe.Type
  }

  private let command: DemoCommand
  private let demo: Presets.Demo
  private let arms: [Arm]
  private let device: Device

  /// - Throws: What is wrong with the command's values, before any data are read.
  init(command: DemoCommand) throws {
    self.command = command
    demo = command.demo
    let names = [demo.baseline, demo.method] + (command.ablations ? demo.ablations : [])
    arms = try names.map { name in
      var layers = ConfigurationLayers(preset: name)
      return Arm(preset: name, recipe: try layers.recipeType())
    }
    device = try Device(command.device)
    for arm in arms { _ = try dataset(of: arm.recipe, arm) }
  }

  /// - Throws: What is wrong with the data, or that they have no test part.
  func readData() throws -> ExperimentData {
    let data = try ExperimentData(
      dataset(of: arms[0].recipe, arms[0]), device: device, progress: ReadingProgress().show)
    complain(aboutUnreadable: data.unreadableSummary)
    guard data.test != nil else { throw ToolError("\(command.source) has no test part to compare on") }
    return data
  }

  func compare(on data: ExperimentData, in folder: URL) throws -> Comparison {
    let interrupt = Interrupt()
    var rows: [String: [Comparison.Row]] = [:]
    for (index, seed) in (command.firstSeed..<command.firstSeed + UInt64(command.seeds)).enumerated() {
      for arm in arms {
        let run = DemoRun(
          folder: folder, name: "\(arm.preset)-seed\(seed)", seed: Int(clamping: seed),
          label: "seed \(index + 1)/\(command.seeds) \(arm.preset)", data: data, interrupt: interrupt)
        rows[arm.preset, default: []].append(try run.row(of: arm.recipe, layers(arm, seed: seed)))
      }
    }
    return try Comparison(
      dataset: data.train.name, labelCount: command.labelCount > 0 ? command.labelCount : data.train.labelledCount,
      split: "test", imageCount: data.test?.count ?? 0,
      arms: arms.map { .init($0.preset, recipe: $0.recipe.name, rows: rows[$0.preset] ?? []) },
      baseline: demo.baseline, method: demo.method)
  }

  private func dataset<Method: Recipe>(of type: Method.Type, _ arm: Arm) throws -> DatasetConfiguration {
    try layers(arm, seed: command.firstSeed).configuration(for: type).dataset
  }

  private func layers(_ arm: Arm, seed: UInt64) -> ConfigurationLayers {
    var layers = ConfigurationLayers(preset: arm.preset)
    layers.words = [
      ("--dataset", "dataset.name", command.source), ("--labels", "dataset.labels", "\(command.labelCount)"),
      ("--first-seed", "seed", "\(seed)"), ("--device", "device", command.device),
    ]
    if command.skipUnreadable {
      layers.words.append(("--skip-unreadable", "dataset.folder.skipUnreadable", "true"))
    }
    layers.settings = command.settings
    return layers
  }
}

/// One run of the demo; one that is already complete is only evaluated again.
private struct DemoRun {
  let folder: URL
  let name: String
  let seed: Int
  let label: String
  let data: ExperimentData
  let interrupt: Interrupt

  func row<Method: Recipe>(of type: Method.Type, _ layers: ConfigurationLayers) throws -> Comparison.Row {
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
