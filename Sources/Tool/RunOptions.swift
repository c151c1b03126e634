import ArgumentParser
import Foundation
import SparringDatasets
import SparringExperiments

/// How a configuration is put together on the command line: defaults, preset, file, settings.
struct RunOptions: ParsableArguments {
  @Option(help: "A named configuration; `sparring presets` lists them.")
  var preset: String?

  @Option(help: ArgumentHelp("A YAML file laid over the preset.", valueName: "file"))
  var config: String?

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("One value, such as training.learningRate=2e-4; repeatable.", valueName: "key=value"))
  var settings: [String] = []

  @Option(
    help: ArgumentHelp(
      "\(KnownDataset.names), a folder of images, or a .npy, .safetensors or .csv file of examples.",
      valueName: "name|path"))
  var dataset: String?

  @Flag(help: "Goes on without the pictures that cannot be read, and says which.")
  var skipUnreadable = false

  @Option(help: ArgumentHelp("Training examples whose label is shown, equally many of each class; 0 for all."))
  var labels: Int?

  @Option(help: "What every random decision flows from.")
  var seed: UInt64?

  @Option(help: ArgumentHelp("cpu, cuda:0 or mps."))
  var device: String?

  @Option(help: "Threads within one operation; 0 for all processors.")
  var threads: Int?

  @Option(help: ArgumentHelp("auto, fp32 or bf16."))
  var precision: String?

  @Option(help: ArgumentHelp("Whether a GPU's steps are recorded and replayed: auto or off."))
  var graphs: String?

  /// Whether nothing was asked for.
  var areEmpty: Bool {
    settings.isEmpty && [preset, config, dataset, device, precision, graphs].allSatisfy { $0 == nil }
      && !skipUnreadable && labels == nil && seed == nil && threads == nil
  }

  /// Everything above, to be laid over a recipe's defaults.
  func layers() throws -> ConfigurationLayers {
    var layers = ConfigurationLayers()
    layers.preset = preset
    layers.file = try config.map { (try text(ofFile: $0), $0) }
    let shorthand: [(option: String, key: String, value: String?)] = [
      ("--dataset", "dataset.name", dataset),
      ("--skip-unreadable", "dataset.folder.skipUnreadable", skipUnreadable ? "true" : nil),
      ("--labels", "dataset.labels", labels.map(String.init)),
      ("--seed", "seed", seed.map(String.init)), ("--device", "device", device),
      ("--threads", "threads", threads.map(String.init)), ("--precision", "training.precision", precision),
      ("--graphs", "training.graphs", graphs),
    ]
    for case (let option, let key, let value?) in shorthand { layers.words.append((option, key, value)) }
    layers.settings = settings
    return layers
  }

  private func text(ofFile path: String) throws -> String {
    do {
      return try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw ToolError("\(path) cannot be read as text: give --config a YAML file")
    }
  }
}
