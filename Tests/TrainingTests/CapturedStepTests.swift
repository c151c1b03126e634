import SparringDatasets
import Foundation
import SparringModels
import SparringRecipes
import Testing
import SparringTorch

@testable import SparringTraining

private struct NoOptions: RecipeOptions {
  func validate() {}
}

/// A recipe without networks.
private protocol Networkless: Recipe where Options == NoOptions, Batch == UnlabelledBatch {
  init()
}
extension Networkless {
  static var summary: String { "" }
  static var roles: [NetworkRole] { [] }
  init(_ options: NoOptions, in setting: Setting) { self.init() }
  func batches(from data: TrainingData) throws -> any BatchSource<UnlabelledBatch> {
    try data.unlabelled(batchSize: 1)
  }
}

/// Its loss is the mean of the batch.
private final class Mean: Networkless {
  static let name = "mean"

  func step(_ batch: UnlabelledBatch, at time: StepTime) throws -> Losses {
    try Losses(
      [Quantity("mean"): batch.images.mean(), Quantity("double"): batch.images.mean() * 2],
      imagePasses: batch.images.size(0))
  }
}

/// Its losses are weighted by the time: a ramp and a switch.
private final class Ramped: Networkless {
  static let name = "ramped"

  func step(_ batch: UnlabelledBatch, at time: StepTime) throws -> Losses {
    try Losses(
      [
        Quantity("ramp"): batch.images.mean() * time.ramp(from: 1, to: 3, over: 0.25...0.75),
        Quantity("switch"): batch.images.mean() * time.ramp(from: 0, to: 1, over: 0.5...0.5),
        Quantity("progress"): time.progress(),
      ], imagePasses: 1)
  }
}

/// Counts its steps where a recorded step cannot: on the host.
private final class Counting: Networkless {
  static let name = "counting"
  struct State { var count = 0.0 }
  private var state = State()

  func step(_ batch: UnlabelledBatch, at time: StepTime) throws -> Losses {
    state.count += 1
    return try Losses([Quantity("count"): batch.images.mean() * state.count], imagePasses: 1)
  }
}

@Suite(.serialized) struct CapturedSteps {
  init() { Machine.threadCount = 1 }

  private func batch(_ value: Double, count: Int = 2) throws -> UnlabelledBatch {
    UnlabelledBatch(images: try Tensor.full([count, 1, 2, 2], value))
  }

  /// All losses are read at the end: a replay must not overwrite those of the one before.
  @Test func everyBatchGivesItsOwnLosses() throws {
    let recipe = Mean()
    let graph = RecordingGraph(of: recipe)
    let step = try CapturedStep(recipe, at: StepTime()) { graph }
    var losses: [StepLosses] = []
    for value in 1...8 {
      losses.append(try step(batch(Double(value))))
      #expect(graph.captures == (value > 3 ? 1 : 0) && graph.replays == max(0, value - 3), "at step \(value)")
    }
    #expect(try losses.map { try $0.values.array(of: Double.self) } == (1...8).map { [Double($0), Double($0) * 2] })
    #expect(losses.allSatisfy { $0.quantities.map(\.name) == ["mean", "double"] && $0.imagePasses == 2 })
    #expect(step.takeNotice() == nil)
  }

  /// A schedule of the recipe's own weights is the same in a replay as without one.
  @Test func timeReachesARecordedStep() throws {
    let (plainClock, clock) = (try StepClock(on: .cpu), try StepClock(on: .cpu))
    let (plain, recipe) = (Ramped(), Ramped())
    let graph = RecordingGraph(of: recipe)
    let step = CapturedStep(recipe, at: clock.time) { graph }
    for index in 0..<8 {
      try plainClock.set(step: index, of: 8)
      try clock.set(step: index, of: 8)
      let batch = try batch(2)
      let expected = try StepLosses(plain.step(batch, at: plainClock.time)).values.array(of: Double.self)
      #expect(try step(batch).values.array(of: Double.self) == expected)
      let ramp = min(max((Double(index) / 8 - 0.25) / 0.5, 0), 1)
      #expect(expected == [2 + 4 * ramp, index > 4 ? 2 : 0, Double(index) / 8], "at step \(index)")
    }
    #expect(graph.captures == 1 && graph.replays == 5)
  }

