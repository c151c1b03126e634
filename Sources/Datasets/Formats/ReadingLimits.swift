import Foundation

/// How much a file from a stranger may ask of this machine. Each limit is checked before the work, and raised by an
/// environment variable of its own.
public struct ReadingLimits: Sendable {
  /// Pixels of one picture as it is stored.
  public var pixels = 1 << 27
  /// Height or width in pixels of the images that networks see.
  public var imageSide = 2048
  /// Bytes of a data set's file, decompressed.
  public var bytes = 4 << 30

  /// Bytes of a text that a run keeps, such as its evaluation; its metrics, which grow with it, may have four times as many.
  public var recordBytes = 32 << 20

  /// The variable that raises ``pixels``.
  static let pixelsVariable = "SPARRING_MAXIMUM_PIXELS"
  /// The variable that raises ``imageSide``.
  static let imageSideVariable = "SPARRING_MAXIMUM_IMAGE_SIZE"
  /// The variable that raises ``bytes``.
  static let bytesVariable = "SPARRING_MAXIMUM_BYTES"

  /// The variable that raises ``recordBytes``.
  static let recordBytesVariable = "SPARRING_MAXIMUM_RECORD_BYTES"

  /// The limits of this process.
  public static let current = ReadingLimits(ProcessInfo.processInfo.environment)

  /// The defaults, and what an environment says otherwise; what is no positive number there changes nothing.
  init(_ environment: [String: String] = [:]) {
    func number(_ variable: String, _ usual: Int) -> Int {
      environment[variable].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? usual
    }
    pixels = number(Self.pixelsVariable, pixels)
    imageSide = number(Self.imageSideVariable, imageSide)
    bytes = number(Self.bytesVariable, bytes)
    recordBytes = number(Self.recordBytesVariable, recordBytes)
  }

  /// What is wrong with the size of a text that a run keeps, in words that follow its name; nil where nothing is.
  /// - Parameter factor: How many times the limit the text may have.
  package static func complaint(aboutRecord file: String, times factor: Int = 1) -> String? {
    var status = stat()
    guard stat(file, &status) == 0 else { return nil }
    let size = Int(status.st_size)
    guard size / factor > current.recordBytes else { return nil }
    return
      "has \(size) bytes, more than the \(factor * current.recordBytes) that are read of a run's texts (raise \(recordBytesVariable))"
  }

  /// - Throws: ``DatasetError`` for images that networks shall not see, `key` first.
  package func check(_ size: ImageSize, named key: String) throws(DatasetError) {
    guard size.height > 0, size.width > 0, max(size.height, size.width) <= imageSide else {
      throw DatasetError(
        "\(key) is \(size); use 1 to \(imageSide) pixels a side (\(Self.imageSideVariable) raises the limit)")
    }
  }
}
