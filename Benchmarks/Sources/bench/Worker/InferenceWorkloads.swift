import SparringDatasets
import SparringModels
import SparringRecipes
import SparringTorch

/// Images from latents.
final class GenerationWorkload: Workload {
  private let setting: Setting
  private let recipe: GAN
  private var latents: Rotation<Tensor>

  init(_ setting: Setting) throws {
    self.setting = setting
    guard let sizes = setting.work.generator else { throw TorchError("\(setting.work.name) has no generator") }
    recipe = try GAN(
      in: Setting(generator: sizes, learningRate: 2e-4, precision: setting.precision, seed: 1, device: setting.device))
    let random = try RandomGenerator(seed: 3, purpose: "bench", device: setting.device)
    // A few steps give batch normalisation statistics that inference must respect.
    for _ in 0..<3 {
      _ = try recipe.step(
        UnlabelledBatch(
          images: setting.randomImages(
            32, side: sizes.imageSize, channels: sizes.channels, using: RandomGenerator(seed: 3))))
    }
    latents = Rotation(
      try (0..<Work.givenBatches).map { _ in
        try Tensor.normal([setting.work.batchSize, sizes.latentSize], using: random)
      })
  }

  func writeReference() throws {
    try setting.write(weights: [("generator", recipe.generator.network.state)], inputs: ["latents": latents.batches])
  }

  func check(_ steps: Int) throws -> [[Double]] {
    let weights = try Safetensors.read(setting.reference).tensors.filter { $0.key.hasPrefix("generator.") }
    try recipe.generator.network.load(
      Dictionary(uniqueKeysWithValues: weights.map { (String($0.key.dropFirst("generator.".count)), $0.value) }))
    return try setting.given("latents").prefix(steps).map { try generate($0).fingerprint() }
  }

  func measure(_ steps: Int) throws -> Double {
    try timed(steps) { try generate(latents.next()) }
  }

  private func generate(_ latents: Tensor) throws -> Tensor {
    try recipe.generateImages(from: latents)
  }
}

/// Class logits of images.
final class ClassificationWorkload: Workload {
  private let setting: Setting
  private let recipe: Supervised
  private var images: Rotation<Tensor>

  init(_ setting: Setting) throws {
    self.setting = setting
    // In fp32, so that every form has the same weights.
    let fp32 = Setting(work: setting.work, precision: .fp32, folder: setting.folder, device: setting.device)
    let trained = try fp32.makeSupervised(augmentation: .none)
    let random = try RandomGenerator(seed: 3, purpose: "bench")
    for _ in 0..<3 { _ = try trained.step(setting.labelledBatch(64, using: random), at: StepTime()) }
    recipe = try setting.makeSupervised(augmentation: .none)
    for (own, source) in zip(recipe.averages, trained.averages) { try own.value.load(state: source.value.state()) }
    images = Rotation(
      try (0..<Work.givenBatches).map { _ in try setting.labelledBatch(setting.work.batchSize, using: random).images })
  }

  func writeReference() throws {
    try setting.write(
      weights: recipe.averages.map { ($0.name, $0.value.averages) }, inputs: ["images": images.batches])
  }

  func check(_ steps: Int) throws -> [[Double]] {
    try setting.given("images").prefix(steps).map { try recipe.classLogits(of: $0).fingerprint() }
  }

  func measure(_ steps: Int) throws -> Double {
    try timed(steps) { try recipe.classLogits(of: images.next()) }
  }
}
