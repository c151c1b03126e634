import Foundation
import SparringModels

/// What a DCGAN step costs as one size grows and the others stay.
struct Scaling: Codable {
  enum Axis: String, CaseIterable {
    case batchSize, imageSize, width

    var title: String {
      switch self {
      case .batchSize: "batch size"
      case .imageSize: "image size"
      case .width: "network width"
      }
    }

    var values: [Int] {
      switch self {
      case .batchSize: [16, 32, 64, 128, 256]
      case .imageSize: [28, 32, 64, 128]
      case .width: [16, 32, 64, 128]
      }
    }

    func work(at value: Int) throws -> Work {
      var sizes = try GANSizes.reference()
      switch self {
      case .batchSize: return try .dcgan(batchSize: value)
      case .imageSize:
        sizes.imageSize = value
        return try .dcgan(batchSize: 16, sizes: sizes)
      case .width:
        sizes.width = value
        return try .dcgan(batchSize: 64, sizes: sizes)
      }
    }
  }

  struct Point: Codable {
    var value: Int
    var batchSize: Int
    var gigaflopPerImage: Double
    var millisecondsPerImage: Double
    var peakMegabytes: Double

    var gigaflopsPerSecond: Double { gigaflopPerImage / millisecondsPerImage * 1000 }
  }

  var machine: Results.Machine
  var date: String
  /// By the axis that grows.
  var points: [String: [Point]] = [:]

  var markdown: String {
    let sections = Axis.allCases.compactMap { axis in points[axis.rawValue].map { section(axis, $0) } }
    let heading = """
      # Cost as the work grows: \(machine.name)

      One DCGAN training step in bf16, \(machine.threads) threads, device \(machine.device), \(date.prefix(10)). \
      Time over FLOPs is relative to the smallest size: at most 1 means that the cost grows no faster than the work.
      """
    return ([heading] + sections).joined(separator: "\n\n") + "\n"
  }

  private func section(_ axis: Axis, _ points: [Point]) -> String {
    let rows = points.map { point in
      [
        "\(point.value)", "\(point.batchSize)", decimal(point.gigaflopPerImage, 3),
        decimal(point.millisecondsPerImage, 3), decimal(point.gigaflopsPerSecond, 0),
        decimal((points.first?.gigaflopsPerSecond ?? 0) / point.gigaflopsPerSecond, 2), decimal(point.peakMegabytes, 0),
      ]
    }
    return "## By \(axis.title)\n\n"
      + table(
        [axis.title, "batch", "GFLOP per image", "ms per image", "GFLOP/s", "time over FLOPs", "peak memory, MB"], rows)
  }

  func write(to folder: URL, suffix: String) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appending(path: machine.slug + "-scaling" + suffix)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try encoder.encode(self).write(to: file.appendingPathExtension("json"), options: .atomic)
    try Data(markdown.utf8).write(to: file.appendingPathExtension("md"), options: .atomic)
    try Data(ScalingChart(self).svg.utf8).write(to: file.appendingPathExtension("svg"), options: .atomic)
  }
}
