import SparringDatasets
import SparringModels
import SparringTorch
import Testing

@testable import SparringRecipes

/// The recipes whose generators are asked for a class, on three clouds of points.
@Suite struct ClassGenerators {
  let centres: [[Float]] = [[2, 0], [-2, 2], [-1, -2]]

  init() { Machine.threadCount = 1 }

  var setting: Setting {
    var (family, model) = (FullyConnectedFamily(), ModelConfiguration())
    (family.widths, family.normalization, family.leakyReLUSlope) = ([32], .none, 0.2)
    var generator = FullyConnectedGeneratorFamily()
    generator.widths = [32]
    model.generator = GeneratorConfiguration(generator, latentSize: 3)
    (model.classifier, model.discriminator) = (TrunkConfiguration(family), TrunkConfiguration(family))
    let data = DataFacts(name: "clouds", shape: .vector(features: 2), classNames: ["a", "b", "c"])
    return Setting(data: data, model: model, learningRate: 1e-2, seed: 3)
  }

  func points(_ labels: [Int], using random: RandomGenerator) throws -> Tensor {
    let middle = try Tensor(labels.flatMap { centres[$0] }, shape: [labels.count, 2])
    return try middle + Tensor.normal([labels.count, 2], using: random) * 0.3
  }

  func batch(_ random: RandomGenerator) throws -> SemiSupervisedBatch {
    let labels = [0, 1, 2, 0, 1, 2]
    return SemiSupervisedBatch(
      labelled: LabelledBatch(images: try points(labels, using: random), labels: try Tensor(indices: labels)),
      unlabelled: try points((0..<30).map { $0 % 3 }, using: random))
  }

  func auxiliary(
    _ change: (inout AuxiliaryClassifierGAN.Options) -> Void = { _ in }
  ) throws -> AuxiliaryClassifierGAN {
    var options = AuxiliaryClassifierGAN.Options()
    (options.labelledBatchSize, options.unlabelledBatchSize, options.generator.batchSize) = (6, 30, 30)
    change(&options)
    return try AuxiliaryClassifierGAN(options, in: setting)
  }

  func synthesis(_ change: (inout Synthesis.Options) -> Void = { _ in }) throws -> Synthesis {
    var options = Synthesis.Options()
    (options.labelledBatchSize, options.unlabelledBatchSize, options.generator.batchSize) = (6, 30, 30)
    (options.generator.learningRate, options.discriminator.learningRate) = (2e-3, 2e-3)
    (options.syntheticShare, options.joinsAfter) = (0.5, 0.3)
    change(&options)
    return try Synthesis(options, in: setting)
  }

  func weights(_ recipe: some Recipe, _ name: String) throws -> [String: [Float]] {
    let network = try #require(recipe.networks.first { $0.name == name }).value
    return try network.state.mapValues { try $0.array(of: Float.self) }
  }

  /// How many generated points lie nearest to the centre of the class that was asked for.
  func share(_ recipe: some ClassGeneratorRecipe) throws -> Double {
    let labels = (0..<90).map { $0 % 3 }
    let latents = try Tensor.normal([90, 3], using: RandomGenerator(seed: 8))
    let made = try recipe.generateImages(from: latents, labels: Tensor(indices: labels)).array(of: Float.self)
    let right = labels.indices.filter { index in
      let (x, y) = (made[2 * index], made[2 * index + 1])
      let distances = centres.map { ($0[0] - x) * ($0[0] - x) + ($0[1] - y) * ($0[1] - y) }
      return distances.min() == distances[labels[index]]
    }
    return Double(right.count) / 90
  }

