/// What stopped a run or its configuration: what, where, and what to do, in one line.
public struct TrainingError: Error, Equatable, CustomStringConvertible, Sendable {
  public let message: String

  public init(_ message: String) {
    self.message = message
  }

  public var description: String { message }
}
