import Foundation
public import SparringReporting
import SparringTraining

/// How much every run of a study may cost, as typed: `steps=1600`, `images=200000`, `time=3m`, `flops=2e13`.
public struct StudyBudget: Sendable, Hashable {
  /// What is equal.
  public let cost: StudyCost
  /// How much of it; seconds for time.
  public let amount: Double

  /// - Throws: ``TrainingError`` that says what a budget looks like.
  public init(_ text: String) throws {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2, let cost = StudyCost(rawValue: parts[0]), let amount = Self.amount(parts[1], of: cost),
      amount > 0, amount < 1e30, amount >= 1 || cost == .time || cost == .flops
    else {
      throw TrainingError("the budget is '\(text)'; use steps=1600, images=200000, time=3m (or 180s, 1h) or flops=2e13")
    }
    (self.cost, self.amount) = (cost, amount)
  }

  private static func amount(_ text: String, of cost: StudyCost) -> Double? {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600]
    guard cost == .time, let last = text.last, let unit = units[last] else { return Double(text) }
    return Double(text.dropLast()).map { $0 * unit }
  }
}