  @Test func theGeneratorMakesTheClassAskedFor() throws {
    let random = try RandomGenerator(seed: 1)
    let (auxiliary, synthesis) = (try auxiliary { $0.generatorClassWeight = 5 }, try synthesis())
    for _ in 0..<400 {
      _ = try auxiliary.step(batch(random), at: StepTime(progress: 0.5))
      _ = try synthesis.step(batch(random), at: StepTime(progress: 0.5))
    }
    let shares = (auxiliary: try share(auxiliary), synthesis: try share(synthesis))
    #expect(shares.auxiliary > 0.6 && shares.synthesis > 0.8, "1/3 by chance: \(shares)")
    let latents = try Tensor.normal([5, 3], using: random)
    let inTurn = try auxiliary.generateImages(from: latents).array(of: Float.self)
    let asked = try auxiliary.generateImages(from: latents, labels: Tensor(indices: [0, 1, 2, 0, 1]))
    #expect(try inTurn == asked.array(of: Float.self), "every class in turn where none is asked for")
  }

  /// Without the generator's part both are the supervised recipe.
  @Test func withoutTheGameTheLabelsAreLeft() throws {
    let random = try RandomGenerator(seed: 1)
    var options = Supervised.Options()
    options.batchSize = 6
    let alone = try Supervised(options, in: setting)
    let auxiliary = try auxiliary { ($0.adversarialWeight, $0.generatedLabelWeight) = (0, 0) }
    let synthesis = try synthesis { $0.joinsAfter = 0.5 }
    for _ in 0..<3 {
      let batch = try batch(random)
      _ = try alone.step(batch.labelled, at: StepTime(progress: 0.4))
      _ = try auxiliary.step(batch, at: StepTime(progress: 0.4))
      _ = try synthesis.step(batch, at: StepTime(progress: 0.4))
    }
    let points = try batch(random).unlabelled
    let expected = try alone.classLogits(of: points)
    #expect(try (auxiliary.classLogits(of: points) - expected).absolute().maximum().item() < 1e-4)
    #expect(try (synthesis.classLogits(of: points) - expected).absolute().maximum().item() < 1e-4)
  }

  @Test(arguments: [(0.0, 1.0), (1.0, 0.0)]) func theFilterDecidesWhatJoins(confidence: Double, kept: Double) throws {
    let recipe = try synthesis { $0.confidence = confidence }
    let losses = try recipe.step(batch(RandomGenerator(seed: 1)), at: StepTime(progress: 0.9))
    let values = try Dictionary(uniqueKeysWithValues: losses.values.map { ($0.name, try $0.value.item()) })
    #expect(values["kept"] == kept && (values["synthetic"] == 0) == (kept == 0), "\(values)")
  }

  /// With generated examples alone the classifier sees no label; another one does, and names what is unlabelled.
  @Test func onGeneratedExamplesAlone() throws {
    let recipe = try synthesis { $0.syntheticShare = 1 }
    #expect(recipe.networks.map(\.name).contains("labeller"))
    #expect(try !synthesis().networks.map(\.name).contains("labeller"))
    let random = try RandomGenerator(seed: 1)
    let before = try weights(recipe, "classifier")
    _ = try recipe.step(batch(random), at: StepTime())
    #expect(try weights(recipe, "classifier") == before, "at first nothing is sure enough to join")
    #expect(try weights(recipe, "labeller") != before)
    for _ in 0..<400 { _ = try recipe.step(batch(random), at: StepTime()) }
    let labels = (0..<30).map { $0 % 3 }
    let named = try recipe.classLogits(of: points(labels, using: random)).argmax().integers()
    #expect(zip(named, labels).filter { $0 == $1 }.count > 27)
  }

  /// Unlabelled examples play only where they are to.
  @Test func namesAreOptional() throws {
    let random = try RandomGenerator(seed: 1)
    let (fixed, others) = (try batch(random), try batch(random))
    let swapped = SemiSupervisedBatch(labelled: fixed.labelled, unlabelled: others.unlabelled)
    for names in [false, true] {
      let (one, other) = (try synthesis { $0.namesUnlabelled = names }, try synthesis { $0.namesUnlabelled = names })
      _ = try one.step(fixed, at: StepTime())
      _ = try other.step(swapped, at: StepTime())
      #expect(try (weights(one, "discriminator") != weights(other, "discriminator")) == names)
    }
  }
}
