/// What stopped a run or its configuration: what, where, and what to do, in one line.
public struct TrainingError: Error, Equatable, CustomStringConvertible, Sendable {
  /// The line to print.
  public let message: String

  /// An error that prints as `message`.
  package init(_ message: String) {
    self.message = message
  }

  /// The line to print.
  public var description: String { message }
}
