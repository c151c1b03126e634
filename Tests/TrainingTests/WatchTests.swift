import SparringDatasets
import Foundation
import SparringModels
import SparringRecipes
import Testing
import SparringTorch

@testable import SparringTraining

/// Its only weight w falls along w²: by (1 − 2·rate)·w in each step, so a rate above 1 makes it grow.
private final class Parabola: Recipe {
  struct Options: RecipeOptions { func validate() {} }
  static let name = "parabola"
  static var summary: String { "" }
  static var roles: [NetworkRole] { [] }
  let player: Player<Linear>

  init(_ options: Options, in setting: Setting) throws { fatalError("made from a rate") }

  init(rate: Double) throws {
    player = try Player(Linear(inputFeatures: 1, outputFeatures: 1, hasBias: false, using: RandomGenerator(seed: 1))) {
      try SGD(parameters: $0, learningRate: rate)
    }
    try withoutGradients { try player.network.weight.value.fill(1) }
  }

  func batches(from data: TrainingData) throws -> any BatchSource<UnlabelledBatch> {
    try data.unlabelled(batchSize: 1)
  }

  func step(_ batch: UnlabelledBatch, at time: StepTime) throws -> Losses {
    let loss = try player.network(Tensor.ones([1, 1])).squared().sum()
    try player.step(player.gradients(of: loss))
    return try Losses([.generator: loss], imagePasses: 1)
  }

  var weight: Double { get throws { try player.network.weight.value.sum().item() } }
}

@Suite(.serialized) struct Interventions {
  init() { Machine.threadCount = 1 }

  /// A checkpoint every four steps, a report every step.
  private func configuration(_ policy: WatchConfiguration.Policy, steps: Int = 20) -> TrainingConfiguration {
    var configuration = TrainingConfiguration()
    (configuration.steps, configuration.schedule) = (steps, .constant)
    (configuration.logEvery, configuration.sampleEvery, configuration.checkpointEvery) = (1, 0, 4)
    (configuration.watch.policy, configuration.precision) = (policy, .fp32)
    return configuration
  }

  private struct Run {
    let recipe: Parabola
    var end: RunEnd?
    var error: String?
    var warnings: [String] = []
    var wentBack: [Int] = []
    var rates: [Double] = []
  }

  private func run(
    _ fixture: TrainerFixture, _ configuration: TrainingConfiguration, rate: Double = 1.5,
    stoppingAfter last: Int? = nil,
    resuming: Bool = false, keepsBest: Bool = false, better: Quantity.Direction = .lower, isRecorded: Bool = false
  ) throws -> Run {
    var run = Run(recipe: try Parabola(rate: rate))
    let stop = StopRequest()
    let source = CountingSource(
      try UnlabelledSource(dataset: fixture.dataset, batchSize: 1, seed: 1), counter: StepCounter()
    ) { if $0 == last { stop.ask() } }
    let recipe = run.recipe
    let size = Quantity("size", better: better)
    let trainer = try Trainer(
      recipe, batches: source, configuration: configuration, checkpointFolder: fixture.folder,
      measure: keepsBest ? { Measurement(step: $0, split: "x", values: [.init(size, abs(try recipe.weight))]) } : nil,
      keepsBest: keepsBest,
      observers: [
        { event in
          switch event {
          case .warned(let warning): run.warnings.append("\(warning.step): \(warning.message)")
          case .wentBack(let step): run.wentBack.append(step)
          case .stepped(let report): run.rates.append(report.learningRate)
          default: break
          }
        }
      ])
    if isRecorded { trainer.makeGraph = { RecordingGraph(of: recipe) } }
    if resuming { try trainer.restoreNewest() }
    do {
      run.end = try trainer.run(stop: stop)
    } catch let error as TrainingError {
      run.error = error.message
    }
    return run
  }

