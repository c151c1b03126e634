import SparringDatasets
import Foundation
import SparringModels
import SparringRecipes
import Testing
import SparringTorch

@testable import SparringTraining

@Suite(.serialized) struct Resuming {
  init() { Machine.threadCount = 1 }

  /// Stopped at any step, a run goes on to the same bits as one that was never stopped.
  @Test(arguments: [1, 5, 8]) func continuesBitForBit(stopAfter: Int) throws {
    let fixture = try TrainerFixture()
    let whole = try fixture.recipe()
    try Trainer(whole, batches: fixture.batches(), configuration: fixture.configuration(steps: 12)).run()

    let stop = StopRequest()
    let first = try fixture.recipe()
    let counted = StepCounter()
    let source = CountingSource(try fixture.batches(), counter: counted) { if $0 == stopAfter { stop.ask() } }
    let end = try Trainer(
      first, batches: source, configuration: fixture.configuration(steps: 12), checkpointFolder: fixture.folder
    ).run(stop: stop)
    #expect(!end.isComplete && end.step == stopAfter)

    let second = try fixture.recipe()
    let trainer = try Trainer(
      second, batches: fixture.batches(), configuration: fixture.configuration(steps: 12),
      checkpointFolder: fixture.folder)
    try trainer.restore(from: #require(Checkpoint.files(in: fixture.folder).last))
    let resumed = try trainer.run()
    #expect(resumed.isComplete && resumed.step == 12)
    #expect(try fixture.weights(second) == fixture.weights(whole))
  }

  @Test func keepsTheNewestCheckpoints() throws {
    let fixture = try TrainerFixture()
    try Trainer(
      fixture.recipe(), batches: fixture.batches(), configuration: fixture.configuration(steps: 12),
      checkpointFolder: fixture.folder
    ).run()
    #expect(
      Checkpoint.files(in: fixture.folder).map(\.lastPathComponent) == [
        "step-000010.safetensors", "step-000012.safetensors",
      ])
  }

  @Test func aCheckpointOfAnotherShapeIsNamed() throws {
    let fixture = try TrainerFixture()
    let file = fixture.folder.appending(path: "c.safetensors")
    try Checkpoint.write(
      fixture.recipe(), batches: fixture.batches(), progress: .init(), configuration: "recipe: x", to: file)
    let other = try SemiSupervisedGAN(
      in: Setting(
        shape: .image(channels: 1, height: 28, width: 28), classCount: 4,
        classifier: TrunkConfiguration(ConvolutionalFamily(widths: [4, 9], normalization: .batch)),
        generator: DCGANGeneratorFamily(width: 2), latentSize: 4, seed: 11))
    do {
      try Checkpoint.restoreNetworks(of: other, from: file)
      Issue.record("a checkpoint of another shape was taken")
    } catch {
      #expect("\(error)".contains(file.path) && "\(error)".contains("convolutions.1"), "\(error)")
      #expect("\(error)".contains("shape"), "\(error)")
    }
  }

  @Test func aCheckpointOfAnotherRecipeIsRefused() throws {
    let fixture = try TrainerFixture()
    let file = fixture.folder.appending(path: "c.safetensors")
    try Checkpoint.write(
      fixture.recipe(), batches: fixture.batches(), progress: .init(), configuration: "", to: file)
    let gan = try GAN(
      in: Setting(
        shape: .image(channels: 1, height: 28, width: 28), generator: DCGANGeneratorFamily(width: 2), latentSize: 4,
        discriminator: DCGANFamily(width: 2), learningRate: 2e-4, seed: 1))
    let source = try UnlabelledSource(dataset: fixture.dataset, batchSize: 4, seed: 1)
    #expect(throws: TrainingError("\(file.path) holds a run of 'semi-supervised-gan', not of 'gan'")) {
      try Checkpoint.restore(gan, batches: source, from: file)
    }
  }
}

@Suite(.serialized) struct TrainerEvents {
  init() { Machine.threadCount = 1 }

