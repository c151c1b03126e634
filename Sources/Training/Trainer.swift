public import Foundation
public import SparringDatasets
public import SparringRecipes
import SparringTorch

/// Runs any recipe: draws batches, moves the learning rate, watches stability, writes checkpoints and
/// tells observers. It knows neither the recipe's losses nor who listens.
public final class Trainer<Method: Recipe> {
  /// Hears every event in order, within the loop; an error that it throws ends the run.
  public typealias Observer = (TrainingEvent) throws -> Void

  let recipe: Method
  let batches: any BatchSource<Method.Batch>
  let configuration: TrainingConfiguration
  let configurationText: String
  let facts: DataFacts?
  let checkpointFolder: URL?
  private let observers: [Observer]
  /// Fixed latents to images, where the recipe generates.
  private let draw: (() throws -> PixelImages)?
  private let areVectors: Bool
  private let measure: ((Int) throws -> Measurement)?
  let keepsBest: Bool
  private let optimizers: [any Optimizer]
  private let baseRates: [Double]
  private let clock: StepClock
  private let device: Device
  /// Makes the graph that whole steps are recorded into; nil where each step runs as it is.
  var makeGraph: (() throws -> any StepGraph)?

  var progress = Checkpoint.Progress()
  var watch: StabilityWatch
  /// What was found when the run was put back to where it stood, to be told when it goes on.
  private var findings: [String] = []
  /// The step of the last checkpoint; -1 where what it says of the loop no longer holds.
  var savedStep = -1

  /// - Parameters:
  ///   - configurationText: The whole resolved configuration, kept in every checkpoint.
  ///   - facts: What the networks know of the data, kept there too.
  ///   - checkpointFolder: Where checkpoints go; nil writes none.
  ///   - draw: Makes the samples shown as training goes on, always from the same latents.
  ///   - realSamples: As many real images, which the watch compares them with.
  ///   - measure: Metrics after a number of steps.
  ///   - keepsBest: Whether the state that measured best is kept beside the checkpoints, by the last metric of a
  ///     measurement; without it, `training.patience` does nothing.
  public init(
    _ recipe: Method, batches: any BatchSource<Method.Batch>, configuration: TrainingConfiguration,
    configurationText: String = "", facts: DataFacts? = nil, checkpointFolder: URL? = nil,
    draw: (() throws -> PixelImages)? = nil, realSamples: PixelImages? = nil,
    measure: ((Int) throws -> Measurement)? = nil, keepsBest: Bool = false, observers: [Observer] = []
  ) throws {
    try configuration.validate()
    (self.recipe, self.batches, self.configuration) = (recipe, batches, configuration)
    (self.configurationText, self.facts, self.checkpointFolder) = (configurationText, facts, checkpointFolder)
    (self.draw, self.measure, self.keepsBest, self.observers) = (draw, measure, keepsBest, observers)
    optimizers = recipe.optimizers.map(\.value)
    baseRates = optimizers.map(\.learningRate)
    let device = recipe.networks.first?.value.namedParameters.first?.value.device ?? .cpu
    self.device = device
    clock = try StepClock(on: device)
    let generator = Method.playsThroughout ? (recipe as? any GeneratorRecipe)?.generator.optimizer : nil
    areVectors = !(facts?.shape.isImage ?? true)
    let areVectors = areVectors
    watch = StabilityWatch(
      signs: recipe.failureSigns, configuration: configuration.watch,
      isReduced: configuration.resolvedPrecision(on: device) != .fp32,
      steadyOptimizer: recipe.optimizers.first { $0.value === generator }?.name,
      real: realSamples.map { SampleStatistics($0, areVectors: areVectors) })
    if configuration.graphs == .auto, device.kind == .cuda { makeGraph = { try DeviceGraph(on: device) } }
  }

  /// Continues from a checkpoint instead of from the beginning.
  /// - Parameter forLonger: Whether patience begins anew.
  public func restore(from file: URL, forLonger: Bool = false) throws {
    try restore(from: SavedRun(file: file), file, forLonger: forLonger)
  }

  private func restore(from saved: SavedRun, _ file: URL, forLonger: Bool) throws {
    progress = try Checkpoint.restore(recipe, batches: batches, from: saved, file)
    watch.memory = progress.watch
    if forLonger { (progress.hasEndedEarly, progress.patientSince) = (false, progress.step) }
    if let threads = saved.threads, threads != Machine.threadCount {
      findings.append(
        "so far the run had \(threads) threads, from here it has \(Machine.threadCount): it may go on with other bits "
          + "(--set threads=\(threads) when a run begins keeps their number)")
    }
  }