  private func names(_ fixture: TrainerFixture) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path).sorted()
  }

  /// (−2)ⁿ after n steps: its square, reported before the step, passes a million in the eleventh.
  @Test func warningsAloneLetItBreak() throws {
    let fixture = try TrainerFixture()
    let run = try run(fixture, configuration(.warn, steps: 100))
    #expect(run.warnings.count == 1 && run.warnings[0].hasPrefix("11: the generator loss has grown to 1048576"))
    #expect(run.warnings[0].hasSuffix("start again with a lower training.learningRate"))
    #expect(run.error?.contains("the generator loss is inf at step") == true, "\(run.error ?? "it ended")")
  }

  @Test func offSaysNothing() throws {
    #expect(try run(TrainerFixture(), configuration(.off)).warnings.isEmpty)
  }

  /// From step 11 on the rate is 0.75: each step halves what there is.
  @Test func theRateFallsAndTheRunGoesOn() throws {
    let fixture = try TrainerFixture()
    let run = try run(fixture, configuration(.lowerRate))
    #expect(run.end?.step == 20 && run.wentBack.isEmpty)
    #expect(
      run.warnings.count == 1
        && run.warnings[0].contains("From here on the learning rate is 0.5 of what it was (1 of 5"))
    #expect(run.rates == Array(repeating: 1.5, count: 11) + Array(repeating: 0.75, count: 9))
    #expect(try run.recipe.weight == pow(-2, 11) * pow(-0.5, 9))
  }

  @Test func theRunGoesBackToTheLastSoundCheckpoint() throws {
    let fixture = try TrainerFixture()
    let run = try run(fixture, configuration(.rollBack))
    #expect(run.end?.step == 20 && run.end?.isComplete == true && run.wentBack == [8])
    #expect(
      run.warnings == [
        "8: step 11: the generator loss has grown to 1048576.0, more than a millionfold. Went back to step 8, from where the "
          + "learning rate is 0.5 of what it was (1 of 5 interventions)"
      ])
    #expect(try run.recipe.weight == 256 * pow(0.5, 12))
    #expect(run.end?.imagePasses == 23, "what was lost was paid for, too")
  }

  /// The state that measured best is the last that is known to be good; before step 500 none is.
  @Test func whereItIsMeasuredTheRunGoesBackToItsBest() throws {
    var measured = configuration(.rollBack)
    measured.measureEvery = 2
    let early = try run(TrainerFixture(), measured, keepsBest: true)
    #expect(early.wentBack == [0] && early.end?.step == 20)
    #expect(try early.recipe.weight == pow(-0.5, 20))
    // (−1.0137)ⁿ, whose square passes a million soon after step 500.
    var late = configuration(.rollBack, steps: 520)
    late.measureEvery = 100
    let fixture = try TrainerFixture()
    let whole = try run(fixture, late, rate: 1.00685, keepsBest: true, better: .higher)
    #expect(whole.wentBack == [500] && whole.end?.step == 520, "\(whole.warnings)")
    #expect(try !names(fixture).contains("step-000000.safetensors"), "the beginning is no longer gone back to")
    let interrupted = try TrainerFixture()
    _ = try run(interrupted, late, rate: 1.00685, stoppingAfter: 503, keepsBest: true, better: .higher)
    let second = try run(interrupted, late, rate: 1.00685, resuming: true, keepsBest: true, better: .higher)
    #expect(try second.wentBack == [500] && second.recipe.weight == whole.recipe.weight)
  }

  /// A recorded step is replayed from the older weights, at the lower rate.
  @Test func aRecordedStepGoesBackAlike() throws {
    let run = try run(TrainerFixture(), configuration(.rollBack), isRecorded: true)
    #expect(run.wentBack == [8])
    #expect(try run.recipe.weight == 256 * pow(0.5, 12))
  }

  /// Wherever it is stopped, before, at and after the intervention, the run ends with the same weight and rate.
  @Test(arguments: [WatchConfiguration.Policy.lowerRate, .rollBack], [3, 10, 11, 12, 16])
  func aResumedRunIntervenesAlike(policy: WatchConfiguration.Policy, last: Int) throws {
    let whole = try run(TrainerFixture(), configuration(policy))
    let fixture = try TrainerFixture()
    let first = try run(fixture, configuration(policy), stoppingAfter: last)
    #expect(first.end?.isComplete == false)
    let second = try run(fixture, configuration(policy), resuming: true)
    #expect(second.end?.step == 20)
    #expect(try second.recipe.weight == whole.recipe.weight && second.rates.last == whole.rates.last)
    #expect(first.wentBack + second.wentBack == whole.wentBack)
  }

  /// Killed after the later checkpoints were removed, before the one that the run went back to was written anew.
  @Test func aRunKilledWhileItGoesBackDoesSoAgain() throws {
    let fixture = try TrainerFixture()
    _ = try run(fixture, configuration(.rollBack), stoppingAfter: 8)
    let run = try run(fixture, configuration(.rollBack), resuming: true)
    #expect(run.wentBack == [8])
    #expect(try run.recipe.weight == 256 * pow(0.5, 12))
  }

  @Test func theRunEndsAtTheLastSoundCheckpointWhereNothingIsMeasured() throws {
    let fixture = try TrainerFixture()
    let run = try run(fixture, configuration(.stop))
    #expect(run.end?.step == 8 && run.end?.isComplete == true && run.wentBack == [8])
    #expect(
      run.warnings.count == 1 && run.warnings[0].hasSuffix("its result is the state of step 8, before the trouble"))
    #expect(try run.recipe.weight == 256)
    let again = try self.run(fixture, configuration(.stop), resuming: true)
    #expect(again.end?.step == 8 && again.rates.isEmpty, "a run that ended stays ended")
  }

  @Test func theRunEndsWithTheBestWhereItIsMeasured() throws {
    let fixture = try TrainerFixture()
    var stopping = configuration(.stop)
    stopping.measureEvery = 2
    let run = try run(fixture, stopping, keepsBest: true)
    #expect(run.end?.step == 11 && run.end?.isComplete == true && run.wentBack.isEmpty)
    #expect(run.warnings.first?.hasSuffix("its result is the best, of step 2") == true, "\(run.warnings)")
    let best = try Parabola(rate: 1)
    try Checkpoint.restoreNetworks(of: best, from: fixture.folder.appending(path: Checkpoint.bestFileName))
    #expect(try best.weight == 4)
  }

  /// Reports are so rare that the first one finds no number; the run begins again from the state before its first step.
  @Test func numbersThatAreNoneAreGoneBackFrom() throws {
    let fixture = try TrainerFixture()
    var careful = configuration(.rollBack)
    (careful.logEvery, careful.checkpointEvery, careful.watch.rateFactor) = (10, 0, 1e-6)
    let run = try run(fixture, careful, rate: 0.75e6)
    #expect(run.wentBack == [0] && run.end?.step == 20)
    #expect(run.warnings.first?.hasPrefix("0: step 10: the generator loss is nan. Went back to step 0") == true)
    #expect(try abs(run.recipe.weight) < 1e-5)
    // With nothing to go back to it is an error, as ever.
    careful.watch.policy = .stop
    let other = try self.run(TrainerFixture(), careful, rate: 0.75e6)
    #expect(other.error?.contains("no checkpoint was saved before") == true)
  }

  /// Halving helps nothing here: after the interventions that are allowed the run ends where it was sound.
  @Test func interventionsAreNotEndless() throws {
    let fixture = try TrainerFixture()
    var stubborn = configuration(.rollBack, steps: 40)
    stubborn.watch.interventions = 2
    let run = try run(fixture, stubborn, rate: 100)
    #expect(run.wentBack == [0, 0, 0] && run.end?.isComplete == true && run.end?.step == 0)
    #expect(run.warnings.last?.contains("The run ends here") == true)
    #expect(try run.recipe.weight == 1 && names(fixture) == ["step-000000.safetensors"])
  }

  @Test func rangesAreChecked() throws {
    for (key, change) in [
      ("training.watch.rateFactor", { (watch: inout WatchConfiguration) in watch.rateFactor = 1 }),
      ("training.watch.interventions", { $0.interventions = 0 }),
    ] {
      var configuration = TrainingConfiguration()
      change(&configuration.watch)
      let error = try #require(throws: TorchError.self) { try configuration.validate() }
      #expect(error.message.hasPrefix(key))
    }
  }
}

