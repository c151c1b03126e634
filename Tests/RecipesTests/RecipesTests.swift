import SparringDatasets
import Foundation
import SparringModels
import Testing
import SparringTorch

@testable import SparringRecipes

/// The reference networks against Keras on TensorFlow, from the same numbers
/// (Scripts/fixtures/make_keras_fixtures.py).
@Suite struct KerasParity {
  let fixture: [String: Tensor]

  init() throws {
    let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    fixture = try Safetensors.read(folder.appending(path: "dcgan.safetensors")).tensors
  }

  /// 24 bits of SplitMix64, as the script draws them.
  static func uniform(seed: UInt64, shape: [Int], bound: Double) throws -> Tensor {
    let numbers = (0..<UInt64(shape.reduce(1, *))).map { index -> Float in
      var z = index &+ (seed << 32) &+ 0x9E37_79B9_7F4A_7C15
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      z ^= z >> 31
      return Float((2 * (Double(z >> 40) / 16_777_216) - 1) * bound)
    }
    return try Tensor(numbers, shape: shape)
  }

  /// The trained parameters in Keras's order.
  func parameters(of gan: GAN) -> (generator: [Tensor], discriminator: [Tensor]) {
    (
      gan.generator.network.trainedParameters.map(\.value), gan.discriminator.network.trainedParameters.map(\.value)
    )
  }

  func filledGAN() throws -> GAN {
    let gan = try GAN(
      .reference, in: Setting(shape: .image(channels: 3, height: 32, width: 32), learningRate: 2e-4, seed: 1))
    let both = parameters(of: gan)
    let gammas: Set<Int> = [1, 5, 9, 13]
    try withoutGradients {
      for (index, parameter) in both.generator.enumerated() {
        let isGamma = gammas.contains(index)
        let numbers = try Self.uniform(
          seed: 100 + UInt64(index), shape: parameter.shape, bound: isGamma ? 0.1 : 0.05)
        // γ sits around one; 1 + u is rounded once to single precision, as NumPy does.
        try parameter.copy(from: isGamma ? numbers + 1 : numbers)
      }
      for (index, parameter) in both.discriminator.enumerated() {
        try parameter.copy(from: Self.uniform(seed: 200 + UInt64(index), shape: parameter.shape, bound: 0.05))
      }
    }
    return gan
  }

  func expectClose(_ found: Tensor, _ name: String, within tolerance: Double) throws {
    let expected = try #require(fixture[name])
    #expect(found.shape == expected.shape)
    let difference = try (found.to(.float64) - expected.to(.float64)).absolute().maximum().item()
    #expect(difference < tolerance, "\(name) is off by \(difference)")
  }

  @Test func parameterCounts() throws {
    let gan = try GAN(
      .reference, in: Setting(shape: .image(channels: 3, height: 32, width: 32), learningRate: 2e-4, seed: 1))
    let counts = try #require(fixture["counts"]).integers()
    #expect(gan.generator.network.namedParameters.reduce(0) { $0 + $1.value.count } == counts[0])
    #expect(gan.discriminator.network.namedParameters.reduce(0) { $0 + $1.value.count } == counts[1])
  }

  @Test func forwardPassesGradientsAndTraining() throws {
    let gan = try filledGAN()
    let latents = try Self.uniform(seed: 1, shape: [8, 100], bound: 1.7)
    let images = try Self.uniform(seed: 2, shape: [8, 3, 32, 32], bound: 1)
    try expectClose(gan.generateImages(from: latents), "generator_inference", within: 2e-5)
    try expectClose(withoutGradients { try gan.discriminator.network(images) }, "discriminator_logits", within: 2e-5)

    try expectGradients(gan, latents: latents, images: images)
    let fresh = try filledGAN()
    let losses = try #require(fixture["losses"]).array(of: Double.self)
    for step in 0..<3 {
      let found = try fresh.step(realImages: images, latents: latents).values.map { try $0.value.item() }
      #expect(abs(found[0] - losses[2 * step]) < 2e-4 && abs(found[1] - losses[2 * step + 1]) < 2e-4, "step \(step)")
    }
    // Adam's first steps follow the signs of gradients, some of which are rounding noise.
    try expectClose(fresh.generateImages(from: latents), "trained_generator_inference", within: 5e-3)
    try expectClose(
      withoutGradients { try fresh.discriminator.network(images) }, "trained_discriminator_logits", within: 2e-3)
    let moving = try fresh.generator.network.namedParameters.filter { $0.parameter.role == .buffer }.map {
      try $0.value.narrowed(0..<8)
    }
    try expectClose(Tensor.stack(moving), "trained_moving_heads", within: 2e-4)
  }

