import Recipes
import Torch

/// Means of the losses over the logging interval and over the epoch, reading each device tensor once
/// an interval instead of once a step.
struct LossMeter: Codable {
  private(set) var names: [String] = []
  private var epochSums: [Double] = []
  private var epochCount = 0
  private var intervalSums: [Double] = []
  private var intervalCount = 0
  /// Steps whose losses are still on the device.
  private var pending: [[Tensor]] = []

  private enum CodingKeys: String, CodingKey {
    case names, epochSums, epochCount, intervalSums, intervalCount
  }

  init() {}

  mutating func add(_ losses: Losses) {
    if names != losses.values.map(\.name) {
      names = losses.values.map(\.name)
      (epochCount, intervalCount, pending) = (0, 0, [])
      epochSums = names.map { _ in 0 }
      intervalSums = names.map { _ in 0 }
    }
    pending.append(losses.values.map(\.value))
  }

  /// Brings the pending losses over from the device.
  mutating func settle() throws {
    guard !pending.isEmpty else { return }
    let table = try Tensor.stack(pending.flatMap { $0 }).array(of: Double.self)
    for step in 0..<pending.count {
      for index in names.indices {
        epochSums[index] += table[step * names.count + index]
        intervalSums[index] += table[step * names.count + index]
      }
    }
    epochCount += pending.count
    intervalCount += pending.count
    pending = []
  }

  mutating func takeInterval() throws -> [NamedValue] {
    try settle()
    defer { (intervalSums, intervalCount) = (names.map { _ in 0 }, 0) }
    return means(intervalSums, intervalCount)
  }

  mutating func takeEpoch() throws -> [NamedValue] {
    try settle()
    defer { (epochSums, epochCount) = (names.map { _ in 0 }, 0) }
    return means(epochSums, epochCount)
  }

  /// The sums that are no longer numbers, by name.
  var broken: [NamedValue] {
    zip(names, zip(epochSums, intervalSums)).map { NamedValue($0, $1.0 + $1.1) }.filter { !$0.value.isFinite }
  }

  private func means(_ sums: [Double], _ count: Int) -> [NamedValue] {
    zip(names, sums).map { NamedValue($0, $1 / Double(max(1, count))) }
  }
}
