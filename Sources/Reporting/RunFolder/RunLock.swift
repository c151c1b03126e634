internal import Foundation
internal import SparringTorch

/// The right to write into a run's folder, which one process at a time has. The system takes it back when the process ends,
/// however it ends.
package final class RunLock {
  private let descriptor: Int32

  /// - Throws: ``ReportingError`` while another process, or another run of this one, writes into the folder, or where files
  ///   of it lie elsewhere.
  package init(_ folder: RunFolder) throws(ReportingError) {
    try folder.requireOwnFiles()
    descriptor = open(folder.url.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw ReportingError("\(folder.url.relativePath) cannot be opened: \(String(cString: strerror(errno)))")
    }
    // Some file systems know no locks; that is no reason not to train on them.
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
      close(descriptor)
      throw ReportingError(
        "\(folder.url.relativePath) is being written by another process: wait until that has ended, or stop it")
    }
  }

  deinit { close(descriptor) }

  /// Whether another process, or another run of this one, writes into the folder now.
  package static func isHeld(_ folder: RunFolder) -> Bool {
    let descriptor = open(folder.url.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }
}

extension RunFolder {
  /// Takes the lock of a folder that ``create(named:in:)`` gave, for writing its first files.
  /// - Throws: ``ReportingError`` while another process begins the same run, or when it has.
  package func lockToBegin() throws(ReportingError) -> RunLock {
    let lock = try RunLock(self)
    guard !FileManager.default.fileExists(atPath: configuration.path) else { throw RunFolder.taken(self) }
    // Only now: they might be another process's, at work.
    AtomicFile.removeLeftovers(in: url)
    return lock
  }
}
