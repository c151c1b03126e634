import SparringDatasets
import SparringModels
import SparringRecipes
import SparringTorch

/// The DCGAN's training step.
final class GANWorkload: Workload {
  private let job: Job
  private var recipe: GAN
  private var step: TrainingStep<GAN>?
  private var batches: Rotation<ExampleBatch>

  init(_ job: Job) throws {
    self.job = job
    recipe = try Self.makeRecipe(job)
    let random = try RandomGenerator(seed: 1, purpose: "bench")
    batches = Rotation(
      try (0..<8).map { _ in ExampleBatch(images: try Self.realImages(job, using: random)) })
  }

  private static func makeRecipe(_ job: Job) throws -> GAN {
    var options = GAN.Options.reference
    options.beta1 = job.work.beta1
    return try GAN(options, in: job.work.setting(precision: job.precision, device: job.device))
  }

  private static func realImages(_ job: Job, using random: RandomGenerator) throws -> Tensor {
    let sizes = job.work.generator
    return try job.randomImages(
      job.work.batchSize, side: sizes?.imageSize ?? 0, channels: sizes?.channels ?? 0, using: random)
  }

  func writeReference() throws {
    let random = try RandomGenerator(seed: 2, purpose: "bench")
    let batches = 0..<Work.givenBatches
    try job.write(
      weights: recipe.networks.map { ($0.name, $0.value.state) },
      inputs: [
        "images": batches.map { _ in try Self.realImages(job, using: random) },
        "latents": batches.map { _ in
          try Tensor.normal([job.work.batchSize, recipe.latentSize], using: random)
        },
      ])
  }

  func check(_ steps: Int) throws -> [[Double]] {
    let values = try zip(job.given("images"), job.given("latents")).prefix(steps).map { images, latents in
      try recipe.step(realImages: images, latents: latents).values.map { try $0.value.item() }
    }
    // What was learnt is forgotten: every form is timed from the beginning.
    recipe = try Self.makeRecipe(job)
    step = nil
    return values
  }

  func measure(_ steps: Int) throws -> Double {
    let step = try self.step ?? TrainingStep(recipe, on: job.device)
    self.step = step
    return try timed(steps) { try step(batches.next()) }
  }
}
