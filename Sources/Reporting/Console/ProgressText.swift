internal import Foundation
internal import SparringTraining

/// What the console shows of a run, as pure functions of what is known.
enum ProgressText {
  /// `loss D 0.6931  loss G 0.6931`.
  static func values(_ values: [MeasuredValue]) -> String {
    values.map(Format.short).joined(separator: "  ")
  }

  /// `Epoch 3/100  loss D 0.6931  loss G 0.6931`.
  static func epoch(_ report: EpochReport) -> String {
    ["Epoch \(report.epoch)/\(report.totalEpochs)", values(report.losses)].filter { !$0.isEmpty }
      .joined(separator: "  ")
  }

  /// `accuracy 93.40% (validation)`.
  static func measurement(_ measurement: SparringTraining.Measurement) -> String {
    "\(values(measurement.values)) (\(measurement.split))"
  }

  /// Seconds to go at the pace since an earlier report; nil before there is a pace.
  static func secondsLeft(_ report: StepReport, totalSteps: Int, since earlier: (step: Int, seconds: Double)) -> Double?
  {
    let (steps, seconds) = (report.step - earlier.step, report.seconds - earlier.seconds)
    guard steps > 0, seconds > 0, totalSteps >= report.step else { return nil }
    return seconds / Double(steps) * Double(totalSteps - report.step)
  }

  /// The live line, at most `columns` wide; what matters least goes first when there is no room.
  ///
  ///     ━━━━━━━━────────────  41%  step 1,230/3,000  1,240 images/s  2:13 left  loss D 0.6931
  static func live(
    _ report: StepReport, of start: RunStart, secondsLeft: Double?, measured: SparringTraining.Measurement?,
    label: String?, columns: Int, showsBar: Bool = true
  ) -> String {
    let share = start.totalSteps > 0 ? min(1, Double(report.step) / Double(start.totalSteps)) : 0
    let percent = "\(Int(share * 100))%"
    var parts: [(text: String, rank: Int)] = []
    if let label { parts.append((label, 2)) }
    if showsBar { parts.append((bar(share, width: 20), 6)) }
    parts.append((String(repeating: " ", count: max(0, 4 - percent.count)) + percent, 0))
    parts.append(("step \(Format.count(report.step))/\(Format.count(start.totalSteps))", 3))
    if start.stepsPerEpoch > 1, start.totalSteps > start.stepsPerEpoch {
      let epochs = (start.totalSteps + start.stepsPerEpoch - 1) / start.stepsPerEpoch
      parts.append(("epoch \(report.epoch)/\(epochs)", 7))
    }
    if (1..<1e9).contains(report.imagesPerSecond) {
      parts.append(("\(Format.count(Int(report.imagesPerSecond.rounded()))) \(start.examples)/s", 5))
    }
    if let secondsLeft { parts.append(("\(Format.duration(secondsLeft)) left", 1)) }
    if !report.losses.isEmpty { parts.append((values(report.losses), 4)) }
    if let measured { parts.append((Self.measurement(measured), 8)) }

    func line() -> String { parts.map(\.text).joined(separator: "  ") }
    // The last column stays free: writing it makes some terminals wrap.
    while line().count >= columns, parts.count > 1, let least = parts.max(by: { $0.rank < $1.rank }) {
      parts.removeAll { $0.rank == least.rank }
    }
    return String(line().prefix(max(0, columns - 1)))
  }

  static func bar(_ share: Double, width: Int) -> String {
    let full = Int((min(1, max(0, share)) * Double(width)).rounded(.down))
    return String(repeating: "━", count: full) + String(repeating: "─", count: width - full)
  }

  /// The last line of a run.
  static func end(_ end: RunEnd, measured: SparringTraining.Measurement?) -> String {
    let verb = end.isComplete ? "Done:" : "Stopped, and can be resumed:"
    let text = "\(verb) step \(Format.count(end.step)) after \(Format.duration(end.seconds))"
    return measured.map { "\(text), \(measurement($0))" } ?? text
  }
}
