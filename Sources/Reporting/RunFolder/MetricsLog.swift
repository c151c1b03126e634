internal import Foundation

/// `metrics.jsonl`, open for appending.
final class MetricsLog {
  private let url: URL
  private let file: FileHandle
  private var checkpointSteps: Set<Int> = []

  /// Opens the log of a run that goes on after `step`, or of a new one where that is nil.
  ///
  /// Lines of later steps come from work that was lost with the process; they are dropped, as is a last
  /// line that a kill cut short. The file is replaced as a whole, so a second kill loses nothing.
  init(_ url: URL, continuingAfter step: Int?) throws(ReportingError) {
    self.url = url
    let old = try contents(of: url, times: 4)
    let kept = Self.lines(of: old ?? Data()).filter { line in step.map { line.record.step <= $0 } ?? false }
    checkpointSteps = Set(kept.lazy.map(\.record).filter { $0.kind == .checkpoint }.map(\.step))
    let new = Data(kept.map { $0.text + Data("\n".utf8) }.joined())
    if old != new { try replace(url, with: new) }
    do {
      file = try FileHandle(forWritingTo: url)
      try file.seekToEnd()
    } catch {
      throw ReportingError("open", url, error)
    }
  }

  init(_ url: URL, open file: FileHandle) {
    (self.url, self.file) = (url, file)
  }

  deinit { try? file.close() }

  /// Whether a line that was there when the log was opened tells of the checkpoint of a step.
  func tellsOfCheckpoint(at step: Int) -> Bool { checkpointSteps.contains(step) }

  /// Hands the line to the system at once: it survives the end of this process, however sudden.
  /// A line that does not fit on the disk is taken back.
  func append(_ record: MetricRecord) throws(ReportingError) {
    let line = try record.line()
    let end = try? file.offset()
    do {
      try file.write(contentsOf: line)
    } catch {
      if let end {
        try? file.truncate(atOffset: end)
      }
      throw ReportingError("write", url, error)
    }
  }

  /// Every whole line; one that is no record (cut short, or of a later version) is left out.
  static func read(_ url: URL) throws(ReportingError) -> [MetricRecord] {
    lines(of: try contents(of: url, times: 4) ?? Data()).map(\.record)
  }

  private static func lines(of data: Data) -> [(text: Data, record: MetricRecord)] {
    // No record is shorter than its kind and its step.
    data.split(separator: UInt8(ascii: "\n")).compactMap { text in
      text.count < 20 ? nil : MetricRecord(line: text).map { (text, $0) }
    }
  }
}
