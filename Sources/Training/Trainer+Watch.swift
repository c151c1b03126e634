import Foundation
import SparringTorch

/// The run is being ruined, and shall not go on from where it stands.
struct Ruin: Error {
  /// What was seen.
  let reason: String
}

/// What is done about the watch's findings (``WatchConfiguration``).
extension Trainer {
  private var policy: WatchConfiguration.Policy { configuration.watch.policy }

  /// Tells of warnings, and lowers the learning rate where that is what to do.
  /// - Throws: ``Ruin`` where the run shall go back or end.
  func answer(_ findings: [StabilityWatch.Finding]) throws {
    for finding in findings where !(finding.isRuin && policy.intervenes) {
      try warn(finding.message)
    }
    guard policy.intervenes, let ruin = findings.first(where: \.isRuin) else { return }
    guard policy == .lowerRate, !isSpent else { throw Ruin(reason: ruin.reason) }
    watch.memory.intervene(keepingOfRate: configuration.watch.rateFactor)
    try warn("\(ruin.reason). From here on \(rateClause)")
  }

  /// Goes back with a lower rate, or ends the run.
  func answer(_ ruin: Ruin, _ stopwatch: Stopwatch) throws {
    if policy == .rollBack, !isSpent, let file = goodCheckpoint { return try goBack(to: file, ruin.reason, stopwatch) }
    // Without a measure of what is best, the state before the ruin is the best that is known.
    try end(because: ruin.reason, at: progress.best == nil ? soundCheckpoint : nil, stopwatch)
  }

  /// The same where a number is none any more.
  /// - Throws: ``TrainingError`` where nothing may be done about it, or there is nothing to go back to.
  func answer(_ broken: StabilityWatch.Broken, _ stopwatch: Stopwatch) throws {
    guard policy == .rollBack || policy == .stop, let file = soundCheckpoint else { throw end(of: broken) }
    if policy == .rollBack, !isSpent { return try goBack(to: file, broken.reason, stopwatch) }
    try end(because: broken.reason, at: file, stopwatch)
  }

  /// Why a run ends in which a number is none any more.
  func end(of broken: StabilityWatch.Broken) -> TrainingError {
    TrainingError(watch.end(of: broken, step: progress.step, rescue: rescue))
  }

  /// Whether the run was changed as often as it may be.
  private var isSpent: Bool { watch.memory.interventions >= configuration.watch.interventions }

  private var rateClause: String {
    let memory = watch.memory
    return "the learning rate is \(Float(memory.rateScale)) of what it was (\(memory.interventions) of "
      + "\(configuration.watch.interventions) interventions)"
  }

  private func warn(_ message: String) throws {
    try emit(.warned(StabilityWarning(step: progress.step, message: message)))
  }

  private func goBack(to file: URL, _ reason: String, _ stopwatch: Stopwatch) throws {
    let step = progress.step
    watch.memory.intervene(keepingOfRate: configuration.watch.rateFactor)
    try putBack(to: file, stopwatch)
    // What is begun anew is not to be measured by a lucky moment of what was given up.
    if progress.step == 0, let best = progress.best, isEarly(best) { progress.best = nil }
    try warn("step \(step): \(reason). Went back to step \(progress.step), from where \(rateClause)")
    try save(stopwatch)
  }

  /// - Parameter file: What the run goes back to beforehand; nil ends it as it stands.
  private func end(because reason: String, at file: URL?, _ stopwatch: Stopwatch) throws {
    let step = progress.step
    if let file { try putBack(to: file, stopwatch) }
    progress.hasEndedEarly = true
    savedStep = -1
    let result =
      progress.best.map { "the best, of step \($0.step)" } ?? "the state of step \(progress.step), before the trouble"
    try warn("step \(step): \(reason). The run ends here; its result is \(result)")
  }

  /// Everything but what the run has cost, what was done about it and what is kept as its best goes back.
  private func putBack(to file: URL, _ stopwatch: Stopwatch) throws {
    let (passes, best, memory) = (progress.imagePasses, progress.best, watch.memory)
    progress = try Checkpoint.restore(recipe, batches: batches, from: file)
    (progress.imagePasses, progress.best, progress.seconds) = (passes, best, stopwatch.seconds)
    watch.memory = progress.watch.after(memory)
    (watch.memory.soundStep, watch.memory.cleanStep) = (progress.step, progress.step)
    removeCheckpoints(after: progress.step)
    try emit(.wentBack(toStep: progress.step))
  }
}