  @Test func tellWhatHappens() throws {
    let fixture = try TrainerFixture()
    var events: [String] = []
    var losses: [MeasuredValue] = []
    var configuration = fixture.configuration(steps: 10)
    configuration.epochs = 2
    configuration.sampleEvery = 5
    configuration.measureEvery = 5
    try Trainer(
      fixture.recipe(), batches: fixture.batches(), configuration: configuration,
      draw: { try PixelImages(bytes: (0..<18).map { UInt8($0 * 14) }, count: 2, height: 3, width: 3, channels: 1) },
      measure: { Measurement(step: $0, split: "test", values: [MeasuredValue(.accuracy, 0.5)]) },
      observers: [
        { event in
          switch event {
          case .started: events.append("started")
          case .stepped(let report):
            events.append("stepped \(report.step)")
            losses = report.losses
          case .epochEnded(let report): events.append("epoch \(report.epoch)/\(report.totalEpochs)")
          case .measured(let measurement): events.append("measured \(measurement.step)")
          case .sampled(let sample): events.append("sampled \(sample.step)")
          case .warned: events.append("warned")
          case .wentBack(let step): events.append("went back to \(step)")
          case .checkpointed(let step, _): events.append("checkpoint \(step)")
          case .finished(let end): events.append("finished \(end.step) \(end.isComplete)")
          }
        }
      ]
    ).run()
    // 40 unlabelled images in batches of 7 make 5 steps an epoch.
    #expect(
      events == [
        "started", "sampled 0", "stepped 4", "epoch 1/2", "sampled 5", "measured 5", "stepped 8", "stepped 10",
        "epoch 2/2", "sampled 10", "measured 10", "finished 10 true",
      ])
    #expect(losses.map(\.name) == ["classifier", "discriminator", "generator"])
  }

  @Test func warmUpAndDecayReachTheOptimiser() throws {
    let fixture = try TrainerFixture()
    let recipe = try fixture.recipe()
    var rates: [Double] = []
    var configuration = fixture.configuration(steps: 6)
    configuration.logEvery = 1
    try Trainer(
      recipe, batches: fixture.batches(), configuration: configuration,
      observers: [{ if case .stepped(let report) = $0 { rates.append(report.learningRate) } }]
    ).run()
    let expected = [1.0 / 3, 2.0 / 3, 1, 1, 2.0 / 3, 1.0 / 3].map { $0 * 1e-3 }
    for (rate, value) in zip(rates, expected) { #expect(abs(rate - value) < 1e-9) }
  }
}

@Suite struct Stability {
  /// The run stops before a broken state could replace a sound checkpoint.
  @Test func aBrokenRunWritesNoCheckpoint() throws {
    let fixture = try TrainerFixture()
    let recipe = try fixture.recipe()
    var configuration = fixture.configuration(steps: 20)
    configuration.logEvery = 20
    let source = CountingSource(try fixture.batches(), counter: StepCounter()) { step in
      guard step == 7 else { return }
      try? withoutGradients { try recipe.classifier.network.output.weight.value.fill(.nan) }
    }
    let trainer = try Trainer(
      recipe, batches: source, configuration: configuration, checkpointFolder: fixture.folder)
    #expect(throws: TrainingError.self) { try trainer.run() }
    #expect(Checkpoint.files(in: fixture.folder).map(\.lastPathComponent) == ["step-000005.safetensors"])
  }

  /// Measurements that rise, then fall: the best state is kept, and patience ends the run.
  @Test func theBestStateIsKeptAndPatienceEnds() throws {
    let fixture = try TrainerFixture()
    var configuration = fixture.configuration(steps: 40)
    (configuration.measureEvery, configuration.patience) = (4, 2)
    let recipe = try fixture.recipe()
    var atBest: [String: [UInt8]] = [:]
    let scores = [4: 0.5, 8: 0.7, 12: 0.6, 16: 0.65]
    let trainer = try Trainer(
      recipe, batches: fixture.batches(), configuration: configuration, checkpointFolder: fixture.folder,
      measure: { step in
        if step == 8 { atBest = try fixture.weights(recipe) }
        return Measurement(step: step, split: "validation", values: [MeasuredValue(.accuracy, scores[step] ?? 0)])
      }, keepsBest: true)
    let end = try trainer.run()
    #expect(end.step == 16 && end.isComplete)
    let again = try fixture.recipe()
    try Checkpoint.restoreNetworks(of: again, from: fixture.folder.appending(path: Checkpoint.bestFileName))
    #expect(try fixture.weights(again) == atBest)
    // A finished run that is resumed stays finished.
    let resumed = try Trainer(
      recipe, batches: fixture.batches(), configuration: configuration, checkpointFolder: fixture.folder,
      keepsBest: true)
    try resumed.restore(from: #require(Checkpoint.files(in: fixture.folder).last))
    #expect(try resumed.run().step == 16)
  }

  @Test(arguments: [true, false]) func aLossThatIsNoNumberStopsTheRun(isReduced: Bool) throws {
    var watch = StabilityWatch(signs: GAN.failureSigns, isReduced: isReduced)
    let broken = try #require(throws: StabilityWatch.Broken.self) {
      try watch.look(at: [MeasuredValue(.generator, .nan)])
    }
    let message = watch.end(of: broken, step: 7, rescue: "nothing is left")
    #expect(message.hasPrefix("the generator loss is nan at step 7; nothing is left;"))
    // Of fp32 only where that would change anything.
    #expect(message.contains("training.precision=fp32") == isReduced)
  }

