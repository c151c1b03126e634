package import Foundation

/// A file being written beside the one that it will replace.
struct AtomicOutput {
  fileprivate let descriptor: Int32

  func write(_ data: Data) throws(SystemProblem) {
    var failure: Int32 = 0
    data.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        #if canImport(Darwin)
          let count = Darwin.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        #else
          let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        #endif
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
          failure = errno
          return
        }
        rest = rest.dropFirst(count)
      }
    }
    if failure != 0 { throw SystemProblem(code: failure) }
  }
}

/// Files that are replaced as a whole: a reader, or a crash, finds the old content or the new, never a part.
package enum AtomicFile {
  /// Writes a file; a failure leaves what was there.
  /// - Throws: What the system says, such as `No space left on device`.
  package static func write(_ data: Data, to file: URL) throws {
    try writeAtomically(to: file) { try $0.write(data) }
  }

  /// Removes what killed processes left of such files, in a folder and the folders in it.
  package static func removeLeftovers(in folder: URL) {
    let files = FileManager.default
    for name in (try? files.contentsOfDirectory(atPath: folder.path)) ?? [] {
      let place = folder.appending(path: name)
      if isLeftover(name) {
        try? files.removeItem(at: place)
      } else if (try? files.attributesOfItem(atPath: place.path)[.type]) as? FileAttributeType == .typeDirectory {
        for inner in (try? files.contentsOfDirectory(atPath: place.path)) ?? [] where isLeftover(inner) {
          try? files.removeItem(at: place.appending(path: inner))
        }
      }
    }
  }

  /// Whether a file of that name is what a killed process left: one of ours, or of Foundation's.
  package static func isLeftover(_ name: String) -> Bool {
    name.hasPrefix(".") && name.hasSuffix(".partial") || name.hasPrefix(".dat.nosync")
  }
}

/// What the system says went wrong, such as `No space left on device`.
struct SystemProblem: Error, CustomStringConvertible {
  let code: Int32
  var description: String { String(cString: strerror(code)) }
}

/// Writes a file completely to the disk and only then under its name; a failure leaves what was there.
func writeAtomically(to file: URL, _ body: (AtomicOutput) throws -> Void) throws {
  let folder = file.deletingLastPathComponent().path
  let temporary = folder + "/.\(file.lastPathComponent).\(UUID().uuidString.prefix(8)).partial"
  let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0o644)
  guard descriptor >= 0 else { throw SystemProblem(code: errno) }
  do {
    do {
      try body(AtomicOutput(descriptor: descriptor))
      guard fsync(descriptor) == 0 else { throw SystemProblem(code: errno) }
    } catch {
      close(descriptor)
      throw error
    }
    guard close(descriptor) == 0 else { throw SystemProblem(code: errno) }
    guard rename(temporary, file.path) == 0 else { throw SystemProblem(code: errno) }
  } catch {
    unlink(temporary)
    throw error
  }
  synchronizeFolder(folder)
}

/// Makes the new name itself last through a power cut, where the file system allows it.
private func synchronizeFolder(_ folder: String) {
  let descriptor = open(folder, O_RDONLY)
  guard descriptor >= 0 else { return }
  fsync(descriptor)
  close(descriptor)
}
