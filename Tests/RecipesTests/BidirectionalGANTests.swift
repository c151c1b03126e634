import SparringDatasets
import SparringModels
import SparringTorch
import Testing

@testable import SparringRecipes

@Suite struct BidirectionalGANSteps {
  init() { Machine.threadCount = 1 }

  func setting(features: Int, latentSize: Int, learningRate: Double = 1e-2) -> Setting {
    var (family, model) = (FullyConnectedFamily(), ModelConfiguration())
    (family.widths, family.normalization, family.leakyReLUSlope) = ([32], .none, 0.2)
    var generator = FullyConnectedGeneratorFamily()
    generator.widths = [32]
    model.generator = GeneratorConfiguration(generator, latentSize: latentSize)
    (model.encoder, model.discriminator) = (TrunkConfiguration(family), TrunkConfiguration(family))
    let data = DataFacts(name: "normal", shape: .vector(features: features), classNames: ["low", "high"])
    return Setting(data: data, model: model, learningRate: learningRate, seed: 3)
  }

  func options(_ change: (inout BidirectionalGAN.Options) -> Void = { _ in }) -> BidirectionalGAN.Options {
    var options = BidirectionalGAN.Options()
    (options.labelledBatchSize, options.unlabelledBatchSize, options.generator.batchSize) = (4, 8, 5)
    change(&options)
    return options
  }

  func batch(features: Int = 3) throws -> SemiSupervisedBatch {
    let random = try RandomGenerator(seed: 4)
    return SemiSupervisedBatch(
      labelled: LabelledBatch(
        images: try .normal([4, features], using: random), labels: try Tensor(indices: [0, 1, 0, 1])),
      unlabelled: try .normal([8, features], using: random))
  }

  func weights(_ recipe: some Recipe, _ name: String) throws -> [String: [Float]] {
    let network = try #require(recipe.networks.first { $0.name == name }).value
    return try network.state.mapValues { try $0.array(of: Float.self) }
  }

  /// x = 1 + 2·z with z standard normal, so that the way back is known: (x − 1) / 2, or its mirror image. Where the joint
  /// distributions meet, each way undoes the other, and the generator's spread is the data's.
  @Test func eachWayUndoesTheOther() throws {
    let recipe = try BidirectionalGAN(
      options {
        ($0.unlabelledBatchSize, $0.generator.batchSize, $0.restsAfter) = (128, 128, 1)
        ($0.generator.learningRate, $0.discriminator.learningRate) = (2e-3, 2e-3)
      }, in: setting(features: 1, latentSize: 1))
    let random = try RandomGenerator(seed: 5)
    for step in 0..<1200 {
      let rate = 2e-3 * min(1, 2 * (1 - Double(step) / 1200))
      for optimizer in recipe.optimizers { try optimizer.value.setLearningRate(rate) }
      let labelled = LabelledBatch(
        images: try .normal([4, 1], using: random), labels: try Tensor(indices: [0, 1, 0, 1]))
      let data = try Tensor.normal([128, 1], using: random) * 2 + 1
      _ = try recipe.step(SemiSupervisedBatch(labelled: labelled, unlabelled: data), at: StepTime())
    }
    let latents = try Tensor.normal([1000, 1], using: random)
    let data = try Tensor.normal([1000, 1], using: random) * 2 + 1
    let made = try recipe.generateImages(from: latents)
    let back = try (recipe.codes(of: made) - latents).absolute().mean().item()
    let forth = try (recipe.generateImages(from: recipe.codes(of: data)) - data).absolute().mean().item()
    #expect(back < 0.35, "E(G(z)) is off z by \(back)")
    #expect(forth < 0.6, "G(E(x)) is off x by \(forth)")
    // Codes that say nothing of the examples would be off by 0.8 and 1.6 at least.
    let (mean, deviation) = (try made.mean().item(), try made.variance().squareRoot().item())
    #expect(abs(mean - 1) < 0.6 && abs(deviation - 2) < 0.6, "\(mean), \(deviation)")
    let codes = try recipe.codes(of: data)
    let (centre, spread) = (try codes.mean().item(), try codes.variance().squareRoot().item())
    #expect(abs(centre) < 0.4 && abs(spread - 1) < 0.4, "\(centre), \(spread)")
  }

  /// Until the game rests the labels move the readout alone; then, if they are to, the trunk that gives the features.
  @Test(arguments: BidirectionalGAN.Options.Source.allCases, [false, true])
  func labelsTuneWhatTheyAreToTune(source: BidirectionalGAN.Options.Source, fineTunes: Bool) throws {
    func recipe() throws -> BidirectionalGAN {
      let recipe = try BidirectionalGAN(
        options { ($0.featuresFrom, $0.fineTunes, $0.restsAfter) = (source, fineTunes, 0.5) },
        in: setting(features: 3, latentSize: 2))
      // The readout begins at zero, and says nothing to what stands below it.
      try withoutGradients {
        let weight = try #require(recipe.networks.first { $0.name == "readout" }?.value.state["output.weight"])
        try weight.copy(from: .normal(weight.shape, using: RandomGenerator(seed: 6)))
      }
      return recipe
    }
    let (fresh, late) = (try recipe(), try recipe())
    _ = try late.step(batch(), at: StepTime(progress: 0.7))
    let (tuned, other) = source == .encoder ? ("encoder", "discriminator") : ("discriminator", "encoder")
    #expect(try weights(late, "readout") != weights(fresh, "readout"))
    #expect(try weights(late, other) == weights(fresh, other))
    let (before, after) = (try weights(fresh, tuned), try weights(late, tuned))
    for (path, numbers) in before {
      #expect((after[path] != numbers) == (fineTunes && path.hasPrefix("trunk.")), "\(path)")
    }
  }

  /// An encoder is moved by the game, without a label.
  @Test func theGameMovesAllThree() throws {
    let (recipe, fresh) = (
      try BidirectionalGAN(options(), in: setting(features: 3, latentSize: 2)),
      try BidirectionalGAN(options(), in: setting(features: 3, latentSize: 2))
    )
    let losses = try recipe.step(batch(), at: StepTime())
    #expect(losses.values.map(\.name) == ["classifier", "discriminator", "generator"])
    for name in ["generator", "encoder", "discriminator"] {
      #expect(try weights(recipe, name) != weights(fresh, name), "\(name)")
    }
    #expect(try recipe.classLogits(of: batch().unlabelled).shape == [8, 2])
  }
}
