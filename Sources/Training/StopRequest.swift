import Synchronization

/// A request from outside the loop, such as Ctrl-C, to save and stop after the present step.
public final class StopRequest: Sendable {
  private let asked = Atomic<Bool>(false)

  /// A request that nobody has made yet.
  public init() {}

  /// Safe to call from a signal handler's queue or another task.
  public func ask() { asked.store(true, ordering: .relaxed) }
  /// Whether ``ask()`` has been called; it stays so.
  public var isAsked: Bool { asked.load(ordering: .relaxed) }
}
