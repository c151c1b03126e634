/// What ``StabilityWatch`` remembers from look to look, and what was done so far.
struct WatchMemory: Codable, Sendable {
  /// For each way to fail, the looks in a row that showed it.
  var intervals: [String: Int] = [:]
  /// Ways to fail of which somebody was told.
  var said: Set<String> = []
  /// For each loss, the least of its intervals' means so far.
  var least: [String: Double] = [:]
  /// For each optimiser, the norms of its gradients.
  var gradients: [String: GradientHistory] = [:]
  /// What interventions have left of the learning rates.
  var rateScale = 1.0
  /// How often the run was changed.
  var interventions = 0
  /// The step of the newest checkpoint that was found sound at its time or by a later look.
  var soundStep: Int?
  /// The step of the last look that found nothing.
  var cleanStep: Int?

  /// Takes note of a change of the run; signs count anew, and what is usual is learnt anew.
  mutating func intervene(keepingOfRate factor: Double) {
    (rateScale, interventions) = (rateScale * factor, interventions + 1)
    (intervals, least, gradients) = ([:], [:], [:])
  }

  /// What a run that went back to this memory's time keeps of what was done since.
  func after(_ later: WatchMemory) -> WatchMemory {
    var memory = self
    (memory.rateScale, memory.interventions) = (later.rateScale, later.interventions)
    memory.said = later.said
    memory.intervals = [:]
    return memory
  }

  /// Whether its numbers are some that a run has; they may come from a stranger's file.
  var isPossible: Bool {
    let steps = [soundStep, cleanStep].compactMap(\.self) + intervals.values
    return rateScale > 0 && rateScale <= 1 && (0...1_000_000).contains(interventions)
      && steps.allSatisfy((0...Checkpoint.mostSteps).contains) && gradients.values.allSatisfy(\.isPossible)
  }
}
