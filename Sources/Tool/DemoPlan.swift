import ArgumentParser
import SparringDatasets
import Foundation
import SparringPresets
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
  }

  let command: DemoCommand
  let folder: URL

  private static let baseline = Arm(name: "supervised", preset: "few-labels-supervised")
  private static let method = Arm(name: "semi-supervised-gan", preset: "few-labels-gan")
  private static let ablations = [
    Arm(name: "no generator", preset: "few-labels-gan", settings: ["options.adversarialWeight=0"]),
    Arm(
      name: "no pseudo-labels", preset: "few-labels-gan",
      settings: ["options.pseudoLabelWeight=0", "options.adversarialWeight=1"]),
  ]

  func compare() throws -> Comparison {
    let arms = [Self.baseline, Self.method] + (command.ablations ? Self.ablations : [])
    let interrupt = Interrupt()
    let data = try SessionData(datasetConfiguration, device: Device(command.device))
    var rows: [String: [Comparison.Row]] = [:]
    for (index, seed) in (command.firstSeed..<command.firstSeed + UInt64(command.seeds)).enumerated() {
      for arm in arms {
        let label = "seed \(index + 1)/\(command.seeds) \(arm.name)"
        rows[arm.name, default: []].append(try row(arm, seed: seed, data: data, label: label, interrupt: interrupt))
      }
    }
    guard let test = data.test else { throw ToolError("\(command.dataset) has no test images to compare on") }
    return try Comparison(
      dataset: data.train.name, labelCount: command.labels, split: "test", imageCount: test.count,
      arms: arms.map { .init(recipe: $0.name, rows: rows[$0.name] ?? []) }, baseline: Self.baseline.name,
      method: Self.method.name)
  }

  private var datasetConfiguration: DatasetConfiguration {
    var configuration = DatasetConfiguration()
    configuration.name = command.dataset
    return configuration
  }

  private func row(
    _ arm: Arm, seed: UInt64, data: SessionData, label: String, interrupt: Interrupt
  ) throws -> Comparison.Row {
    let recipe = arm.preset == Self.baseline.preset ? Supervised.name : SemiSupervisedGAN.name
    let task = DemoRun(
      preset: arm.preset, dataset: command.dataset, settings: settings(arm, seed: seed), folder: folder,
      name: "\(arm.name.replacing(" ", with: "-"))-seed\(seed)", seed: Int(clamping: seed), label: label, data: data,
      interrupt: interrupt)
    return try Experiments.perform(task, onRecipe: recipe)
  }

  private func settings(_ arm: Arm, seed: UInt64) -> [String] {
    ["dataset.labels=\(command.labels)", "seed=\(seed)", "device=\(command.device)"] + arm.settings
      + command.settings
  }
}

/// One run of the demo; one that is already complete is only evaluated again.
private struct DemoRun: ExperimentTask {
  let preset: String
  let dataset: String
  let settings: [String]
  let folder: URL
  let name: String
  let seed: Int
  let label: String
  let data: SessionData
  let interrupt: Interrupt

  func run<Chosen: Experiment>(_ experiment: Chosen.Type) throws -> Comparison.Row {
    var tree = try ConfigurationTree(defaults: Chosen.defaults)
    try tree.overlay(yaml: Presets.text(named: preset) ?? "", source: "preset \(preset)")
    try tree.set("dataset.name", toText: dataset, source: "--dataset")
    for setting in settings { try tree.set(setting) }
    let session = try Session<Chosen>(tree.decoded(), data: data)
    let path = folder.appending(path: name)
    let isOld = FileManager.default.fileExists(atPath: path.appending(path: "config.yaml").path)
    let run = isOld ? try RunFolder.open(path) : try session.makeFolder(named: name, in: folder)
    if isOld { try requireSame(session.configuration, of: Chosen.self, as: run) }
    let outcome = try session.run(in: run, label: label, stop: interrupt.request)
    guard outcome.end.isComplete, let evaluation = outcome.evaluation else {
      say("Stopped after step \(outcome.end.step) of \(label). The same command goes on from there.")
      throw ExitCode(130)
    }
    return Comparison.Row(
      seed: seed, accuracy: evaluation.accuracy, seconds: outcome.end.seconds, steps: outcome.end.step,
      imagePasses: outcome.end.imagePasses, runFolder: name)
  }

  private func requireSame<Chosen: Experiment>(
    _ configuration: Chosen.Configuration, of experiment: Chosen.Type, as run: RunFolder
  ) throws {
    // Read as a configuration: a run of an older version lacks the keys that were added since.
    guard let saved = try? savedConfiguration(of: Chosen.self, in: run),
      try yamlText(of: saved) == yamlText(of: configuration)
    else {
      throw ToolError(
        "\(run.url.relativePath) holds a run with another configuration: choose another --name, or remove the folder")
    }
  }
}
