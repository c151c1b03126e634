import SparringDatasets
import SparringModels
import SparringTorch
import Testing

@testable import SparringRecipes

/// The game over vectors.
@Suite struct FeatureGANSteps {
  init() { Machine.threadCount = 1 }

  func setting(_ features: Int = 6) -> Setting {
    var model = FeatureGAN.model
    var family = FullyConnectedFamily()
    (family.widths, family.inputNoise, family.hiddenNoise, family.normalization) = ([8, 8], 0.3, 0.5, .weight)
    model.classifier = TrunkConfiguration(family)
    return Setting(
      data: DataFacts(name: "x", shape: .vector(features: features), classNames: ["a", "b", "c"]), model: model,
      learningRate: 0.01, seed: 3)
  }

  func batch() throws -> SemiSupervisedBatch {
    let random = try RandomGenerator(seed: 4)
    return SemiSupervisedBatch(
      labelled: LabelledBatch(
        images: try .normal([6, 6], using: random), labels: try Tensor(indices: [0, 1, 2, 0, 1, 2])),
      unlabelled: try .normal([8, 6], using: random))
  }

  func weights(_ recipe: some Recipe, _ name: String) throws -> [String: [Float]] {
    let network = try #require(recipe.networks.first { $0.name == name }).value
    return try network.state.mapValues { try $0.array(of: Float.self) }
  }

  /// Without its further terms it is the game as it stands.
  @Test func plainlyItIsTheSemiSupervisedGAN() throws {
    let plain = try SemiSupervisedGAN(in: setting())
    var options = FeatureGAN.Options()
    (options.adversarialWeight, options.entropyWeight, options.pseudoLabelWeight) = (1, 0, 0)
    let bare = try FeatureGAN(options, in: setting())
    for _ in 0..<3 {
      _ = try plain.step(batch(), at: StepTime())
      let losses = try bare.step(batch(), at: StepTime())
      #expect(losses.values.map(\.name) == ["classifier", "discriminator", "generator"])
    }
    #expect(try weights(bare, "classifier") == weights(plain, "classifier"))
    #expect(try weights(bare, "generator") == weights(plain, "generator"))
    #expect(try bare.generateImages(from: .zeros([2, 100])).shape == [2, 6])
  }

  @Test func eachTermTakesPart() throws {
    var found: [[String: [Float]]] = []
    for (entropy, pseudoLabels) in [(0.0, 0.0), (0.5, 0), (0, 1), (0.5, 1)] {
      var options = FeatureGAN.Options()
      (options.entropyWeight, options.pseudoLabelWeight, options.pseudoLabelThreshold) = (entropy, pseudoLabels, 0.2)
      let recipe = try FeatureGAN(options, in: setting())
      let losses = try recipe.step(batch(), at: StepTime())
      let names = losses.values.map(\.name)
      #expect(names.contains("entropy") == (entropy > 0) && names.contains("trust") == (pseudoLabels > 0))
      #expect(losses.imagePasses == 14 + 2 * 64 + (pseudoLabels > 0 ? 8 : 0))
      found.append(try weights(recipe, "classifier"))
    }
    for first in found.indices { for second in 0..<first { #expect(found[first] != found[second]) } }
  }

  /// Vectors keep the sizes that the recipe gives them; a recipe of images gets the usual ones.
  @Test func vectorsKeepTheRecipesSizes() throws {
    let kept = try #require(FeatureGAN.model.forVectors.classifier.family as? FullyConnectedFamily)
    #expect(kept.normalization == .weight && kept.inputNoise == 0.1)
    let usual = try #require(SemiSupervisedGAN.model.forVectors.classifier.family as? FullyConnectedFamily)
    #expect(usual == FullyConnectedFamily())
    #expect(SemiSupervisedGAN.model.forVectors.generator.family is FullyConnectedGeneratorFamily)
  }

  /// Two clouds, one label each: the game finds the clouds.
  @Test func theGameLearns() throws {
    let random = try RandomGenerator(seed: 7)
    func cloud(_ count: Int, _ centre: Double) throws -> Tensor {
      try Tensor.normal([count, 6], using: random) * 0.3 + centre
    }
    // A third class never occurs, which a teacher would not believe.
    var options = FeatureGAN.Options()
    (options.adversarialWeight, options.pseudoLabelWeight) = (1, 0)
    let recipe = try FeatureGAN(options, in: setting())
    for _ in 0..<60 {
      _ = try recipe.step(
        SemiSupervisedBatch(
          labelled: LabelledBatch(
            images: .concatenate([cloud(4, -0.7), cloud(4, 0.7)]), labels: Tensor(indices: [0, 0, 0, 0, 1, 1, 1, 1])),
          unlabelled: .concatenate([cloud(8, -0.7), cloud(8, 0.7)])), at: StepTime())
    }
    #expect(try recipe.classLogits(of: cloud(20, -0.7)).argmax().integers().allSatisfy { $0 == 0 })
    #expect(try recipe.classLogits(of: cloud(20, 0.7)).argmax().integers().allSatisfy { $0 == 1 })
  }
}
