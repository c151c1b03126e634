/// Why a statistic cannot be computed from what was given, in one line.
public struct EvaluationError: Error, Equatable, CustomStringConvertible, Sendable {
  public let message: String

  public init(_ message: String) {
    self.message = message
  }

  public var description: String { message }
}
