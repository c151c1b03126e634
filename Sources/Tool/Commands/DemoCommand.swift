import ArgumentParser
import Foundation
import SparringDatasets
import SparringPresets
import SparringReporting

struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Compares two ways to train a classifier with few labels, seed by seed.",
    discussion: """
      \(listed(
        [("the baseline", Presets.Demo.baseline), ("the method", Presets.Demo.method)]
          + Presets.Demo.ablations.map { ("an ablation", $0) }))

      All arms share the classifier, its first weights, the labelled images and the number of steps, seed by seed. What \
      is measured is printed, whatever it is. `sparring presets NAME` prints what an arm is.
      """)

  @Option(help: "Paired seeds, counted from --first-seed.")
  var seeds = Presets.Demo.seeds

  @Option(help: "The first seed.")
  var firstSeed: UInt64 = 1

  @Option(help: ArgumentHelp("\(KnownDataset.names), or a folder of images.", valueName: "name|folder"))
  var dataset = Presets.Demo.dataset

  @Flag(help: "Goes on without the pictures that cannot be read, and says which.")
  var skipUnreadable = false

  @Option(help: "Training images whose label is shown.")
  var labels = Presets.Demo.labels

  @Option(help: "cpu, cuda:0 or mps.")
  var device = "cpu"

  @Flag(help: "Also trains the ablations.")
  var ablations = false

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("One value for every arm, such as training.steps=300; repeatable.", valueName: "key=value"))
  var settings: [String] = []

  @Option(name: .customLong("runs"), help: ArgumentHelp("Where the demo's folder goes.", valueName: "folder"))
  var runsFolder = "runs"

  @Option(help: ArgumentHelp("The demo's folder name; one that was stopped goes on where it was.", valueName: "name"))
  var name: String?

  func validate() throws {
    guard (2...1000).contains(seeds) else {
      throw ValidationError("--seeds is \(seeds); use 2 to 1000, since an interval needs two")
    }
    guard firstSeed <= UInt64(Int.max) - 1000 else {
      throw ValidationError("--first-seed is \(firstSeed); use a smaller number")
    }
    let own = ["seed=", "device=", "dataset."]
    if let setting = settings.first(where: { setting in own.contains { setting.hasPrefix($0) } }) {
      throw ValidationError(
        "the demo sets \(setting.prefix { $0 != "=" }) itself; use its options, or `sparring train`")
    }
  }

  func run() throws {
    // Everything that can be wrong with a value or with the data is said before anything is made.
    let plan = try DemoPlan(command: self)
    try RunFolder.requireFree(nil, in: folder)
    let data = try plan.readData()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    say("The demo trains in \(folder.relativePath); Ctrl-C saves, and the same command goes on.")
    let comparison = try plan.compare(on: data, in: folder)
    try comparison.write(to: folder)
    let report = try Report.write(comparisonIn: folder)
    say("\n" + (try ComparisonTable.text(comparison)))
    say("\nReport: \(report.relativePath)")
  }

  private var folder: URL {
    let source = URL(fileURLWithPath: dataset).lastPathComponent
    return URL(fileURLWithPath: runsFolder).appending(path: name ?? "demo-\(source)-\(labels)-labels")
  }
}