@Suite struct SampleSigns {
  private func images(_ bytes: [UInt8], height: Int = 1, width: Int = 1) throws -> PixelImages {
    try PixelImages(bytes: bytes, count: bytes.count / height / width, height: height, width: width, channels: 1)
  }

  @Test func statisticsByHand() throws {
    #expect(try images([100, 100]).meanPixelDeviation == 0)
    #expect(try abs(images([0, 255]).meanPixelDeviation - 1) < 1e-9)
    // 0 and 51 are 51 apart, 255 is 204 from the nearest: 102 of 127.5 on average.
    #expect(try abs(images([0, 51, 255]).meanNearestDistance - 0.8) < 1e-9)
    #expect(try images([0, 255, 0, 255]).meanNearestDistance == 0, "two images, twice")
    // A chess board: all four pairs of neighbours lie at opposite ends.
    #expect(try images([0, 255, 255, 0], height: 2, width: 2).meanNeighbourDifference == 2)
    #expect(try images([10, 10, 10, 10], height: 2, width: 2).meanNeighbourDifference == 0)
    #expect(try images([7]).meanNeighbourDifference == 0 && images([7]).meanNearestDistance == .infinity)
    // Colours are no neighbours of each other.
    let colour = try PixelImages(bytes: [0, 100, 255, 0, 100, 255], count: 1, height: 1, width: 2, channels: 3)
    #expect(colour.meanNeighbourDifference == 0)
  }

