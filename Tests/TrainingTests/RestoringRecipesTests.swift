import SparringDatasets
import SparringModels
import SparringRecipes
import SparringTorch
import Testing

@testable import SparringTraining

/// Recipes that restore images: recorded, and stopped and resumed.
@Suite(.serialized) struct RestoringRecipes {
  init() { Machine.threadCount = 1 }

  private static func setting(_ device: Device) -> Setting {
    var model = Completion.model
    model.restorer = RestorerConfiguration(UNetFamily(widths: [4, 6]))
    model.discriminator = TrunkConfiguration(ConvolutionalFamily(widths: [4, 8], normalization: .spectral))
    return Setting(
      data: .init(name: "digits", shape: .image(channels: 1, height: 28, width: 28), classNames: []), model: model,
      augmentation: .digits, learningRate: 1e-3, seed: 11, device: device)
  }

  static func completion(on device: Device = .cpu) throws -> Completion {
    var options = Completion.Options()
    (options.latentSize, options.averageDecay, options.adversary.begins) = (3, 0.9, 0.3)
    return try Completion(options, in: setting(device))
  }

  static func enhancement(on device: Device = .cpu) throws -> Enhancement {
    var options = Enhancement.Options()
    (options.denoise, options.averageDecay) = (25, 0.9)
    return try Enhancement(options, in: setting(device))
  }

  @Test func recordedStepsAreTheSame() throws {
    try CapturedRecipes.compare({ try Self.completion(on: $0) }, CapturedRecipes.unlabelled)
    try CapturedRecipes.compare({ try Self.enhancement(on: $0) }, CapturedRecipes.unlabelled)
  }

  @Test(.enabled(if: CapturedRecipes.hasGPU, CapturedRecipes.gpuReason)) func onAGPUStepsAreTheSame() throws {
    let device = try Device("cuda:0")
    try CapturedRecipes.compare(on: device, { try Self.completion(on: $0) }, CapturedRecipes.unlabelled)
    try CapturedRecipes.compare(on: device, { try Self.enhancement(on: $0) }, CapturedRecipes.unlabelled)
  }

  @Test func stoppedRunsContinueBitForBit() throws {
    try FurtherRecipes.expectResuming({ try Self.completion() }, CapturedRecipes.unlabelled)
    try FurtherRecipes.expectResuming({ try Self.enhancement() }, CapturedRecipes.unlabelled)
  }

  /// Their gradients are watched where they play a game, and only there.
  @Test(arguments: [0.0, 0.05]) func gradientsAreWatchedBesideADiscriminator(weight: Double) throws {
    var options = Completion.Options()
    options.adversary.weight = weight
    let completion = try Completion(options, in: Self.setting(.cpu))
    let images = try Tensor.normal([4, 1, 28, 28], using: RandomGenerator(seed: 2))
    _ = try completion.step(UnlabelledBatch(images: images), at: StepTime())
    #expect(try Set(GradientNorms(of: completion).values().keys) == (weight > 0 ? ["restorer", "discriminator"] : []))
  }

  /// What they show are damaged images beside what was made of them, which says nothing of collapse.
  @Test func whatTheyShowIsNotWatched() throws {
    func end<Method: Recipe, Source: BatchSource>(
      _ recipe: Method, _ source: Source
    ) throws -> (step: Int, warnings: [String]) where Source.Batch == Method.Batch {
      var configuration = try TrainerFixture().configuration(steps: 510)
      (configuration.sampleEvery, configuration.logEvery, configuration.watch.policy) = (502, 600, .stop)
      var warnings: [String] = []
      let trainer = try Trainer(
        recipe, batches: source, configuration: configuration,
        draw: { try PixelImages(bytes: [UInt8](repeating: 9, count: 32), count: 8, height: 2, width: 2, channels: 1) },
        observers: [{ if case .warned(let warning) = $0 { warnings.append(warning.message) } }])
      return (try trainer.run().step, warnings)
    }
    let dataset = try TrainerFixture().dataset
    let restored = try end(Self.enhancement(), CapturedRecipes.unlabelled(dataset))
    #expect(restored.step == 510 && restored.warnings.isEmpty, "\(restored)")
    // A generator that draws the same is stopped.
    let made = try end(CapturedRecipes.gan(on: .cpu), CapturedRecipes.images(dataset))
    #expect(made.step == 502 && made.warnings.first?.contains("all samples look alike") == true, "\(made)")
  }
}
