import SparringDatasets
import SparringModels
import SparringTorch
import Testing

@testable import SparringRecipes

@Suite struct DiscriminatorFeaturesSteps {
  init() { Machine.threadCount = 1 }

  func recipe(
    _ change: (inout DiscriminatorFeatures.Options) -> Void = { _ in }
  ) throws -> DiscriminatorFeatures {
    var options = DiscriminatorFeatures.Options()
    (options.labelledBatchSize, options.unlabelledBatchSize, options.generator.batchSize) = (6, 8, 5)
    change(&options)
    return try DiscriminatorFeatures(
      options,
      in: Setting(
        shape: .image(channels: 1, height: 28, width: 28), classCount: 3, generator: DCGANGeneratorFamily(width: 2),
        latentSize: 4, discriminator: DCGANFamily(width: 2), learningRate: 0.02, seed: 3))
  }

  func batch(labels: [Int] = [0, 1, 2, 0, 1, 2]) throws -> SemiSupervisedBatch {
    let random = try RandomGenerator(seed: 4)
    return SemiSupervisedBatch(
      labelled: LabelledBatch(
        images: try .uniform([6, 1, 28, 28], low: -1, high: 1, using: random), labels: try Tensor(indices: labels)),
      unlabelled: try .uniform([8, 1, 28, 28], low: 0, high: 1, using: random))
  }

  func weights(_ recipe: some Recipe, _ name: String) throws -> [String: [Float]] {
    let network = try #require(recipe.networks.first { $0.name == name }).value
    return try network.state.mapValues { try $0.array(of: Float.self) }
  }

  /// What the discriminator learns, it learns without labels.
  @Test func labelsReachTheReadoutAlone() throws {
    let (one, other) = (try recipe(), try recipe())
    for _ in 0..<3 {
      _ = try one.step(batch(), at: StepTime())
      _ = try other.step(batch(labels: [2, 2, 1, 1, 0, 0]), at: StepTime())
    }
    #expect(try weights(one, "discriminator") == weights(other, "discriminator"))
    #expect(try weights(one, "generator") == weights(other, "generator"))
    #expect(try weights(one, "readout") != weights(other, "readout"))
    #expect(try weights(one, "discriminator") != weights(recipe(), "discriminator"))
  }

  @Test func theGameRestsAtLast() throws {
    let recipe = try recipe { $0.restsAfter = 0.5 }
    let before = try (weights(recipe, "discriminator"), weights(recipe, "generator"), weights(recipe, "readout"))
    let losses = try recipe.step(batch(), at: StepTime(progress: 0.6))
    #expect(losses.values.map(\.name) == ["classifier", "discriminator", "generator"])
    #expect(try weights(recipe, "discriminator") == before.0)
    #expect(
      try weights(recipe, "generator").filter { !$0.key.contains("running") }
        == before.1.filter { !$0.key.contains("running") })
    #expect(try weights(recipe, "readout") != before.2)
  }

  /// The two comparisons: nothing plays, and the same classifier learns.
  @Test(arguments: [DiscriminatorFeatures.Options.Features.random, .pixels])
  func comparisonsPlayNoGame(features: DiscriminatorFeatures.Options.Features) throws {
    let recipe = try recipe { $0.features = features }
    let before = try weights(recipe, "discriminator")
    let first = try recipe.step(batch(), at: StepTime())
    #expect(first.values.map(\.name) == ["classifier"] && first.imagePasses == 14)
    for _ in 0..<150 { _ = try recipe.step(batch(), at: StepTime()) }
    #expect(try weights(recipe, "discriminator") == before)
    #expect(try recipe.classLogits(of: batch().labelled.images).argmax().integers() == [0, 1, 2, 0, 1, 2])
    // 2, 4 and 8 channels of 4×4 each, or the pixels.
    let count = features == .pixels ? 784 : 14 * 16
    #expect(try weights(recipe, "readout")["output.weight"]?.count == 3 * count)
  }

  @Test func classesAreNeeded() throws {
    #expect(throws: TorchError("images has 0 classes; a classifier needs at least two to tell apart")) {
      try DiscriminatorFeatures(in: Setting(shape: .image(channels: 1, height: 28, width: 28), seed: 1))
    }
  }
}

@Suite struct LinearReadouts {
  init() { Machine.threadCount = 1 }

  /// Features in other units give the same answers, and one example's have a length of about 1.
  @Test func unitsDoNotMatter() throws {
    let features = try Tensor.normal([200, 50], using: RandomGenerator(seed: 1))
    func answers(_ features: Tensor) throws -> Tensor {
      let readout = try LinearReadout(featureCount: 50, classCount: 2, using: RandomGenerator(seed: 2))
      try withoutGradients {
        try readout.output.weight.value.copy(from: .normal([2, 50], using: RandomGenerator(seed: 3)))
      }
      for _ in 0..<300 { try readout.observe(features) }
      return try readout(features)
    }
    let plain = try answers(features)
    #expect(try (plain - answers(features * 100 + 7)).absolute().maximum().item() < 1e-3)
    // Weights of variance 1 on a vector of length √(1 / 1.1): logits of that deviation.
    #expect(abs(try plain.variance().item() - 1 / 1.1) < 0.3)
  }

  @Test func nothingIsDecidedAtFirst() throws {
    let readout = try LinearReadout(featureCount: 3, classCount: 2, using: RandomGenerator(seed: 2))
    #expect(try readout(Tensor([Float(1), 2, 3], shape: [1, 3])).array(of: Float.self) == [0, 0])
  }
}
