import ArgumentParser
import Foundation
import SparringRecipes

/// Whether many steps slow down or leak.
struct LongRunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "long-run", abstract: "Many steps of a small GAN and of the semi-supervised recipe: level or not?")

  @Option(help: "Steps of each recipe.")
  var steps = 20_000

  @OptionGroup var options: MachineOptions

  /// Between the first and the last tenth; beyond these, a run is not level. Times swing with the machine.
  private static let (timeLimit, memoryLimit) = (1.10, 1.02)
  private static let samples = 100

  func run() throws {
    guard steps >= Self.samples else { throw BenchError("--steps is \(steps): use at least \(Self.samples)") }
    let (site, machine) = (options.site, options.machine)
    let rows = try withWorkerFolder { folder in
      try [.dcgan(batchSize: 16, sizes: .digits()), Self.quarter(of: .semiSupervised())].map {
        try row($0, in: folder, site: site)
      }
    }
    let text = """
      # Long runs: \(machine.name)

      \(steps) steps each, in \(Self.samples) parts. Times: the fastest part of the first and of the last third, since other
      work on the machine only adds. Memory: the median of the first and of the last tenth.

      \(table(["work", "ms a step", "resident MB", "level"], rows))

      """
    try FileManager.default.createDirectory(at: site.results, withIntermediateDirectories: true)
    try Data(text.utf8).write(
      to: site.results.appending(path: machine.slug + (steps < 20_000 ? "-long-run-part.md" : "-long-run.md")),
      options: .atomic)
    print(text)
  }

  /// The same step with a quarter of the images, so that as many steps take minutes.
  private static func quarter(of work: Work) -> Work {
    var work = work
    work.batchSize /= 4
    work.options?.labelledBatchSize /= 4
    work.options?.unlabelledBatchSize /= 4
    work.options?.generator.batchSize /= 4
    return work
  }

  private func row(_ work: Work, in folder: URL, site: Site) throws -> [String] {
    let place = folder.appending(path: work.name, directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    try JSONEncoder().encode(work).write(to: place.appending(path: "work.json"))
    let child = try Child(site.ownForm, in: place, site: site)
    defer { child.stop() }
    try child.waitUntilReady()
    // Caches fill in the first steps.
    _ = try child.measure(20)
    var (times, memory): ([Double], [Double]) = ([], [])
    for sample in 0..<Self.samples {
      times.append(try child.measure(steps / Self.samples) / Double(steps / Self.samples) * 1000)
      memory.append(Double(try child.memory(.resident)) / 1e6)
      if sample % 10 == 9 {
        note("\(work.name): step \((sample + 1) * steps / Self.samples), \(decimal(memory[sample], 1)) MB")
      }
    }
    let (time, space) = (fastest(times), ends(memory))
    let isLevel = time.last <= time.first * Self.timeLimit && space.last <= space.first * Self.memoryLimit
    return [
      work.name == "semi-supervised" ? work.name : "small GAN", "\(decimal(time.first, 2)) → \(decimal(time.last, 2))",
      "\(decimal(space.first, 1)) → \(decimal(space.last, 1))", isLevel ? "yes" : "**no**",
    ]
  }

  /// Other work on the machine only adds to the times.
  private func fastest(_ values: [Double]) -> (first: Double, last: Double) {
    let third = values.count / 3
    return (values.prefix(third).min() ?? 0, values.suffix(third).min() ?? 0)
  }

  private func ends(_ values: [Double]) -> (first: Double, last: Double) {
    let tenth = values.count / 10
    return (Summary(Array(values.prefix(tenth)))?.median ?? 0, Summary(Array(values.suffix(tenth)))?.median ?? 0)
  }
}
