import Foundation
import SparringRecipes
import SparringTorch

extension Trainer {
  /// A checkpoint of a broken run would push a sound one off the disk.
  /// - Throws: ``StabilityWatch/Broken`` instead.
  func write(to file: URL) throws {
    progress.watch = watch.memory
    do {
      try Checkpoint.write(
        recipe, batches: batches, progress: progress, configuration: configurationText, facts: facts, to: file)
    } catch let broken as Checkpoint.BrokenNumber {
      throw StabilityWatch.Broken(weight: broken.name)
    }
  }

  func save(_ stopwatch: Stopwatch) throws {
    savedStep = progress.step
    guard let checkpointFolder else { return }
    progress.seconds = stopwatch.seconds
    try progress.meter.settle()
    if let loss = progress.meter.broken.first { throw StabilityWatch.Broken(loss: loss) }
    if watch.memory.cleanStep == progress.step, isRegular(progress.step) {
      watch.memory.soundStep = progress.step
    }
    let file = checkpointFolder.appending(path: Checkpoint.fileName(step: progress.step))
    try write(to: file)
    removeSurplus()
    try emit(.checkpointed(step: progress.step, path: file.path))
  }

  /// The run's checkpoints, oldest first; one of a later step is not the run's.
  private var ownCheckpoints: [(file: URL, step: Int)] {
    guard let checkpointFolder else { return [] }
    return Checkpoint.files(in: checkpointFolder)
      .compactMap { file in Checkpoint.step(inFileName: file.lastPathComponent).map { (file, $0) } }
      .filter { $0.step <= progress.step }
  }

  /// Those that an uninterrupted run has, too: one that was interrupted must not go back to another place.
  private var regularCheckpoints: [(file: URL, step: Int)] {
    ownCheckpoints.filter { isRegular($0.step) }
  }

  private func isRegular(_ step: Int) -> Bool {
    let interval = configuration.checkpointEvery
    return step == 0 || interval > 0 && step % interval == 0
  }

  /// Keeps the newest checkpoints of the run as it stands, and what it may go back to.
  func removeSurplus() {
    let own = ownCheckpoints
    var kept = Set(own.suffix(configuration.keepCheckpoints).map(\.step))
    if configuration.watch.policy.intervenes {
      kept.formUnion(regularCheckpoints.suffix(configuration.keepCheckpoints).map(\.step))
      if let sound = watch.memory.soundStep { kept.insert(sound) }
      if configuration.watch.policy == .rollBack, measuresSamples, progress.best.map(isEarly) ?? true { kept.insert(0) }
    }
    for old in own where !kept.contains(old.step) { try? FileManager.default.removeItem(at: old.file) }
  }

  /// Where a look found nothing, the newest checkpoint, which is no younger, is sound.
  func noteLook(_ findings: [StabilityWatch.Finding]) {
    guard configuration.watch.policy.intervenes, !watch.isSuspicious, !findings.contains(where: \.isRuin) else {
      return
    }
    watch.memory.cleanStep = progress.step
    watch.memory.soundStep = regularCheckpoints.last?.step ?? watch.memory.soundStep
  }

  /// The checkpoint to go back to; nil where there is none.
  var soundCheckpoint: URL? {
    ownCheckpoints.last { $0.step == watch.memory.soundStep }?.file ?? regularCheckpoints.last?.file
      ?? ownCheckpoints.last?.file ?? bestCheckpoint
  }

  /// The checkpoint to go back to from what ruins a run by and by. Where samples are measured that is the best state, for the
  /// last that no look complained of may be half ruined; and the beginning while the best is so early that it says little.
  var goodCheckpoint: URL? {
    guard measuresSamples, let best = progress.best, best.step <= progress.step else { return soundCheckpoint }
    if isEarly(best) { return ownCheckpoints.first { $0.step == 0 }?.file ?? soundCheckpoint }
    guard let file = bestCheckpoint, FileManager.default.fileExists(atPath: file.path) else { return soundCheckpoint }
    return file
  }

  /// Whether what is measured, and kept where it is best, is what a generator draws.
  private var measuresSamples: Bool { keepsBest && !(recipe is any ImageClassifying) && !Method.restores }

  func isEarly(_ best: Checkpoint.Best) -> Bool { best.step < StabilityWatch.firstTellingStep }

  private var bestCheckpoint: URL? {
    progress.best == nil ? nil : checkpointFolder?.appending(path: Checkpoint.bestFileName)
  }

  /// Removes the checkpoints of steps that the run has gone back from; the newest goes first, so that whoever is killed
  /// meanwhile resumes on the way that led here.
  func removeCheckpoints(after step: Int) {
    guard let checkpointFolder else { return }
    for file in Checkpoint.files(in: checkpointFolder).reversed() {
      guard let other = Checkpoint.step(inFileName: file.lastPathComponent), other > step else { return }
      try? FileManager.default.removeItem(at: file)
    }
  }

  /// What is left where the run breaks.
  var rescue: String {
    guard let newest = checkpointFolder.flatMap({ Checkpoint.files(in: $0).last }),
      let step = Checkpoint.step(inFileName: newest.lastPathComponent)
    else { return "no checkpoint was saved before" }
    return "the last checkpoint, of step \(step), is intact"
  }
}