  /// Continues from the newest checkpoint in the folder that is sound; from the beginning where there is none at all.
  ///
  /// One that is damaged, or is not of the step that it is called by, is set aside, and ``run(stop:)`` warns of it.
  /// - Parameter check: Whether a checkpoint is of this run; what it throws ends the search.
  /// - Throws: ``TrainingError`` of the newest where none is sound.
  package func restoreNewest(forLonger: Bool = false, checking check: (SavedRun, URL) throws -> Void = { _, _ in })
    throws
  {
    guard let checkpointFolder else { return }
    var damaged: [(file: URL, error: any Error)] = []
    for file in Checkpoint.files(in: checkpointFolder).reversed() {
      let saved: SavedRun
      do {
        saved = try SavedRun(file: file)
        try saved.requireStep(of: file)
      } catch {
        damaged.append((file, error))
        continue
      }
      try check(saved, file)
      try restore(from: saved, file, forLonger: forLonger)
      for (file, error) in damaged { setAside(file, because: error) }
      return
    }
    if let first = damaged.first { throw first.error }
  }

  /// It is no checkpoint any more, but somebody may want to look at it.
  private func setAside(_ file: URL, because error: any Error) {
    let aside = file.appendingPathExtension("damaged")
    try? FileManager.default.removeItem(at: aside)
    try? FileManager.default.moveItem(at: file, to: aside)
    let reason = "\(error)".replacingOccurrences(of: file.path, with: "it")
    findings.append("\(file.lastPathComponent) cannot be used and was set aside: \(reason)")
  }

  /// Trains to the end, or until asked to stop; either way the last step is saved.
  @discardableResult
  public func run(stop: StopRequest = StopRequest()) throws -> RunEnd {
    let time = clock.time
    guard let makeGraph else { return try run(stop) { try StepLosses(recipe.step($0, at: time)) } }
    return try withOwnStream(on: device) {
      let step = CapturedStep(recipe, at: time, makeGraph: makeGraph)
      return try run(stop) { batch in
        let losses = try step(batch)
        if let notice = step.takeNotice() {
          try self.emit(.warned(StabilityWarning(step: self.progress.step + 1, message: notice)))
        }
        return losses
      }
    }
  }

  /// The loop. Nothing in it waits for the device but reports, samples, measurements and checkpoints.
  private func run(_ stop: StopRequest, step takeStep: (Method.Batch) throws -> StepLosses) throws -> RunEnd {
    let stepsPerEpoch = batches.stepsPerEpoch
    let total = configuration.totalSteps(stepsPerEpoch: stepsPerEpoch)
    try announceStart(total: total, stepsPerEpoch: stepsPerEpoch)
    for finding in findings { try emit(.warned(StabilityWarning(step: progress.step, message: finding))) }
    findings = []
    var stopwatch = Stopwatch(before: progress.seconds)
    savedStep = progress.step
    removeSurplus()
    if progress.step == 0 { try drawSamples() }
    if progress.step == 0, configuration.watch.policy == .rollBack { try save(stopwatch) }

    while progress.step < total, !progress.hasEndedEarly, !stop.isAsked {
      try setLearningRates(total: total)
      try clock.set(step: progress.step, of: total)
      let losses = try takeStep(batches.next())
      progress.step += 1
      progress.imagePasses += losses.imagePasses
      try progress.meter.add(losses)
      do {
        try lookAround(&stopwatch, stepsPerEpoch, total)
      } catch let ruin as Ruin {
        try answer(ruin, stopwatch)
      } catch let broken as StabilityWatch.Broken {
        try answer(broken, stopwatch)
      }
    }
    do {
      if savedStep != progress.step || progress.step == 0 { try save(stopwatch) }
    } catch let broken as StabilityWatch.Broken {
      throw end(of: broken)
    }
    let end = RunEnd(
      step: progress.step, isComplete: progress.step >= total || progress.hasEndedEarly, seconds: stopwatch.seconds,
      imagePasses: progress.imagePasses)
    try emit(.finished(end))
    return end
  }

