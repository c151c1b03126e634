import Foundation
import SparringDatasets

/// Shows how far pictures are decoded, or something else of the kind is done: a live line on standard error, where somebody watches and it takes a while.
final class ReadingProgress {
  private let start = ContinuousClock.now
  private let isWatched = isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  private var hasLine = false
  private let what: String

  init(_ what: String = "Reading pictures") { self.what = what }

  /// Give it to whatever reads data.
  func show(_ done: Int, _ total: Int) {
    guard isWatched else { return }
    if done < total, ContinuousClock.now - start > .milliseconds(300) {
      write("\r\u{1B}[2K\(what): \(done.formatted()) of \(total.formatted())")
      hasLine = true
    } else if done == total, hasLine {
      clear()
    }
  }

  private func clear() {
    write("\r\u{1B}[2K")
    hasLine = false
  }

  private func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }

  deinit { if hasLine { clear() } }
}

/// Shows how many are done: a live line on standard error, where somebody watches and the answers go elsewhere.
final class CountProgress {
  private let what: String
  private let isWatched =
    isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 0 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  private var hasLine = false

  init(_ what: String) { self.what = what }

  func show(_ done: Int) {
    guard isWatched else { return }
    try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[2K\(what): \(done.formatted())".utf8))
    hasLine = true
  }

  func clear() {
    guard hasLine else { return }
    try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[2K".utf8))
    hasLine = false
  }
}

/// Says which pictures were left out; nothing where none were.
func complain(aboutUnreadable summary: String?) {
  if let summary { complain("Note: \(summary)") }
}
