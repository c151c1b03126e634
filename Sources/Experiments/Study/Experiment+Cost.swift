import SparringDatasets
import SparringRecipes
import SparringTorch
import SparringTraining

/// What one step of a run costs.
struct StepCost {
  /// Images that pass forward through any trained network.
  let images: Double
  /// Floating-point operations of convolutions and matrix products.
  let operations: Double
  /// The median; nil where nobody asked.
  let seconds: Double?
}

extension Experiment {
  /// The steps that the configuration asks for.
  var ownSteps: Int { configuration.training.totalSteps(stepsPerEpoch: batches.stepsPerEpoch) }

  /// Takes a few steps and measures them. The networks move, so the experiment is good for nothing else afterwards.
  /// - Parameter isTimed: Whether seconds are wanted: a couple of dozen further steps.
  func measureStep(isTimed: Bool) throws -> StepCost {
    let clock = try StepClock(on: device)
    try clock.set(step: 1, of: 2)
    let steps = Method.fitsAtOnce ? 1 : 2
    let start = ContinuousClock.now
    let (operations, images) = try countingOperations {
      try (0..<steps).reduce(0) { images, _ in
        try images + recipe.step(batches.next(), at: clock.time).imagePasses
      }
    }
    let fitting = Method.fitsAtOnce ? (ContinuousClock.now - start) / .seconds(1) : nil
    return StepCost(
      images: Double(images) / Double(steps), operations: operations / Double(steps),
      seconds: isTimed ? try fitting ?? medianSeconds() : nil)
  }

  /// Seconds of a step after a warm-up: the median over stretches of steps, through the loop that trains.
  private func medianSeconds() throws -> Double {
    let (warmUp, stretches, stretch) = device.kind == .cpu ? (8, 6, 4) : (20, 6, 20)
    var training = configuration.training
    (training.epochs, training.steps, training.logEvery) = (0, warmUp + stretches * stretch, stretch)
    (training.checkpointEvery, training.measureEvery, training.sampleEvery, training.patience) = (0, 0, 0, 0)
    var seconds: [Double] = []
    let trainer = try Trainer(
      recipe, batches: batches, configuration: training, facts: data.facts,
      observers: [{ if case .stepped(let report) = $0 { seconds.append(report.seconds) } }])
    try trainer.run()
    let taken = zip(seconds, seconds.dropFirst()).map { ($1 - $0) / Double(stretch) }.suffix(stretches).sorted()
    guard let shortest = taken.first, shortest >= 0 else {
      throw TrainingError("\(Method.name): its steps could not be timed")
    }
    return max(1e-9, (taken[(taken.count - 1) / 2] + taken[taken.count / 2]) / 2)
  }
}
