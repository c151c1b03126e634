import SparringDatasets
import SparringModels
import SparringRecipes
import SparringTorch

/// Images from latents.
final class GenerationWorkload: Workload {
  private let job: Job
  private let recipe: GAN
  private var latents: Rotation<Tensor>

  init(_ job: Job) throws {
    self.job = job
    guard let sizes = job.work.generator else { throw TorchError("\(job.work.name) has no generator") }
    recipe = try GAN(.reference, in: job.work.setting(precision: job.precision, device: job.device))
    let random = try RandomGenerator(seed: 3, purpose: "bench", device: job.device)
    // A few steps give batch normalisation statistics that inference must respect.
    for _ in 0..<3 {
      _ = try recipe.step(
        ExampleBatch(
          images: job.randomImages(
            32, side: sizes.imageSize, channels: sizes.channels, using: RandomGenerator(seed: 3))),
        at: StepTime())
    }
    latents = Rotation(
      try (0..<Work.givenBatches).map { _ in
        try Tensor.normal([job.work.batchSize, sizes.latentSize], using: random)
      })
  }

  func writeReference() throws {
    try job.write(weights: [("generator", recipe.generator.network.state)], inputs: ["latents": latents.batches])
  }

  func check(_ steps: Int) throws -> [[Double]] {
    let weights = try Safetensors.read(job.reference).tensors.filter { $0.key.hasPrefix("generator.") }
    let state = recipe.generator.network.state.keys.map { ($0, weights["generator." + peerName($0)]) }
    try recipe.generator.network.load(
      Dictionary(uniqueKeysWithValues: state.compactMap { path, value in value.map { (path, $0) } }))
    return try job.given("latents").prefix(steps).map { try generate($0).fingerprint() }
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
  private let job: Job
  private let recipe: Supervised
  private var images: Rotation<Tensor>

  init(_ job: Job) throws {
    self.job = job
    // In fp32, so that every form has the same weights.
    let fp32 = Job(work: job.work, precision: .fp32, folder: job.folder, device: job.device)
    let trained = try fp32.makeSupervised(augmentation: .none)
    let random = try RandomGenerator(seed: 3, purpose: "bench")
    for _ in 0..<3 { _ = try trained.step(job.labelledBatch(64, using: random), at: StepTime()) }
    recipe = try job.makeSupervised(augmentation: .none)
    for (own, source) in zip(recipe.averages, trained.averages) { try own.value.load(state: source.value.state()) }
    images = Rotation(
      try (0..<Work.givenBatches).map { _ in try job.labelledBatch(job.work.batchSize, using: random).images })
  }

  func writeReference() throws {
    try job.write(
      weights: recipe.averages.map { ($0.name, $0.value.averages) }, inputs: ["images": images.batches])
  }

  func check(_ steps: Int) throws -> [[Double]] {
    try job.given("images").prefix(steps).map { try recipe.classLogits(of: $0).fingerprint() }
  }

  func measure(_ steps: Int) throws -> Double {
    try timed(steps) { try recipe.classLogits(of: images.next()) }
  }
}
