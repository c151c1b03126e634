internal import Foundation

/// What could not be written, read or shown: what, where and what to do, in one line.
public struct ReportingError: Error, Equatable, CustomStringConvertible, Sendable {
  /// One line.
  public let message: String

  /// An error that says what, where and what to do.
  package init(_ message: String) {
    self.message = message
  }

  /// The message.
  public var description: String { message }

  /// Foundation's errors span several lines and hide the reason; this keeps the path and the system's word.
  init(_ action: String, _ url: URL, _ error: any Error) {
    if let error = error as? ReportingError {
      self = error
      return
    }
    self.init("cannot \(action) \(url.relativePath): \(Self.reason(error))")
  }

  private static func reason(_ original: any Error) -> String {
    let error = original as NSError
    if let underlying = error.userInfo[NSUnderlyingErrorKey] as? any Error { return reason(underlying) }
    if error.domain == NSPOSIXErrorDomain { return posix(Int32(error.code)) }
    switch CocoaError.Code(rawValue: error.code) {
    case .fileWriteOutOfSpace: return posix(ENOSPC)
    case .fileWriteNoPermission, .fileReadNoPermission: return posix(EACCES)
    case .fileWriteVolumeReadOnly: return posix(EROFS)
    case .fileNoSuchFile, .fileReadNoSuchFile: return posix(ENOENT)
    case .fileWriteFileExists: return posix(EEXIST)
    default:
      return "\(original)".split(whereSeparator: \.isNewline).joined(separator: " ")
    }
  }

  private static func posix(_ code: Int32) -> String {
    let text = String(cString: strerror(code))
    switch code {
    case ENOSPC, EDQUOT: return "\(text). Free some space; what was written before is whole"
    case EACCES, EROFS, EPERM: return "\(text). Choose a folder that you may write to"
    default: return text
    }
  }
}