  /// All that is due after a step.
  /// - Throws: ``Ruin`` where the run shall not go on from here, ``StabilityWatch/Broken`` where it cannot.
  private func lookAround(_ stopwatch: inout Stopwatch, _ stepsPerEpoch: Int, _ total: Int) throws {
    let step = progress.step
    if step % configuration.logEvery == 0 || step == total { try reportLosses(&stopwatch, stepsPerEpoch) }
    if configuration.epochs > 0, step % stepsPerEpoch == 0 { try reportEpoch(stepsPerEpoch, total) }
    if isDue(configuration.sampleEvery) || step == total { try drawSamples() }
    if isDue(configuration.measureEvery) || step == total, let measure { try keep(measure(step), stopwatch) }
    if isDue(configuration.checkpointEvery) || step == total { try save(stopwatch) }
  }

  private func isDue(_ interval: Int) -> Bool { interval > 0 && progress.step % interval == 0 }

  func emit(_ event: TrainingEvent) throws {
    for observer in observers { try observer(event) }
  }

  private func announceStart(total: Int, stepsPerEpoch: Int) throws {
    let networks = recipe.networks
      .map { NetworkSize($0.name, parameterCount: $0.value.trainedParameterCount) }
      .filter { $0.parameterCount > 0 }
    try emit(
      .started(
        RunStart(
          recipe: Method.name, totalSteps: total, stepsPerEpoch: stepsPerEpoch, firstStep: progress.step,
          networks: networks, countsEpochs: configuration.epochs > 0, examples: facts?.shape.plural ?? "images")))
  }

  private func setLearningRates(total: Int) throws {
    let factor = configuration.schedule.factor(step: progress.step, of: total) * watch.memory.rateScale
    for (optimizer, rate) in zip(optimizers, baseRates) { try optimizer.setLearningRate(rate * factor) }
  }

  private func reportLosses(_ stopwatch: inout Stopwatch, _ stepsPerEpoch: Int) throws {
    // Asked for before the losses, for which the loop waits anyway.
    let weights = try FiniteCheck(weightsOf: recipe)
    let gradients = try GradientNorms(of: recipe)
    let losses = try progress.meter.takeInterval()
    let findings = try watch.look(at: losses, gradients: gradients.values(), brokenWeight: weights.firstBroken())
    try emit(
      .stepped(
        StepReport(
          step: progress.step, epoch: (progress.step - 1) / stepsPerEpoch + 1, losses: losses,
          learningRate: optimizers.first?.learningRate ?? 0, seconds: stopwatch.seconds,
          imagesPerSecond: stopwatch.rate(images: progress.imagePasses))))
    try answer(findings)
    if draw == nil || configuration.sampleEvery == 0 { noteLook(findings) }
  }

  private func reportEpoch(_ stepsPerEpoch: Int, _ total: Int) throws {
    try emit(
      .epochEnded(
        EpochReport(
          epoch: progress.step / stepsPerEpoch, totalEpochs: (total + stepsPerEpoch - 1) / stepsPerEpoch,
          step: progress.step, losses: progress.meter.takeEpoch())))
  }

  private func drawSamples() throws {
    guard let draw else { return }
    let images = try draw()
    try emit(.sampled(SampleReport(step: progress.step, images: images)))
    // Damaged and restored images lie side by side: pairs that are alike, and noise where that is the damage.
    let findings =
      Method.restores ? [] : watch.look(at: SampleStatistics(images, areVectors: areVectors), step: progress.step)
    try answer(findings)
    if progress.step == 0 || progress.step >= StabilityWatch.firstTellingStep { noteLook(findings) }
  }

  /// Tells of a measurement, and keeps the state where none was better.
  private func keep(_ measurement: Measurement, _ stopwatch: Stopwatch) throws {
    try emit(.measured(measurement))
    guard keepsBest, let checkpointFolder, let found = measurement.values.last else { return }
    let score = found.quantity.better == .lower ? -found.value : found.value
    if let best = progress.best, score <= best.score || !score.isFinite {
      let since = progress.step - max(best.step, progress.patientSince)
      progress.hasEndedEarly =
        configuration.patience > 0 && since >= configuration.patience * configuration.measureEvery
      return
    }
    progress.best = Checkpoint.Best(step: progress.step, score: score)
    progress.seconds = stopwatch.seconds
    try progress.meter.settle()
    try write(to: checkpointFolder.appending(path: Checkpoint.bestFileName))
  }
}
