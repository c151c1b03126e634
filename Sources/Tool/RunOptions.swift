import ArgumentParser
import Foundation
import SparringDatasets
import SparringExperiments
import SparringPresets

/// How a configuration is put together on the command line: defaults, preset, file, settings.
struct RunOptions: ParsableArguments {
  @Option(help: "A named configuration; `sparring presets` lists them.", completion: .list(Presets.names))
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
      valueName: "name|path"),
    completion: .custom { _, _, _ in KnownDataset.all.map(\.name) + Completions.folders(in: ".") })
  var dataset: String?

  @Flag(help: "Goes on without the pictures that cannot be read, and says which.")
  var skipUnreadable = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Training examples whose label is shown, equally many of each class unless dataset.labelFrequencies says otherwise; 0 for all, as unless told otherwise with data of one's own."
    ))
  var labels: Int?

  @Option(parsing: .unconditional, help: "Steps in all; --epochs counts passes over the training examples instead.")
  var steps: Int?

  @Option(parsing: .unconditional, help: "Passes over the training examples.")
  var epochs: Int?

  @Option(parsing: .unconditional, help: "Examples in one step, of each kind that the recipe takes.")
  var batchSize: Int?

  @Option(parsing: .unconditional, help: "The learning rate before its schedule scales it.")
  var learningRate: Double?

  @Option(help: ArgumentHelp("The size that pictures of a folder are brought to: 32, or 48x64 (height x width)."))
  var imageSize: String?

  @Option(parsing: .unconditional, help: "What every random decision flows from: a whole number from 0.")
  var seed: UInt64?

  @Option(help: ArgumentHelp("cpu, cuda:0 or mps."), completion: .list(["cpu", "cuda:0", "mps"]))
  var device: String?

  @Option(help: "Threads within one operation; 0 for all processors.")
  var threads: Int?

  @Option(help: ArgumentHelp("auto, fp32 or bf16."))
  var precision: String?

  @Option(help: ArgumentHelp("Whether a GPU's steps are recorded and replayed: auto or off."))
  var graphs: String?

  /// Whether nothing was asked for.
  var areEmpty: Bool {
    settings.isEmpty && [preset, config, dataset, device, precision, graphs, imageSize].allSatisfy { $0 == nil }
      && !skipUnreadable && [labels, steps, epochs, batchSize, threads].allSatisfy { $0 == nil } && seed == nil
      && learningRate == nil
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
      ("--steps", "training.steps", steps.map(String.init)), ("--epochs", "training.epochs", epochs.map(String.init)),
      ("--learning-rate", "training.learningRate", learningRate.map { "\($0)" }),
      ("--image-size", "dataset.folder.imageSize", imageSize),
      ("--seed", "seed", seed.map(String.init)), ("--device", "device", device),
      ("--threads", "threads", threads.map(String.init)), ("--precision", "training.precision", precision),
      ("--graphs", "training.graphs", graphs),
    ]
    for case (let option, let key, let value?) in shorthand { layers.words.append((option, key, value)) }
    layers.settings = settings
    layers.batchSize = batchSize
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
