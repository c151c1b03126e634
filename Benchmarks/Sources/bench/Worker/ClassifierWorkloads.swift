import SparringDatasets
import SparringModels
import SparringRecipes
import SparringTorch

/// The supervised training step, augmentation included.
final class SupervisedWorkload: Workload {
  private let job: Job
  private let recipe: Supervised
  private var step: TrainingStep<Supervised>?
  private var batches: Rotation<LabelledBatch>

  init(_ job: Job) throws {
    self.job = job
    recipe = try job.makeSupervised(augmentation: job.work.augmentation)
    let random = try RandomGenerator(seed: 1, purpose: "bench")
    batches = Rotation(try (0..<8).map { _ in try job.labelledBatch(job.work.batchSize, using: random) })
  }

  func writeReference() throws {
    let random = try RandomGenerator(seed: 2, purpose: "bench")
    let given = try (0..<Work.givenBatches).map { _ in try job.labelledBatch(job.work.batchSize, using: random)
    }
    try job.write(
      weights: recipe.networks.map { ($0.name, $0.value.state) },
      inputs: ["images": given.map(\.images), "labels": given.map(\.labels)])
  }

  func check(_ steps: Int) throws -> [[Double]] {
    let plain = try job.makeSupervised(augmentation: .none)
    return try zip(job.given("images"), job.given("labels")).prefix(steps).map { images, labels in
      try plain.step(LabelledBatch(images: images, labels: labels), at: StepTime()).values.map { try $0.value.item() }
    }
  }

  func measure(_ steps: Int) throws -> Double {
    let step = try self.step ?? TrainingStep(recipe, on: job.device)
    self.step = step
    return try timed(steps) { try step(batches.next()) }
  }
}

/// The demo's step: a classifier against a generator, taught by its own average.
final class SemiSupervisedWorkload: Workload {
  private let job: Job
  private let recipe: ConsistencyGAN
  private var step: TrainingStep<ConsistencyGAN>?
  private var batches: Rotation<SemiSupervisedBatch>

  init(_ job: Job) throws {
    self.job = job
    recipe = try Self.makeRecipe(job, augmentation: job.work.augmentation)
    let random = try RandomGenerator(seed: 1, purpose: "bench")
    batches = Rotation(try (0..<8).map { _ in try Self.batch(job, using: random) })
  }

  private static func makeRecipe(_ job: Job, augmentation: Augmentation) throws -> ConsistencyGAN {
    guard let options = job.work.options else { throw TorchError("\(job.work.name) has no options") }
    return try ConsistencyGAN(
      options, in: job.work.setting(augmentation: augmentation, precision: job.precision, device: job.device))
  }

  private static func batch(_ job: Job, using random: RandomGenerator) throws -> SemiSupervisedBatch {
    guard let options = job.work.options else { throw TorchError("\(job.work.name) has no options") }
    return SemiSupervisedBatch(
      labelled: try job.labelledBatch(options.labelledBatchSize, using: random),
      unlabelled: try job.labelledBatch(options.unlabelledBatchSize, using: random).images)
  }

  func writeReference() throws {
    let random = try RandomGenerator(seed: 2, purpose: "bench")
    let fresh = try Self.makeRecipe(job, augmentation: .none)
    let given = try (0..<Work.givenBatches).map { _ in try Self.batch(job, using: random) }
    try job.write(
      weights: fresh.networks.filter { $0.name != "teacher" }.map { ($0.name, $0.value.state) },
      inputs: [
        "images": given.map(\.labelled.images), "labels": given.map(\.labelled.labels),
        "unlabelled": given.map(\.unlabelled), "latents": try latentsToCome(fresh),
      ])
  }

  /// What the recipe will draw, from a copy of its generator.
  private func latentsToCome(_ recipe: ConsistencyGAN) throws -> [Tensor] {
    guard let own = recipe.generators.first(where: { $0.name == "game.latentRandom" })?.value,
      let options = job.work.options
    else { throw TorchError("the recipe draws no latents") }
    let copy = try RandomGenerator(seed: 1, device: own.device)
    try copy.setState(own.state())
    return try (0..<Work.givenBatches).map { _ in
      try Tensor.normal([options.generator.batchSize, recipe.latentSize], using: copy)
    }
  }

  func check(_ steps: Int) throws -> [[Double]] {
    // Its latents are those of the reference, by the seed.
    let plain = try Self.makeRecipe(job, augmentation: .none)
    let (images, labels, unlabelled) = (
      try job.given("images"), try job.given("labels"), try job.given("unlabelled")
    )
    return try (0..<steps).map { index in
      let batch = SemiSupervisedBatch(
        labelled: LabelledBatch(images: images[index], labels: labels[index]), unlabelled: unlabelled[index])
      // The other forms report what they share with the plain game.
      return try plain.step(batch, at: StepTime()).values.filter { $0.name != "agreement" }.map { try $0.value.item() }
    }
  }

  func measure(_ steps: Int) throws -> Double {
    let step = try self.step ?? TrainingStep(recipe, on: job.device)
    self.step = step
    return try timed(steps) { try step(batches.next()) }
  }
}

extension Job {
  func makeSupervised(augmentation: Augmentation) throws -> Supervised {
    try Supervised(in: work.setting(augmentation: augmentation, precision: precision, device: device))
  }

  /// Random pixels with random classes.
  func labelledBatch(_ count: Int, using random: RandomGenerator) throws -> LabelledBatch {
    guard let sizes = work.classifier else { throw TorchError("\(work.name) has no classifier") }
    return LabelledBatch(
      images: try randomImages(count, side: sizes.imageSize, channels: sizes.channels, using: random),
      labels: try Tensor.randomIntegers([count], in: 0..<sizes.classCount, using: random).to(device))
  }
}
