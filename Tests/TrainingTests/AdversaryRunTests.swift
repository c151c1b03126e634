import SparringDatasets
import Foundation
import SparringModels
import SparringRecipes
import Testing
import SparringTorch

@testable import SparringTraining

/// The recipes of several players: a checkpoint forgets none of them, and a recorded step repeats nothing of the host's.
@Suite(.serialized) struct AdversaryRuns {
  static let names = [
    "auxiliary-classifier-gan", "synthesis", "synthesis alone", "discriminator-features", "bidirectional-gan",
  ]

  init() { Machine.threadCount = 1 }

  private var setting: Setting {
    var model = ModelConfiguration()
    model.classifier = TrunkConfiguration(ConvolutionalFamily(widths: [4, 8], normalization: .batch), dropout: 0.3)
    model.generator = GeneratorConfiguration(DCGANGeneratorFamily(width: 2), latentSize: 4)
    (model.discriminator, model.encoder) = (TrunkConfiguration(DCGANFamily(width: 2)), model.classifier)
    let data = DataFacts(
      name: "noise", shape: .image(channels: 1, height: 28, width: 28), classNames: ["a", "b", "c", "d"])
    return Setting(data: data, model: model, augmentation: .digits, seed: 11)
  }

  private func make(_ name: String) throws -> any Recipe {
    switch name {
    case "auxiliary-classifier-gan":
      return try AuxiliaryClassifierGAN(sized(AuxiliaryClassifierGAN.Options()), in: setting)
    case "discriminator-features":
      return try DiscriminatorFeatures(sized(DiscriminatorFeatures.Options()), in: setting)
    case "bidirectional-gan":
      var options = sized(BidirectionalGAN.Options())
      (options.fineTunes, options.restsAfter) = (true, 0.5)
      return try BidirectionalGAN(options, in: setting)
    default:
      var options = sized(Synthesis.Options())
      (options.confidence, options.joinsAfter) = (0.2, 0.2)
      if name == "synthesis alone" { options.syntheticShare = 1 }
      return try Synthesis(options, in: setting)
    }
  }

  private func sized<Options: AdversaryOptions>(_ options: Options) -> Options {
    var options = options
    (options.labelledBatchSize, options.unlabelledBatchSize, options.generator.batchSize) = (5, 7, 4)
    return options
  }

  private func everything(_ recipe: some Recipe) throws -> [String: [UInt8]] {
    var all: [String: [UInt8]] = [:]
    for network in recipe.networks {
      for (path, tensor) in network.value.state { all["\(network.name).\(path)"] = [UInt8](try tensor.bytes()) }
    }
    for average in recipe.averages {
      for (path, tensor) in average.value.averages {
        all["average \(average.name).\(path)"] = [UInt8](try tensor.bytes())
      }
    }
    return all
  }

  @Test(arguments: names) func resumesBitForBit(name: String) throws {
    let fixture = try TrainerFixture()
    let file = fixture.folder.appending(path: "c.safetensors")
    func check<Method: Recipe>(_ whole: Method) throws {
      let clock = try StepClock(on: .cpu)
      func train(_ recipe: Method, _ batches: any BatchSource<Method.Batch>, steps: Range<Int>) throws {
        for step in steps {
          try clock.set(step: step, of: 8)
          _ = try recipe.step(batches.next(), at: clock.time)
        }
      }
      let data = TrainingData(fixture.dataset, seed: 11)
      let batches = try whole.batches(from: data)
      try train(whole, batches, steps: 0..<4)
      try Checkpoint.write(whole, batches: batches, progress: .init(), configuration: "", to: file)
      let halfWay = try everything(whole)
      try train(whole, batches, steps: 4..<8)

      let second = try #require(try make(name) as? Method)
      let following = try second.batches(from: data)
      _ = try Checkpoint.restore(second, batches: following, from: file)
      #expect(try everything(second) == halfWay)
      try train(second, following, steps: 4..<8)
      #expect(try everything(second) == everything(whole))
      #expect(try everything(second) != halfWay)
    }
    try check(make(name))
  }

  @Test(arguments: names) func recordedStepsAreThePlainOnes(name: String) throws {
    let fixture = try TrainerFixture()
    func check<Method: Recipe>(_ plain: Method) throws {
      let recorded = try #require(try make(name) as? Method)
      let (plainClock, clock) = (try StepClock(on: .cpu), try StepClock(on: .cpu))
      let graph = RecordingGraph(of: recorded)
      let step = CapturedStep(recorded, at: clock.time) { graph }
      let batches = try plain.batches(from: TrainingData(fixture.dataset, seed: 11))
      for index in 0..<8 {
        try plainClock.set(step: index, of: 8)
        try clock.set(step: index, of: 8)
        let batch = try batches.next()
        let expected = try StepLosses(plain.step(batch, at: plainClock.time)).values.array(of: Double.self)
        #expect(try step(batch).values.array(of: Double.self) == expected, "at step \(index)")
      }
      #expect(graph.captures == 1 && graph.replays == 5 && step.takeNotice() == nil)
      #expect(try everything(recorded) == everything(plain))
    }
    try check(make(name))
  }
}

/// What the options of these recipes have in common.
private protocol AdversaryOptions {
  var labelledBatchSize: Int { get set }
  var unlabelledBatchSize: Int { get set }
  var generator: GeneratorOptions { get set }
}
extension AuxiliaryClassifierGAN.Options: AdversaryOptions {}
extension Synthesis.Options: AdversaryOptions {}
extension DiscriminatorFeatures.Options: AdversaryOptions {}
extension BidirectionalGAN.Options: AdversaryOptions {}
