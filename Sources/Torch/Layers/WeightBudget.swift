import Foundation
import Synchronization

/// How many bytes new weights may take: the sizes of networks are read from files, and a file of a few lines may ask for
/// more than a machine has.
package final class WeightBudget: Sendable {
  /// What applies to weights made now; nil asks only that one tensor fits into memory.
  @TaskLocal static var current: WeightBudget?

  private let bytes: Int
  private let spent = Mutex(0)

  private init(bytes: Int) { self.bytes = bytes }

  /// Makes networks whose weights may take so many bytes between them.
  package static func limited<Result>(to bytes: Int, _ make: () throws -> Result) rethrows -> Result {
    try $current.withValue(WeightBudget(bytes: bytes), operation: make)
  }

  /// - Throws: ``TorchError`` before memory is taken for weights that are too large.
  static func spend(on shape: [Int]) throws(TorchError) {
    var size = 4
    for side in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: max(0, side))
      size = overflow ? .max : product
    }
    guard UInt64(size) <= ProcessInfo.processInfo.physicalMemory else {
      throw TorchError("weights of shape \(shape) do not fit into this machine's memory: choose a smaller network")
    }
    guard let budget = current else { return }
    let total = budget.spent.withLock { spent in
      spent = min(spent, .max - size) + size
      return spent
    }
    guard total <= budget.bytes else {
      throw TorchError("it describes networks that are larger than the weights it holds")
    }
  }
}
