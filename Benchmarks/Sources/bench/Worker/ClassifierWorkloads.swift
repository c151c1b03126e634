import SparringDatasets
import SparringModels
import SparringRecipes
import SparringTorch

/// The supervised training step, augmentation included.
final class SupervisedWorkload: Workload {
  private let setting: Setting
  private let recipe: Supervised
  private var step: TrainingStep<Supervised>?
  private var batches: Rotation<LabelledBatch>

  init(_ setting: Setting) throws {
    self.setting = setting
    recipe = try setting.makeSupervised(augmentation: setting.work.augmentation)
    let random = try RandomGenerator(seed: 1, purpose: "bench")
    batches = Rotation(try (0..<8).map { _ in try setting.labelledBatch(setting.work.batchSize, using: random) })
  }

  func writeReference() throws {
    let random = try RandomGenerator(seed: 2, purpose: "bench")
    let given = try (0..<Work.givenBatches).map { _ in try setting.labelledBatch(setting.work.batchSize, using: random)
    }
    try setting.write(
      weights: recipe.networks.map { ($0.name, $0.value.state) },
      inputs: ["images": given.map(\.images), "labels": given.map(\.labels)])
  }

  func check(_ steps: Int) throws -> [[Double]] {
    let plain = try setting.makeSupervised(augmentation: .none)
    return try zip(setting.given("images"), setting.given("labels")).prefix(steps).map { images, labels in
      try plain.step(LabelledBatch(images: images, labels: labels), at: StepTime()).values.map { try $0.value.item() }
    }
  }

  func measure(_ steps: Int) throws -> Double {
    let step = try self.step ?? TrainingStep(recipe, on: setting.device)
    self.step = step
    return try timed(steps) { try step(batches.next()) }
  }
}

/// The demo's step: a classifier against a generator, taught by its own average.
final class SemiSupervisedWorkload: Workload {
  private let setting: Setting
  private let recipe: SemiSupervisedGAN
  private var step: TrainingStep<SemiSupervisedGAN>?
  private var batches: Rotation<SemiSupervisedBatch>

  init(_ setting: Setting) throws {
    self.setting = setting
    recipe = try Self.makeRecipe(setting, augmentation: setting.work.augmentation)
    let random = try RandomGenerator(seed: 1, purpose: "bench")
    batches = Rotation(try (0..<8).map { _ in try Self.batch(setting, using: random) })
  }

  private static func makeRecipe(_ setting: Setting, augmentation: Augmentation) throws -> SemiSupervisedGAN {
    guard let classifier = setting.work.classifier, let generator = setting.work.generator,
      let options = setting.work.options
    else { throw TorchError("\(setting.work.name) lacks a network or options") }
    return try SemiSupervisedGAN(
      options,
      in: Setting(
        classifier: classifier, generator: generator, augmentation: augmentation,
        learningRate: setting.work.learningRate, precision: setting.precision, seed: 1, device: setting.device))
  }

  private static func batch(_ setting: Setting, using random: RandomGenerator) throws -> SemiSupervisedBatch {
    guard let options = setting.work.options else { throw TorchError("\(setting.work.name) has no options") }
    return SemiSupervisedBatch(
      labelled: try setting.labelledBatch(options.labelledBatchSize, using: random),
      unlabelled: try setting.labelledBatch(options.unlabelledBatchSize, using: random).images)
  }

  func writeReference() throws {
    let random = try RandomGenerator(seed: 2, purpose: "bench")
    let fresh = try Self.makeRecipe(setting, augmentation: .none)
    let given = try (0..<Work.givenBatches).map { _ in try Self.batch(setting, using: random) }
    try setting.write(
      weights: fresh.networks.filter { $0.name != "alignment" }.map { ($0.name, $0.value.state) },
      inputs: [
        "images": given.map(\.labelled.images), "labels": given.map(\.labelled.labels),
        "unlabelled": given.map(\.unlabelled), "latents": try latentsToCome(fresh),
      ])
  }

  /// What the recipe will draw, from a copy of its generator.
  private func latentsToCome(_ recipe: SemiSupervisedGAN) throws -> [Tensor] {
    guard let own = recipe.generators.first(where: { $0.name == "latents" })?.value, let options = setting.work.options
    else { throw TorchError("the recipe draws no latents") }
    let copy = try RandomGenerator(seed: 1, device: own.device)
    try copy.setState(own.state())
    return try (0..<Work.givenBatches).map { _ in
      try Tensor.normal([options.generatedBatchSize, recipe.latentSize], using: copy)
    }
  }

  func check(_ steps: Int) throws -> [[Double]] {
    // Its latents are those of the reference, by the seed.
    let plain = try Self.makeRecipe(setting, augmentation: .none)
    let (images, labels, unlabelled) = (
      try setting.given("images"), try setting.given("labels"), try setting.given("unlabelled")
    )
    return try (0..<steps).map { index in
      let batch = SemiSupervisedBatch(
        labelled: LabelledBatch(images: images[index], labels: labels[index]), unlabelled: unlabelled[index])
      return try plain.step(batch, at: StepTime()).values.map { try $0.value.item() }
    }
  }

  func measure(_ steps: Int) throws -> Double {
    let step = try self.step ?? TrainingStep(recipe, on: setting.device)
    self.step = step
    return try timed(steps) { try step(batches.next()) }
  }
}

extension Setting {
  func makeSupervised(augmentation: Augmentation) throws -> Supervised {
    guard let classifier = work.classifier else { throw TorchError("\(work.name) has no classifier") }
    return try Supervised(
      in: Setting(
        classifier: classifier, augmentation: augmentation, learningRate: work.learningRate, precision: precision,
        seed: 1, device: device))
  }

  /// Random pixels with random classes.
  func labelledBatch(_ count: Int, using random: RandomGenerator) throws -> LabelledBatch {
    guard let sizes = work.classifier else { throw TorchError("\(work.name) has no classifier") }
    return LabelledBatch(
      images: try randomImages(count, side: sizes.imageSize, channels: sizes.channels, using: random),
      labels: try Tensor.randomIntegers([count], in: 0..<sizes.classCount, using: random).to(device))
  }
}
