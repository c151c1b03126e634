import Foundation
import SparringDatasets

/// Shows how far pictures are decoded: a live line on standard error, where somebody watches and it takes a while.
final class ReadingProgress {
  private let start = ContinuousClock.now
  private let isWatched = isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  private var hasLine = false

  /// Give it to whatever reads data.
  func show(_ done: Int, _ total: Int) {
    guard isWatched else { return }
    if done < total, ContinuousClock.now - start > .milliseconds(300) {
      write("\r\u{1B}[2KReading pictures: \(done.formatted()) of \(total.formatted())")
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

/// Says which pictures were left out; nothing where none were.
func complain(aboutUnreadable summary: String?) {
  if let summary { complain("Note: \(summary)") }
}
