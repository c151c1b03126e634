import Foundation
import SparringDatasets
import SparringModels
import SparringRecipes
import SparringTorch
import Testing

@testable import SparringTraining

/// Recipes with a generator of classes, of vectors, and with draws of their own: recorded, and stopped and resumed.
@Suite(.serialized) struct FurtherRecipes {
  init() { Machine.threadCount = 1 }

  private static func setting(_ device: Device) -> Setting {
    Setting(
      shape: .image(channels: 1, height: 28, width: 28), classCount: 4,
      classifier: TrunkConfiguration(ConvolutionalFamily(widths: [4, 8], normalization: .batch), dropout: 0.3),
      generator: DCGANGeneratorFamily(width: 2), latentSize: 4, discriminator: DCGANFamily(width: 4),
      augmentation: .digits, learningRate: 1e-3, seed: 11, device: device)
  }

  static func triple(on device: Device = .cpu) throws -> TripleGAN {
    var options = TripleGAN.Options()
    (options.generator.batchSize, options.pseudoLabelThreshold, options.syntheticWeight) = (4, 0.3, 1)
    (options.gameStart, options.gameEnd) = (0, 0.3)
    return try TripleGAN(options, in: setting(device))
  }

  static func augmenting(on device: Device = .cpu) throws -> DataAugmentingGAN {
    var options = DataAugmentingGAN.Options()
    (options.generator.batchSize, options.augmenterShare) = (4, 0.5)
    return try DataAugmentingGAN(options, in: setting(device))
  }

  static func mixed(on device: Device = .cpu) throws -> Supervised {
    var options = Supervised.Options()
    options.mixup = 0.3
    return try Supervised(options, in: setting(device))
  }

  /// Over the same images as rows of numbers.
  static func feature(on device: Device = .cpu) throws -> FeatureGAN {
    var (options, family) = (FeatureGAN.Options(), FullyConnectedFamily())
    (options.generator.batchSize, options.pseudoLabelThreshold) = (4, 0.3)
    (options.pseudoLabelWeight, options.entropyWeight) = (1, 0.3)
    (family.widths, family.inputNoise, family.hiddenNoise) = ([8, 8], 0.3, 0.5)
    return try FeatureGAN(
      options,
      in: Setting(
        shape: .image(channels: 1, height: 28, width: 28), classCount: 4, classifier: TrunkConfiguration(family),
        generator: FullyConnectedGeneratorFamily(), latentSize: 4, seed: 11, device: device))
  }

  @Test func recordedStepsAreTheSame() throws {
    try CapturedRecipes.compare({ try Self.triple(on: $0) }, CapturedRecipes.mixed)
    try CapturedRecipes.compare({ try Self.augmenting(on: $0) }, CapturedRecipes.labelled)
    try CapturedRecipes.compare({ try Self.mixed(on: $0) }, CapturedRecipes.labelled)
    try CapturedRecipes.compare({ try Self.feature(on: $0) }, CapturedRecipes.mixed)
  }

  @Test(.enabled(if: CapturedRecipes.hasGPU, CapturedRecipes.gpuReason)) func onAGPUStepsAreTheSame() throws {
    let device = try Device("cuda:0")
    try CapturedRecipes.compare(on: device, { try Self.triple(on: $0) }, CapturedRecipes.mixed)
    try CapturedRecipes.compare(on: device, { try Self.augmenting(on: $0) }, CapturedRecipes.labelled)
    try CapturedRecipes.compare(on: device, { try Self.mixed(on: $0) }, CapturedRecipes.labelled)
    try CapturedRecipes.compare(on: device, { try Self.feature(on: $0) }, CapturedRecipes.mixed)
  }

  @Test func stoppedRunsContinueBitForBit() throws {
    try Self.expectResuming({ try Self.triple() }, CapturedRecipes.mixed)
    try Self.expectResuming({ try Self.augmenting() }, CapturedRecipes.labelled)
    try Self.expectResuming({ try Self.mixed() }, CapturedRecipes.labelled)
    try Self.expectResuming({ try Self.feature() }, CapturedRecipes.mixed)
  }

  static func expectResuming<Method: Recipe, Source: BatchSource>(
    _ make: () throws -> Method, _ source: (Dataset) throws -> Source
  ) throws where Source.Batch == Method.Batch {
    let fixture = try TrainerFixture()
    func trainer(_ recipe: Method, _ batches: any BatchSource<Method.Batch>) throws -> Trainer<Method> {
      try Trainer(
        recipe, batches: batches, configuration: fixture.configuration(steps: 12), checkpointFolder: fixture.folder)
    }
    func state(_ recipe: Method) throws -> [String: [UInt8]] {
      try CapturedRecipes.Outcome(of: recipe, losses: []).state
    }
    let (whole, first, second) = (try make(), try make(), try make())
    try Trainer(whole, batches: source(fixture.dataset), configuration: fixture.configuration(steps: 12)).run()
    let stop = StopRequest()
    let counted = CountingSource(try source(fixture.dataset), counter: StepCounter()) { if $0 == 7 { stop.ask() } }
    try trainer(first, counted).run(stop: stop)
    let resumed = try trainer(second, source(fixture.dataset))
    try resumed.restore(from: #require(Checkpoint.files(in: fixture.folder).last))
    #expect(try resumed.run().step == 12)
    let (expected, found) = (try state(whole), try state(second))
    #expect(found.keys == expected.keys)
    for (path, bytes) in expected {
      let isSame = found[path] == bytes
      #expect(isSame, "\(Method.name): \(path)")
    }
  }
}