  @Test func aCountOnTheHostIsNotRecorded() throws {
    let recipe = Counting()
    let graph = RecordingGraph(of: recipe)
    let step = CapturedStep(recipe, at: try StepTime()) { graph }
    var notices: [String] = []
    for value in 1...8 {
      #expect(try step(batch(1)).values.array(of: Double.self) == [Double(value)])
      if let notice = step.takeNotice() { notices.append(notice) }
    }
    #expect(graph.captures == 0 && notices.count == 1 && notices[0].contains("'state.count'"), "\(notices)")
  }

  @Test func anotherShapeRunsAsItIs() throws {
    let recipe = Mean()
    let graph = RecordingGraph(of: recipe)
    let step = try CapturedStep(recipe, at: StepTime()) { graph }
    for value in 1...5 { _ = try step(batch(Double(value))) }
    let odd = try step(batch(6, count: 3))
    #expect(try odd.values.array(of: Double.self) == [6, 12] && odd.imagePasses == 3)
    let notice = try #require(step.takeNotice())
    #expect(notice.contains("[3, 1, 2, 2]") && !notice.contains("\n"))
    _ = try step(batch(7, count: 3))
    #expect(step.takeNotice() == nil, "said once")
    #expect(try step(batch(8)).values.array(of: Double.self) == [8, 16])
    #expect(graph.captures == 1 && graph.replays == 3)
  }

  @Test func whatCannotBeRecordedRunsAsItIs() throws {
    let recipe = Mean()
    let graph = RecordingGraph(of: recipe, failingWith: TorchError("operation not permitted\nwhile capturing"))
    let step = try CapturedStep(recipe, at: StepTime()) { graph }
    var notices: [String] = []
    for value in 1...8 {
      #expect(try step(batch(Double(value))).values.array(of: Double.self) == [Double(value), Double(value) * 2])
      if let notice = step.takeNotice() { notices.append(notice) }
    }
    #expect(notices.count == 1 && notices[0].hasSuffix("operation not permitted"), "\(notices)")
    #expect(graph.captures == 1 && graph.replays == 0)
  }

  @Test func aDeviceWithoutGraphsIsAReason() throws {
    let step = try CapturedStep(Mean(), at: StepTime()) { try DeviceGraph(on: .cpu) }
    for value in 1...4 { _ = try step(batch(Double(value))) }
    #expect(try #require(step.takeNotice()).contains("CUDA devices only"))
  }
}

/// Ten steps through a graph against ten steps without, on the CPU with the stand-in and, where there is
/// one, on a GPU.
@Suite(.serialized) struct CapturedRecipes {
  static let gpuReason: Comment = "no CUDA device here: LibTorch's own graphs are not tried"
  static let hasGPU = Machine.cudaDeviceCount > 0
  static let schedule = LearningRateSchedule.linear(decayStart: 0.2, warmUpSteps: 3)

  init() { Machine.threadCount = 1 }

  static func dataset(on device: Device) throws -> Dataset {
    try TrainerFixture().dataset.to(device)
  }

  static func gan(on device: Device) throws -> GAN {
    var options = GAN.Options()
    options.averageDecay = 0.9
    options.augmentationPace = 20
    return try GAN(
      options,
      in: Setting(
        shape: .image(channels: 1, height: 28, width: 28), generator: DCGANGeneratorFamily(width: 2), latentSize: 4,
        discriminator: DCGANFamily(width: 2), augmentation: .digits, learningRate: 2e-4, seed: 11, device: device))
  }

  static func supervised(on device: Device) throws -> Supervised {
    var options = Supervised.Options()
    options.classifier.weightDecay = 0.01
    return try Supervised(
      options,
      in: Setting(
        shape: .image(channels: 1, height: 28, width: 28), classCount: 4, classifier: classifier, augmentation: .digits,
        seed: 11,
        device: device))
  }

  static func semiSupervised(on device: Device) throws -> SemiSupervisedGAN {
    var options = SemiSupervisedGAN.Options()
    options.generator.batchSize = 4
    return try SemiSupervisedGAN(
      options,
      in: Setting(
        shape: .image(channels: 1, height: 28, width: 28), classCount: 4, classifier: classifier,
        generator: DCGANGeneratorFamily(width: 2),
        latentSize: 4, augmentation: .photographs, seed: 11, device: device))
  }

  static var classifier: TrunkConfiguration {
    TrunkConfiguration(ConvolutionalFamily(widths: [4, 8], normalization: .batch), dropout: 0.3)
  }

  static func unlabelled(_ dataset: Dataset) throws -> UnlabelledSource {
    try UnlabelledSource(dataset: dataset, batchSize: 6, seed: 11)
  }

