import ArgumentParser
import Foundation
import SparringModels

/// What a step costs as the work grows.
struct ScalingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scaling", abstract: "Seconds per image and memory against batch, image size and width.")

  @Option(help: "How often each size is measured.")
  var rounds = 5

  @OptionGroup var options: MachineOptions

  @Flag(help: "A trial of the smallest two of each, whose numbers mean little.")
  var quick = false

  func run() throws {
    let site = options.site
    var scaling = Scaling(machine: options.machine, date: Date.now.formatted(.iso8601))
    try withWorkerFolder { folder in
      for axis in Scaling.Axis.allCases {
        for value in quick ? Array(axis.values.prefix(2)) : axis.values {
          let point = try measure(axis.work(at: value), value: value, in: folder, site: site)
          note("\(axis.title) \(value): \(decimal(point.millisecondsPerImage, 3)) ms per image")
          scaling.points[axis.rawValue, default: []].append(point)
        }
      }
    }
    try scaling.write(to: site.results, suffix: quick ? "-quick" : "")
    print(scaling.markdown)
  }

  /// A fresh process, so that its peak memory is its own.
  private func measure(_ work: Work, value: Int, in folder: URL, site: Site) throws -> Scaling.Point {
    let place = folder.appending(path: "\(work.name)-\(value)", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    try JSONEncoder().encode(work).write(to: place.appending(path: "work.json"))
    let child = try Child(site.ownForm, in: place, site: site)
    defer { child.stop() }
    try child.waitUntilReady()
    _ = try child.measure(2)
    let once = try child.measure(1)
    let steps = max(1, Int((quick ? 0.1 : 1) / max(once, 1e-6)))
    let seconds = try (0..<(quick ? 2 : rounds)).map { _ in try child.measure(steps) / Double(steps) }
    let images = Double(work.batchSize)
    return Scaling.Point(
      value: value, batchSize: work.batchSize,
      gigaflopPerImage: (FlopCount.count(work) ?? 0) / images / 1e9,
      millisecondsPerImage: (Summary(seconds)?.median ?? 0) / images * 1000,
      peakMegabytes: Double(try child.memory()) / 1e6)
  }
}