  /// The norm of each parameter's gradient in the first step.
  private func expectGradients(_ gan: GAN, latents: Tensor, images: Tensor) throws {
    let both = parameters(of: gan)
    let fakes = try gan.generator.network(latents)
    let fakeLogits = try gan.discriminator.network(fakes)
    let losses = try gan.losses(realLogits: gan.discriminator.network(images), fakeLogits: fakeLogits)
    let discriminator = try gradients(of: losses.discriminator, withRespectTo: both.discriminator, retainGraph: true)
    let generator = try gradients(of: losses.generator, withRespectTo: both.generator)
    for (name, found) in [("generator", generator), ("discriminator", discriminator)] {
      let norms = try #require(fixture["\(name)_gradient_norms"]).array(of: Double.self)
      for (index, (gradient, norm)) in zip(found, norms).enumerated() {
        #expect(abs(try gradient.norm().item() - norm) < 1e-3 * norm + 1e-6, "\(name) \(index)")
      }
    }
  }
}

@Suite struct RecipeSteps {
  static let sizes = TrunkConfiguration(ConvolutionalFamily(widths: [4, 8], normalization: .batch))

  /// Real images are bright, so that they differ from what a new generator makes.
  func batch(_ random: RandomGenerator) throws -> SemiSupervisedBatch {
    SemiSupervisedBatch(
      labelled: LabelledBatch(
        images: try Tensor.uniform([6, 1, 28, 28], low: 0.2, high: 1, using: random),
        labels: try Tensor(indices: [0, 1, 2, 0, 1, 2])),
      unlabelled: try Tensor.uniform([10, 1, 28, 28], low: 0.2, high: 1, using: random))
  }

  func semiSupervised(
    _ change: (inout SemiSupervisedGAN.Options) -> Void = { _ in }
  ) throws -> SemiSupervisedGAN {
    var options = SemiSupervisedGAN.Options()
    options.generator.batchSize = 5
    change(&options)
    return try SemiSupervisedGAN(
      options,
      in: Setting(
        shape: .image(channels: 1, height: 28, width: 28), classCount: 3, classifier: Self.sizes,
        generator: DCGANGeneratorFamily(width: 2),
        latentSize: 4, learningRate: 0.01, seed: 3))
  }

  @Test func sparringTellsRealFromGenerated() throws {
    let recipe = try semiSupervised { $0.generator.learningRate = 0 + 1e-6 }
    let random = try RandomGenerator(seed: 1)
    for _ in 0..<40 { _ = try recipe.step(batch(random), at: StepTime()) }
    let real = try recipe.classLogits(of: batch(random).unlabelled).logSumExp().mean().item()
    let latents = try Tensor.normal([10, 4], using: random)
    let fake = try recipe.classLogits(of: recipe.generateImages(from: latents)).logSumExp().mean().item()
    #expect(real > fake)
  }

  /// Feature matching by itself: with the classifier held still, the generator's features come closer.
  @Test func generatorApproachesTheRealFeatures() throws {
    let recipe = try semiSupervised { $0.generator.learningRate = 0.01 }
    for optimizer in recipe.optimizers where optimizer.name == "classifier" { try optimizer.value.setLearningRate(0) }
    let fixed = try batch(RandomGenerator(seed: 1))
    func matching() throws -> Double { try recipe.step(fixed, at: StepTime()).values[2].value.item() }
    let first = try (0..<3).map { _ in try matching() }.reduce(0, +)
    for _ in 0..<40 { _ = try matching() }
    #expect(try (0..<3).map { _ in try matching() }.reduce(0, +) < first / 2)
  }

