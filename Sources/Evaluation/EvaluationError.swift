/// Why a statistic cannot be computed from what was given, in one line.
public struct EvaluationError: Error, Equatable, CustomStringConvertible, Sendable {
  /// One line.
  public let message: String

  /// An error that says what is wrong with what was given.
  package init(_ message: String) {
    self.message = message
  }

  /// The message.
  public var description: String { message }
}
