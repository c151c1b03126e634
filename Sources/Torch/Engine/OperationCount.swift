internal import CSparringTorch
internal import Foundation

/// One count at a time: backward passes of a GPU run in threads that several counts would share.
private let counting = NSLock()

/// Runs `body` and counts the floating-point operations of its convolutions and matrix products, backward passes
/// included: a multiplication with its addition counts as two. The count follows from shapes alone, so it is the same
/// whichever kernels compute; what a device replays of a recorded graph is not seen.
///
/// - Throws: What `body` throws, or ``TorchError`` where LibTorch cannot be observed.
public func countingOperations<Result>(_ body: () throws -> Result) throws -> (count: Double, result: Result) {
  counting.lock()
  defer { counting.unlock() }
  try check(ct_operations_begin())
  let result = Swift.Result { try body() }
  let count = ct_operations_end()
  return (count, try result.get())
}
