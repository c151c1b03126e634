public import SparringRecipes
public import SparringTorch

/// The losses of one step in one tensor of its own, still on their device.
public struct StepLosses {
  /// In the order of display.
  public let quantities: [Quantity]
  /// `[quantities.count]`; nothing overwrites it later.
  public let values: Tensor
  /// Images that passed forward through a trained network.
  public let imagePasses: Int
}

extension StepLosses {
  init(_ losses: Losses) throws {
    self.init(
      quantities: losses.values.map(\.quantity), values: try .stack(losses.values.map(\.value)),
      imagePasses: losses.imagePasses)
  }
}

/// Means of the losses over the logging interval and over the epoch. The losses stay on their device
/// until a mean is asked for, so the loop need not wait for any step.
struct LossMeter: Codable {
  /// So many steps are kept on the device at most, however seldom means are asked for.
  static let mostPending = 1000

  private(set) var quantities: [Quantity] = []
  private var epochSums: [Double] = []
  private var epochCount = 0
  private var intervalSums: [Double] = []
  private var intervalCount = 0
  /// Steps whose losses are still on the device. They are kept apart, not summed: the sums must not
  /// depend on when a checkpoint asked for them.
  private var pending: [Tensor] = []

  private enum CodingKeys: String, CodingKey {
    case quantities, epochSums, epochCount, intervalSums, intervalCount
  }

  init() {}

  /// - Throws: `DecodingError` for sums that are not one for each quantity, or counts that no run has.
  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    quantities = try values.decode([Quantity].self, forKey: .quantities)
    epochSums = try values.decode([Double].self, forKey: .epochSums)
    intervalSums = try values.decode([Double].self, forKey: .intervalSums)
    epochCount = try values.decode(Int.self, forKey: .epochCount)
    intervalCount = try values.decode(Int.self, forKey: .intervalCount)
    let counts = 0...Checkpoint.mostSteps
    guard epochSums.count == quantities.count, intervalSums.count == quantities.count, counts.contains(epochCount),
      counts.contains(intervalCount)
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .epochSums, in: values, debugDescription: "its sums of losses do not fit each other")
    }
  }

  mutating func add(_ losses: StepLosses) throws {
    if quantities != losses.quantities {
      quantities = losses.quantities
      (epochCount, intervalCount, pending) = (0, 0, [])
      epochSums = quantities.map { _ in 0 }
      intervalSums = quantities.map { _ in 0 }
    }
    pending.append(losses.values)
    if pending.count >= Self.mostPending { try settle() }
  }

  /// Brings the pending losses over from the device, in one transfer.
  mutating func settle() throws {
    guard !pending.isEmpty else { return }
    let table = try Tensor.concatenate(pending).array(of: Double.self)
    for step in 0..<pending.count {
      for index in quantities.indices {
        epochSums[index] += table[step * quantities.count + index]
        intervalSums[index] += table[step * quantities.count + index]
      }
    }
    epochCount += pending.count
    intervalCount += pending.count
    pending = []
  }

  mutating func takeInterval() throws -> [MeasuredValue] {
    try settle()
    defer { (intervalSums, intervalCount) = (quantities.map { _ in 0 }, 0) }
    return means(intervalSums, intervalCount)
  }

  mutating func takeEpoch() throws -> [MeasuredValue] {
    try settle()
    defer { (epochSums, epochCount) = (quantities.map { _ in 0 }, 0) }
    return means(epochSums, epochCount)
  }

  /// The sums that are no longer numbers.
  var broken: [MeasuredValue] {
    zip(quantities, zip(epochSums, intervalSums)).map { MeasuredValue($0, $1.0 + $1.1) }.filter { !$0.value.isFinite }
  }

  private func means(_ sums: [Double], _ count: Int) -> [MeasuredValue] {
    zip(quantities, sums).map { MeasuredValue($0, $1 / Double(max(1, count))) }
  }
}
