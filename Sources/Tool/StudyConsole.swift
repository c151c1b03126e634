import ArgumentParser
import Foundation
import SparringExperiments
import SparringReporting
import SparringTraining

/// Runs a study and says what becomes of each run.
struct StudyConsole {
  /// What a cell is called before its progress.
  var label: (StudyPlan.Cell, _ position: Int, _ count: Int) -> String

  /// Trains every cell that has no result yet.
  /// - Throws: `ExitCode` 130 where it was stopped, with the step that is saved said before.
  func run(_ study: Study, in folder: StudyFolder, part: (index: Int, count: Int)? = nil) throws -> Study.Outcome {
    let interrupt = Interrupt()
    var (progress, current) = (ConsoleProgress(console: .standardOutput()), "")
    let outcome = try withExtendedLifetime(interrupt) {
      try study.run(in: folder, part: part, stop: interrupt.request) { event in
        switch event {
        case .measuring(let arm, let dataset):
          // Counting takes no time; timing takes seconds.
          if study.plan.equal == .time { say("Timing steps of \(arm) on \(dataset)") }
        case .began(let cell, let position, let count):
          current = label(cell, position, count)
          progress = ConsoleProgress(console: .standardOutput(), label: current)
        case .training(_, let event): progress.show(event)
        case .finished: break
        case .failed(let row):
          progress.clear()
          complain("Failed: \(row.runFolder): \(row.failure ?? ""). The others go on.")
        case .isBusy(let cell): say("\(cell.name) is being trained by another process: left to it.")
        }
      }
    }
    if let stopped = outcome.stopped {
      let place = stopped.step > 0 ? " after step \(stopped.step) of \(current)" : " before \(stopped.cell.name)"
      say("Stopped\(place). The same command goes on from there.")
      throw ExitCode(130)
    }
    return outcome
  }

  /// - Throws: `ExitCode` 1 where runs failed, after a line that says how many.
  static func require(_ outcome: Study.Outcome, in folder: StudyFolder) throws {
    guard !outcome.failed.isEmpty else { return }
    let count = outcome.failed.count + outcome.finished.count + outcome.busy.count
    throw ToolError(
      "\(outcome.failed.count) of \(count) runs failed, as said above and in \(folder.table.relativePath); the same command "
        + "tries them again")
  }
}
