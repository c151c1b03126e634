internal import CSparringTorch

/// What LibTorch, or a check made before calling it, had to say.
public struct TorchError: Error, Equatable, CustomStringConvertible, Sendable {
  /// LibTorch's own words, or those of the check.
  public let message: String

  /// An error that prints as `message`.
  public init(_ message: String) {
    self.message = message
  }

  /// The text to print.
  public var description: String { message }
}

/// Turns the shim's message, where there is one, into a Swift error.
@inline(__always)
func check(_ message: UnsafeMutablePointer<CChar>?) throws(TorchError) {
  guard let message else { return }
  defer { ct_free(message) }
  throw TorchError(String(cString: message))
}