  @Test func aDiscriminatorThatAlwaysWinsIsSaidOnce() throws {
    var watch = StabilityWatch(signs: GAN.failureSigns)
    let losses = [MeasuredValue(.discriminator.measured(in: .plain), 0.001)]
    let said = try (1...10).map { _ in try watch.look(at: losses) }
    #expect(said.map(\.count) == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0] && said[4][0].isRuin)
    #expect(said[4][0].message.hasSuffix("lower training.learningRate or raise options.r1Penalty"))
    #expect(try watch.look(at: [MeasuredValue(.discriminator, 1.2)]).isEmpty)
  }

  @Test func aDiscriminatorAtChanceIsSaid() throws {
    var watch = StabilityWatch(signs: GAN.failureSigns)
    let losses = [MeasuredValue(.discriminator, 1.387)]
    let said = try (1...30).map { _ in try watch.look(at: losses) }
    #expect(said.firstIndex { !$0.isEmpty } == 19 && said.joined().count == 1)
    let finding = try #require(said[19].first)
    #expect(finding.message.contains("the discriminator tells nothing apart") && !finding.isRuin)
    #expect(!watch.isSuspicious, "a perfect generator looks like this, too")
  }

  /// The watch knows no loss by itself: any recipe's may be a sign.
  @Test func aRecipeMayHaveSignsOfItsOwn() throws {
    let kept = Quantity("kept", title: "share kept", unit: .share)
    let sign = FailureSign(kept, within: 0.1, meaning: "nothing is learnt", remedies: [.lower("options.threshold")])
    var watch = StabilityWatch(signs: [.discriminatorWins(), sign])
    let values = [0, 0, 0.5, 0.01, 0.01, 0.01, 0.01, 0.01]
    let said = try values.flatMap { try watch.look(at: [MeasuredValue(kept, $0)]) }
    #expect(said.map(\.message) == ["nothing is learnt (share kept 0.01): lower options.threshold"])
    #expect(try watch.look(at: [MeasuredValue(kept, 0.01)]).isEmpty)
  }

  /// No recipe is advised to set a key that it lacks.
  @Test(arguments: AllRecipes.names) func remediesAreKeysOfTheRecipe(name: String) throws {
    func check<Method: Recipe>(_ type: Method.Type) throws {
      for remedy in type.failureSigns.flatMap(\.remedies) {
        var tree = try RunConfiguration<Method>.tree()
        #expect(throws: Never.self) { try tree.set("\(remedy.key)=1") }
      }
      let paced = ["training.learningRate=1e-5", "training.precision=fp32", "augmentation.maximumShift=1"]
      for key in ["seed=2"] + (type.fitsAtOnce ? [] : paced) {
        var tree = try RunConfiguration<Method>.tree()
        #expect(throws: Never.self) { try tree.set(key) }
      }
      for key in type.fitsAtOnce ? paced : [] {
        var tree = try RunConfiguration<Method>.tree()
        #expect(throws: TrainingError.self) { try tree.set(key) }
      }
    }
    let type = try #require(AllRecipes.types.first { $0.name == name })
    try check(type)
  }
}

final class StepCounter { var steps = 0 }

/// Calls back with the number of batches drawn, as a person who presses Ctrl-C would.
final class CountingSource<Base: BatchSource>: BatchSource {
  private let base: Base
  private let counter: StepCounter
  private let onStep: (Int) -> Void

  init(_ base: Base, counter: StepCounter, onStep: @escaping (Int) -> Void) {
    (self.base, self.counter, self.onStep) = (base, counter, onStep)
  }

  var stepsPerEpoch: Int { base.stepsPerEpoch }
  var imagesPerBatch: Int { base.imagesPerBatch }
  func next() throws -> Base.Batch {
    counter.steps += 1
    defer { onStep(counter.steps) }
    return try base.next()
  }
  func state() throws -> [String: Tensor] { try base.state() }
  func restore(_ state: [String: Tensor]) throws { try base.restore(state) }
}
