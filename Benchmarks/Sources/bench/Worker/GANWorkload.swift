import SparringDatasets
import SparringModels
import SparringRecipes
import SparringTorch

/// The DCGAN's training step.
final class GANWorkload: Workload {
  private let setting: Setting
  private var recipe: GAN
  private var step: TrainingStep<GAN>?
  private var batches: Rotation<UnlabelledBatch>

  init(_ setting: Setting) throws {
    self.setting = setting
    recipe = try Self.makeRecipe(setting)
    let random = try RandomGenerator(seed: 1, purpose: "bench")
    batches = Rotation(
      try (0..<8).map { _ in UnlabelledBatch(images: try Self.realImages(setting, using: random)) })
  }

  private static func makeRecipe(_ setting: Setting) throws -> GAN {
    guard let sizes = setting.work.generator else { throw TorchError("\(setting.work.name) has no generator") }
    var options = GAN.Options()
    options.beta1 = setting.work.beta1
    return try GAN(
      options,
      in: Setting(
        generator: sizes, learningRate: setting.work.learningRate, precision: setting.precision, seed: 1,
        device: setting.device))
  }

  private static func realImages(_ setting: Setting, using random: RandomGenerator) throws -> Tensor {
    let sizes = setting.work.generator
    return try setting.randomImages(
      setting.work.batchSize, side: sizes?.imageSize ?? 0, channels: sizes?.channels ?? 0, using: random)
  }

  func writeReference() throws {
    let random = try RandomGenerator(seed: 2, purpose: "bench")
    let batches = 0..<Work.givenBatches
    try setting.write(
      weights: recipe.networks.map { ($0.name, $0.value.state) },
      inputs: [
        "images": batches.map { _ in try Self.realImages(setting, using: random) },
        "latents": batches.map { _ in
          try Tensor.normal([setting.work.batchSize, recipe.latentSize], using: random)
        },
      ])
  }

  func check(_ steps: Int) throws -> [[Double]] {
    let values = try zip(setting.given("images"), setting.given("latents")).prefix(steps).map { images, latents in
      try recipe.step(realImages: images, latents: latents).values.map { try $0.value.item() }
    }
    // What was learnt is forgotten: every form is timed from the beginning.
    recipe = try Self.makeRecipe(setting)
    step = nil
    return values
  }

  func measure(_ steps: Int) throws -> Double {
    let step = try self.step ?? TrainingStep(recipe, on: setting.device)
    self.step = step
    return try timed(steps) { try step(batches.next()) }
  }
}
