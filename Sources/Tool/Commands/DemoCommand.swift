import ArgumentParser
import Foundation
import SparringPresets
import SparringReporting
import SparringTorch
import SparringTraining

struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Trains a classifier with 100 labels alone and against a generator, and compares them.",
    discussion: """
      The two recipes share the network, its first weights, the labelled images, the augmentation and the number of \
      steps, seed by seed. What is measured is printed, whatever it is.
      """)

  @Option(help: "Paired seeds, counted from --first-seed.")
  var seeds = DemoPlan.seeds

  @Option(help: "The first seed.")
  var firstSeed: UInt64 = 1

  @Option(help: ArgumentHelp("mnist, fashion-mnist, cifar10, or a folder of images.", valueName: "name|folder"))
  var dataset = DemoPlan.dataset

  @Flag(help: "Goes on without the pictures that cannot be read, and says which.")
  var skipUnreadable = false

  @Option(help: "Training images whose label is shown.")
  var labels = 100

  @Option(help: "cpu, cuda:0 or mps.")
  var device = "cpu"

  @Flag(help: "Also trains the ablations: the same recipe without its generator, and without its pseudo-labels.")
  var ablations = false

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("One value for every recipe, such as training.steps=300; repeatable.", valueName: "key=value"))
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
    // Before anything is made.
    _ = try Device(device)
    let folder = try demoFolder()
    say("The demo trains in \(folder.relativePath); Ctrl-C saves, and the same command goes on.")
    let comparison = try DemoPlan(command: self, folder: folder).compare()
    try comparison.write(to: folder)
    let report = try Report.write(comparisonIn: folder)
    say("\n" + (try ComparisonTable.text(comparison)))
    say("\nReport: \(report.relativePath)")
  }

  private func demoFolder() throws -> URL {
    let runs = URL(fileURLWithPath: runsFolder)
    let source = URL(fileURLWithPath: dataset).lastPathComponent
    let folder = runs.appending(path: name ?? "demo-\(source)-\(labels)-labels")
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw ToolError("\(folder.relativePath) cannot be made: choose another folder with --runs")
    }
    return folder
  }
}