  static func images(_ dataset: Dataset) throws -> ConvertedSource<UnlabelledSource, ExampleBatch> {
    ConvertedSource(try unlabelled(dataset)) { ExampleBatch(images: $0.images) }
  }

  static func labelled(_ dataset: Dataset) throws -> LabelledSource {
    try LabelledSource(dataset: dataset, indices: Array(0..<8), batchSize: 6, seed: 11)
  }

  static func mixed(_ dataset: Dataset) throws -> SemiSupervisedSource {
    try SemiSupervisedSource(
      dataset: dataset, labelledIndices: Array(0..<8), unlabelledIndices: Array(0..<40), labelledBatchSize: 5,
      unlabelledBatchSize: 7, seed: 11)
  }

  /// All that a step changes, and the losses `[steps, names]`.
  struct Outcome {
    var state: [String: [UInt8]] = [:]
    var losses: [[Double]] = []

    init<Method: Recipe>(of recipe: Method, losses: [StepLosses]) throws {
      var tensors: [String: Tensor] = [:]
      for network in recipe.networks { tensors.merge(network.value.state.prefixed(network.name)) { $1 } }
      for optimizer in recipe.optimizers {
        tensors.merge(try optimizer.value.state().prefixed("o" + optimizer.name)) { $1 }
      }
      for average in recipe.averages { tensors.merge(try average.value.state().prefixed("a" + average.name)) { $1 } }
      for generator in recipe.generators { tensors["random " + generator.name] = try generator.value.state() }
      state = try tensors.mapValues { [UInt8](try $0.to(.cpu).bytes()) }
      self.losses = try losses.map { try $0.values.array(of: Double.self) }
    }
  }

  /// Ten steps of a learning-rate schedule.
  static func outcome<Method: Recipe, Source: BatchSource>(
    of recipe: Method, _ batches: Source, by step: (Method.Batch) throws -> StepLosses
  ) throws -> Outcome where Source.Batch == Method.Batch {
    let rates = recipe.optimizers.map(\.value.learningRate)
    var losses: [StepLosses] = []
    for index in 0..<10 {
      for (optimizer, rate) in zip(recipe.optimizers, rates) {
        try optimizer.value.setLearningRate(rate * schedule.factor(step: index, of: 10))
      }
      losses.append(try step(batches.next()))
    }
    return try Outcome(of: recipe, losses: losses)
  }

  static func compare<Method: Recipe, Source: BatchSource>(
    on device: Device = .cpu, _ make: (Device) throws -> Method, _ source: (Dataset) throws -> Source
  ) throws where Source.Batch == Method.Batch {
    let dataset = try dataset(on: device)
    let usual = try make(device)
    let time = try StepTime(on: device)
    let plain = try outcome(of: usual, source(dataset)) { try StepLosses(usual.step($0, at: time)) }

    let recipe = try make(device)
    let stand = RecordingGraph(of: recipe)
    let captured = try withOwnStream(on: device) {
      let step = CapturedStep(recipe, at: time) { () throws -> any StepGraph in
        if device == .cpu { return stand }
        return try DeviceGraph(on: device)
      }
      defer { if let notice = step.takeNotice() { Issue.record("\(notice)") } }
      return try outcome(of: recipe, source(dataset)) { try step($0) }
    }
    #expect(captured.state.keys == plain.state.keys)
    for (path, bytes) in plain.state where path.hasPrefix("random") || path.contains("(updates)") {
      #expect(captured.state[path] == bytes, "\(path)")
    }
    if device == .cpu {
      #expect(stand.captures == 1 && stand.replays == 7)
      #expect(captured.losses == plain.losses)
      for (path, bytes) in plain.state {
        let isSame = captured.state[path] == bytes
        #expect(isSame, "\(path)")
      }
    }
    for (found, expected) in zip(captured.losses, plain.losses) {
      for (value, other) in zip(found, expected) {
        #expect((value - other).magnitude < 2e-2 * (1 + other.magnitude))
      }
    }
  }

  @Test func ganStepsAreTheSame() throws { try Self.compare(Self.gan, Self.images) }
  @Test func supervisedStepsAreTheSame() throws { try Self.compare(Self.supervised, Self.labelled) }
  @Test func semiSupervisedStepsAreTheSame() throws { try Self.compare(Self.semiSupervised, Self.mixed) }