  /// Generated images must not move the running statistics that inference uses.
  @Test func generatedImagesLeaveTheStatisticsAlone() throws {
    let (recipe, fixed) = (try semiSupervised(), try batch(RandomGenerator(seed: 1)))
    let alone = try Classifier(
      Self.sizes, exampleShape: [1, 28, 28], classCount: 3, using: RandomGenerator(seed: 1),
      noise: RandomGenerator(seed: 1))
    try alone.load(recipe.classifier.network.state)
    _ = try recipe.step(fixed, at: StepTime())
    _ = try alone(.concatenate([fixed.labelled.images, fixed.unlabelled]))
    func means(_ network: Classifier) throws -> [[Float]] {
      try network.state.sorted { $0.key < $1.key }.filter { $0.key.hasSuffix("running_mean") }.map {
        try $0.value.array(of: Float.self)
      }
    }
    #expect(try means(recipe.classifier.network) == means(alone) && means(alone).count == 2)
  }

  @Test func supervisedLearnsItsLabels() throws {
    let random = try RandomGenerator(seed: 1)
    let recipe = try Supervised(
      in: Setting(
        shape: .image(channels: 1, height: 28, width: 28), classCount: 3, classifier: Self.sizes, learningRate: 0.01,
        seed: 1))
    let batch = LabelledBatch(
      images: try Tensor.normal([6, 1, 28, 28], using: random), labels: try Tensor(indices: [0, 1, 2, 0, 1, 2]))
    let first = try recipe.step(batch, at: StepTime()).values[0].value.item()
    for _ in 0..<60 { _ = try recipe.step(batch, at: StepTime()) }
    #expect(try recipe.step(batch, at: StepTime()).values[0].value.item() < first / 4)
    #expect(try recipe.classLogits(of: batch.images).argmax().integers() == [0, 1, 2, 0, 1, 2])
  }

  /// The pair of the demo: both sides begin with the same classifier.
  @Test func bothRecipesBeginWithTheSameClassifier() throws {
    let alone = try Supervised(
      in: Setting(shape: .image(channels: 1, height: 28, width: 28), classCount: 3, classifier: Self.sizes, seed: 3))
    let sparring = try semiSupervised()
    for (a, b) in zip(alone.classifier.network.namedParameters, sparring.classifier.network.namedParameters) {
      #expect(try a.value.array(of: Float.self) == b.value.array(of: Float.self))
    }
  }

  @Test func ganStepMovesBothNetworksTheRightWay() throws {
    let gan = try GAN(
      .reference,
      in: Setting(
        shape: .image(channels: 1, height: 28, width: 28), generator: DCGANGeneratorFamily(width: 4), latentSize: 8,
        discriminator: DCGANFamily(width: 4), learningRate: 2e-3, seed: 1))
    let random = try RandomGenerator(seed: 9)
    let images = try Tensor.uniform([16, 1, 28, 28], low: 0.5, high: 1, using: random)
    let latents = try Tensor.normal([16, 8], using: random)
    func losses() throws -> [Double] {
      try gan.step(realImages: images, latents: latents).values.map { try $0.value.item() }
    }
    func rest(_ name: String) throws {
      for optimizer in gan.optimizers {
        try optimizer.value.setLearningRate(optimizer.name == name ? 0 : 2e-3)
      }
    }
    try rest("generator")
    let discriminator = try (0..<8).map { _ in try losses()[0] }
    #expect(discriminator[7] < discriminator[0], "alone, the discriminator tells them better apart")
    try rest("discriminator")
    let generator = try (0..<8).map { _ in try losses()[1] }
    #expect(generator[7] < generator[0], "alone, the generator deceives better")
  }

  @Test func generatingLeavesNoTrace() throws {
    let gan = try GAN(
      .reference,
      in: Setting(
        shape: .image(channels: 1, height: 28, width: 28), generator: DCGANGeneratorFamily(width: 2), latentSize: 8,
        discriminator: DCGANFamily(width: 2), learningRate: 2e-4, seed: 1))
    let before = try gan.generator.network.state.mapValues { try $0.array(of: Float.self) }
    let latents = try Tensor.normal([4, 8], using: RandomGenerator(seed: 2))
    let first = try gan.generateImages(from: latents).array(of: Float.self)
    #expect(try gan.generateImages(from: latents).array(of: Float.self) == first)
    #expect(try gan.generator.network.state.mapValues { try $0.array(of: Float.self) } == before)
    #expect(gan.generator.network.mixesExamples, "in training mode again")
  }
}
