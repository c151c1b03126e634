public import Foundation
internal import SparringTorch
public import SparringTraining

/// Where the console's lines go, and what the place can show.
public struct Console {
  /// Whether a person watches: a live line is drawn, and drawn over.
  public var isTerminal: Bool
  /// Whether warnings are coloured.
  public var usesColor: Bool
  /// Columns of the terminal, asked anew for each line since windows change.
  public var columns: () -> Int
  /// Writes text as it is; lines bring their own ends.
  public var write: (String) -> Void

  /// A console of one's own, such as for tests.
  public init(isTerminal: Bool, usesColor: Bool, columns: @escaping () -> Int, write: @escaping (String) -> Void) {
    (self.isTerminal, self.usesColor, self.columns, self.write) = (isTerminal, usesColor, columns, write)
  }

  /// This process's standard output. Honours `NO_COLOR` (no-color.org) and `TERM=dumb`.
  public static func standardOutput(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> Console {
    let isTerminal = isatty(STDOUT_FILENO) == 1 && environment["TERM"] != "dumb"
    let refusesColor = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    return Console(
      isTerminal: isTerminal, usesColor: isTerminal && !refusesColor,
      columns: {
        var size = winsize()
        return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
      },
      write: { text in try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8)) })
  }
}

/// Shows a run's progress. In a terminal: one live line, and above it what stays. Elsewhere: a line per
/// epoch, or per tenth of a run that has few or very many epochs.
///
/// Give every event to ``show(_:)`` in order, from one task.
public final class ConsoleProgress {
  private let console: Console
  private let label: String?
  private var start: RunStart?
  /// Where the pace is measured from: the beginning, or the first report of a resumed run.
  private var paceOrigin: (step: Int, seconds: Double)?
  private var measured: SparringTraining.Measurement?
  private var shownTenths = 0
  private var hasLiveLine = false

  /// - Parameter label: Stands before the live line, such as `seed 3, supervised`; for several runs in a row.
  public init(console: Console, label: String? = nil) {
    (self.console, self.label) = (console, label)
  }

  /// Shows one event.
  public func show(_ event: TrainingEvent) {
    switch event {
    case .started(let start):
      self.start = start
      (measured, paceOrigin) = (nil, start.firstStep == 0 ? (0, 0) : nil)
      shownTenths = start.totalSteps > 0 ? start.firstStep * 10 / start.totalSteps : 0
      if start.firstStep > 0 { keep("Resumed after step \(Format.count(start.firstStep))") }
    case .stepped(let report):
      step(report)
    case .epochEnded(let report):
      if showsEpochs { keep(ProgressText.epoch(report)) }
    case .measured(let measurement):
      measured = measurement
    case .warned(let warning):
      keep("Warning at step \(Format.count(warning.step)): \(warning.message)", color: "33")
    case .wentBack(let step):
      measured = nil
      if let start, start.totalSteps > 0 { shownTenths = step * 10 / start.totalSteps }
    case .sampled, .checkpointed:
      break
    case .finished(let end):
      keep(ProgressText.end(end, measured: measured))
      start = nil
    }
  }

  /// Takes the live line away, so that something else can be written.
  public func clear() {
    if hasLiveLine { console.write("\r\u{1B}[2K") }
    hasLiveLine = false
  }

  /// Up to 200 epochs make lines of their own, in a run whose length was given in epochs.
  private var showsEpochs: Bool {
    guard let start, start.stepsPerEpoch > 0 else { return true }
    return start.countsEpochs && (1...200).contains(start.totalSteps / start.stepsPerEpoch)
  }

  private func step(_ report: StepReport) {
    guard let start else { return }
    let origin = paceOrigin ?? (report.step, report.seconds)
    paceOrigin = origin
    let left = ProgressText.secondsLeft(report, totalSteps: start.totalSteps, since: origin)
    if console.isTerminal {
      let line = ProgressText.live(
        report, of: start, secondsLeft: left, measured: measured, label: label, columns: console.columns())
      console.write("\r\u{1B}[2K" + Printable.escaped(line, keeping: []))
      hasLiveLine = true
    } else if !showsEpochs, start.totalSteps > 0 {
      let tenths = report.step * 10 / start.totalSteps
      guard tenths > shownTenths else { return }
      shownTenths = tenths
      keep(
        ProgressText.live(
          report, of: start, secondsLeft: left, measured: measured, label: nil, columns: .max, showsBar: false))
    }
  }

  private func keep(_ line: String, color: String? = nil) {
    clear()
    let text = Printable.escaped(label.map { "\($0): \(line)" } ?? line, keeping: [])
    console.write((console.usesColor ? color.map { "\u{1B}[\($0)m\(text)\u{1B}[0m" } : nil) ?? text)
    console.write("\n")
  }
}
