import ArgumentParser
import Foundation
import SparringDatasets
import SparringExperiments
import SparringReporting
import SparringTraining

/// Runs a study and says what becomes of each run.
struct StudyConsole {
  let study: Study
  let folder: StudyFolder
  var device = "cpu"
  /// How many runs at once, each in a process of its own.
  var jobs = 1
  /// What each of several has.
  var threads = 1

  /// Trains every cell that has no result yet.
  /// - Parameter part: Of one process alone.
  /// - Throws: `ExitCode` 130 where it was stopped, with the step that is saved said before.
  func run(part: (index: Int, count: Int)? = nil) throws -> Study.Outcome {
    let interrupt = Interrupt()
    return try withExtendedLifetime(interrupt) {
      guard jobs > 1 else { return try pass(part, interrupt.request) }
      // Timed while nothing else is trained.
      if study.plan.equal != nil { try study.measure(in: folder) { sayTimed($0, $1) } }
      let others = try StudyProcesses(of: study.plan, in: folder, count: jobs, device: device, threads: threads)
      defer {
        others.askToStop()
        others.wait(interrupt.request)
      }
      _ = try pass((1, jobs), interrupt.request)
      others.wait(interrupt.request)
      // What the others found, and what one that died has left.
      return try pass(nil, interrupt.request, retriesFailures: false)
    }
  }

  /// Trains a part beside another process, which tells how the study stands.
  func help(part: (index: Int, count: Int)?) throws {
    let leash = Leash()
    var progress: ConsoleProgress?
    _ = try study.run(in: folder, part: part, stop: leash.request) { event in
      switch event {
      case .began(let cell, _, _):
        progress = ConsoleProgress(console: Leash.console(), label: label(cell) ?? cell.name)
      case .training(_, .stepped), .training(_, .epochEnded): break
      case .training(_, let event): progress?.show(event)
      case .failed(let row): complainFailed(row)
      case .measuring, .finished, .isBusy: break
      }
    }
  }

  private func pass(
    _ part: (index: Int, count: Int)?, _ stop: StopRequest, retriesFailures: Bool = true
  ) throws -> Study.Outcome {
    var (progress, current) = (ConsoleProgress(console: .standardOutput()), "")
    let outcome = try study.run(in: folder, part: part, stop: stop, retriesFailures: retriesFailures) { event in
      switch event {
      case .measuring(let arm, let condition): sayTimed(arm, condition)
      case .began(let cell, let position, let count):
        current = label(cell) ?? (jobs == 1 ? "\(position)/\(count) \(cell.name)" : cell.name)
        progress = ConsoleProgress(console: .standardOutput(), label: current)
      case .training(_, let event): progress.show(event)
      case .finished: break
      case .failed(let row):
        progress.clear()
        complainFailed(row)
      case .isBusy(let cell): say("\(cell.name) is being trained by another process: left to it.")
      }
    }
    if let stopped = outcome.stopped {
      let place = stopped.step > 0 ? " after step \(stopped.step) of \(current)" : " before \(stopped.cell.name)"
      say("Stopped\(place). The same command goes on from there.")
      throw ExitCode(130)
    }
    return outcome
  }

  /// What a cell is called before its progress, where seeds and arms are all that a study has.
  private func label(_ cell: StudyPlan.Cell) -> String? {
    guard study.plan.hasShortNames, let first = study.plan.seeds.first else { return nil }
    return "seed \(cell.seed - first + 1)/\(study.plan.seeds.count) \(cell.arm.name)"
  }

  /// Counting takes no time; timing takes seconds.
  private func sayTimed(_ arm: String, _ condition: StudyPlan.Condition) {
    if study.plan.equal == .time { say("Timing steps of \(arm) on \(condition.phrase)") }
  }

  private func complainFailed(_ row: StudyRow) {
    complain("Failed: \(row.runFolder): \(row.failure ?? ""). The others go on.")
  }

  /// - Throws: ``ToolError`` where arms could not be measured, after a line for each.
  static func requireMeasured(_ unmeasured: [Study.Unmeasured]) throws {
    guard !unmeasured.isEmpty else { return }
    for arm in unmeasured {
      let reason = arm.reason.split(whereSeparator: \.isNewline).joined(separator: " ")
      complain("\(arm.arm) on \(arm.condition.phrase): \(reason)")
    }
    throw ToolError("what stands above cannot be trained")
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

extension StudyPlan.Condition {
  /// Such as `mnist, 100 labels, weak augmentation`.
  var phrase: String {
    let count = labels == 0 ? "all labels" : labels == 1 ? "1 label" : "\(labels) labels"
    let level = augmentation.map { $0 == .none ? "no augmentation" : "\($0.rawValue) augmentation" }
    return [dataset, count, level].compactMap(\.self).joined(separator: ", ")
  }
}