  private func watch(_ policy: WatchConfiguration.Policy = .warn, real: PixelImages) -> StabilityWatch {
    var configuration = WatchConfiguration()
    configuration.policy = policy
    return StabilityWatch(signs: [], configuration: configuration, real: SampleStatistics(real))
  }

  @Test func equalSamplesAreACollapse() throws {
    var watch = StabilityWatch(signs: [])
    let same = SampleStatistics(try images([100, 100]))
    #expect(watch.look(at: same, step: 30).isEmpty, "too early to tell")
    #expect(watch.look(at: same, step: 500).map(\.isRuin) == [true])
    #expect(watch.look(at: same, step: 600).isEmpty, "it was said")
  }

  /// Two images, many times: each pixel is as varied as can be.
  @Test func aFewModesAreACollapse() throws {
    var watch = watch(real: try images([0, 60, 120, 180, 240]))
    let few = SampleStatistics(try images([0, 240, 0, 240, 0, 240]))
    #expect(few.deviation > 0.9)
    #expect(watch.look(at: few, step: 500).isEmpty && watch.isSuspicious)
    let said = watch.look(at: few, step: 600)
    #expect(said.count == 1 && said[0].reason.hasPrefix("samples show but a few images") && said[0].isRuin)
    #expect(
      watch.look(at: SampleStatistics(try images([0, 70, 130, 190, 250])), step: 700).isEmpty && !watch.isSuspicious)
  }

  @Test func noiseIsSaid() throws {
    let real = try images([0, 10, 20, 30, 100, 110, 120, 130], height: 2, width: 2)
    var watch = watch(.stop, real: real)
    let noise = SampleStatistics(try images([0, 255, 200, 3, 255, 5, 0, 240], height: 2, width: 2))
    #expect(watch.look(at: noise, step: 500).isEmpty)
    for step in [600, 700] {
      let said = watch.look(at: noise, step: step)
      #expect(said.count == 1 && said[0].reason.hasPrefix("samples are noise"), "where something is done, each counts")
    }
    #expect(watch.look(at: SampleStatistics(real), step: 800).isEmpty)
  }
}
