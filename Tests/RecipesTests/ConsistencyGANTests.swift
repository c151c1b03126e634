import SparringDatasets
import SparringModels
import SparringTorch
import Testing

@testable import SparringRecipes

/// The sum of two recipes: without one's part, it takes the other's step.
@Suite struct ConsistencyGANSteps {
  let setting = Setting(
    shape: .image(channels: 1, height: 12, width: 12), classCount: 3,
    classifier: TrunkConfiguration(ConvolutionalFamily(widths: [4, 8], normalization: .batch)),
    generator: DCGANGeneratorFamily(width: 2), latentSize: 4, augmentation: Augmentation(maximumShift: 2),
    learningRate: 0.01, seed: 3)

  init() { Machine.threadCount = 1 }

  func batch() throws -> SemiSupervisedBatch {
    let random = try RandomGenerator(seed: 4)
    return SemiSupervisedBatch(
      labelled: LabelledBatch(
        images: try .uniform([6, 1, 12, 12], low: -1, high: 1, using: random),
        labels: try Tensor(indices: [0, 1, 2, 0, 1, 2])),
      unlabelled: try .uniform([8, 1, 12, 12], low: -1, high: 1, using: random))
  }

  func weights(_ recipe: some Recipe, _ name: String) throws -> [String: [Float]] {
    let network = try #require(recipe.networks.first { $0.name == name }).value
    return try network.state.mapValues { try $0.array(of: Float.self) }
  }

  func both(_ change: (inout ConsistencyGAN.Options) -> Void) throws -> ConsistencyGAN {
    var options = ConsistencyGAN.Options()
    (options.pseudoLabelThreshold, options.adversarialWeight) = (0.2, 1)
    change(&options)
    return try ConsistencyGAN(options, in: setting)
  }

  @Test func withoutPseudoLabelsItIsTheGAN() throws {
    let sum = try both { $0.pseudoLabelWeight = 0 }
    let gan = try SemiSupervisedGAN(in: setting)
    for _ in 0..<2 {
      _ = try sum.step(batch(), at: StepTime())
      _ = try gan.step(batch(), at: StepTime())
    }
    #expect(try weights(sum, "classifier") == weights(gan, "classifier"))
    #expect(try weights(sum, "generator") == weights(gan, "generator"))
  }

  @Test func withoutTheGeneratorsPartItIsConsistency() throws {
    let sum = try both { $0.adversarialWeight = 0 }
    var options = Consistency.Options()
    options.pseudoLabelThreshold = 0.2
    let alone = try Consistency(options, in: setting)
    for _ in 0..<2 {
      _ = try sum.step(batch(), at: StepTime())
      _ = try alone.step(batch(), at: StepTime())
    }
    #expect(try weights(sum, "classifier") == weights(alone, "classifier"))
  }

  @Test func bothPartsTakePart() throws {
    let (sum, gan) = (try both { _ in }, try SemiSupervisedGAN(in: setting))
    let losses = try sum.step(batch(), at: StepTime())
    _ = try gan.step(batch(), at: StepTime())
    #expect(try weights(sum, "classifier") != weights(gan, "classifier"))
    #expect(losses.values.count == 5 && losses.imagePasses == 6 + 2 * 8 + 2 * 64)
  }

  /// Generated images are changed like real ones where asked, and the generator still learns through the change.
  @Test func generatedImagesAreAugmented() throws {
    let (plain, augmented) = (
      try both { $0.generator.augments = false }, try both { $0.generator.augments = true }
    )
    for recipe in [plain, augmented] { _ = try recipe.step(batch(), at: StepTime()) }
    #expect(try weights(plain, "generator") != weights(augmented, "generator"))
    let fresh = try both { _ in }
    #expect(try weights(augmented, "generator") != weights(fresh, "generator"))
  }
}