  @Test(.enabled(if: hasGPU, gpuReason)) func onAGPUStepsAreTheSame() throws {
    let device = try Device("cuda:0")
    try Self.compare(on: device, Self.gan, Self.images)
    try Self.compare(on: device, Self.supervised, Self.labelled)
    try Self.compare(on: device, Self.semiSupervised, Self.mixed)
  }
}

extension [String: Tensor] {
  fileprivate func prefixed(_ prefix: String) -> [String: Tensor] {
    Dictionary(uniqueKeysWithValues: map { (prefix + "." + $0.key, $0.value) })
  }
}

@Suite struct LossMeters {
  /// However long nobody asks, every step counts once; asking in between changes no sum.
  @Test func meansCountEveryStepOnce() throws {
    var (asked, unasked) = (LossMeter(), LossMeter())
    for step in 1...2500 {
      let losses = StepLosses(
        quantities: [Quantity("a"), Quantity("b")], values: try Tensor([Float(step), -0.1]), imagePasses: 1)
      try asked.add(losses)
      try unasked.add(losses)
      if step % 7 == 0 { try asked.settle() }
    }
    let means = try unasked.takeInterval()
    #expect(means.map(\.name) == ["a", "b"] && means[0].value == 1250.5)
    #expect(try asked.takeInterval() == means)
    #expect(try asked.takeEpoch() == means && unasked.takeEpoch() == means)
    #expect(try unasked.takeInterval().map(\.value) == [0, 0])
  }
}

/// The loop around captured steps.
@Suite(.serialized) struct CapturedRuns {
  init() { Machine.threadCount = 1 }

  private func trainer(
    _ recipe: SemiSupervisedGAN, _ fixture: TrainerFixture, source: any BatchSource<SemiSupervisedBatch>,
    graph: RecordingGraph<SemiSupervisedGAN>, observers: [(TrainingEvent) throws -> Void] = []
  ) throws -> Trainer<SemiSupervisedGAN> {
    let trainer = try Trainer(
      recipe, batches: source, configuration: fixture.configuration(steps: 12),
      checkpointFolder: fixture.folder, observers: observers)
    trainer.makeGraph = { graph }
    return trainer
  }

  @Test func onTheCPUNothingIsRecorded() throws {
    let fixture = try TrainerFixture()
    let trainer = try Trainer(
      fixture.recipe(), batches: fixture.batches(), configuration: fixture.configuration(steps: 1))
    #expect(trainer.makeGraph == nil)
  }

  /// Stopped among the replays and resumed, it warms up anew and comes to the same bits.
  @Test(arguments: [2, 6, 8]) func aStoppedRunContinuesBitForBit(stopAfter: Int) throws {
    let (fixture, other) = (try TrainerFixture(), try TrainerFixture())
    let whole = try fixture.recipe()
    let graph = RecordingGraph(of: whole)
    try trainer(whole, fixture, source: fixture.batches(), graph: graph).run()
    #expect(graph.captures == 1 && graph.replays == 9)

    let stop = StopRequest()
    let first = try other.recipe()
    let source = CountingSource(try other.batches(), counter: StepCounter()) { if $0 == stopAfter { stop.ask() } }
    try trainer(first, other, source: source, graph: RecordingGraph(of: first)).run(stop: stop)

    let second = try other.recipe()
    let resumed = try trainer(second, other, source: other.batches(), graph: RecordingGraph(of: second))
    try resumed.restore(from: #require(Checkpoint.files(in: other.folder).last))
    #expect(try resumed.run().step == 12)
    #expect(try other.weights(second) == fixture.weights(whole))
  }

  /// Reports are those of the loop without graphs; a failed capture is one warning.
  @Test func lossesAndWarningsAreReported() throws {
    var reports: [[[MeasuredValue]]] = []
    var warnings: [String] = []
    for failure in [nil, TorchError("no")] {
      let fixture = try TrainerFixture()
      let recipe = try fixture.recipe()
      var losses: [[MeasuredValue]] = []
      try trainer(
        recipe, fixture, source: fixture.batches(), graph: RecordingGraph(of: recipe, failingWith: failure),
        observers: [
          { event in
            if case .stepped(let report) = event { losses.append(report.losses) }
            if case .warned(let warning) = event { warnings.append("\(warning.step) \(warning.message)") }
          }
        ]
      ).run()
      reports.append(losses)
    }
    #expect(reports[0].count == 3 && reports[0] == reports[1])
    #expect(warnings.count == 1 && warnings[0].hasPrefix("4 ") && warnings[0].hasSuffix(": no"), "\(warnings)")
  }
}
