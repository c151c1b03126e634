/// Why a safetensors file could not be read or written; one line that names the file.
public struct SafetensorsError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file's path.
  public let file: String
  /// What is wrong with it.
  public let reason: String

  /// The file and the reason in one line.
  public var description: String { "\(file): \(reason)" }
}
