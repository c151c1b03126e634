import SparringDatasets
import SparringModels
import SparringTorch
import Testing

@testable import SparringRecipes

/// A generator first, then the classes.
@Suite struct DataAugmentingGANSteps {
  let setting = Setting(
    shape: .image(channels: 1, height: 12, width: 12), classCount: 3,
    classifier: TrunkConfiguration(ConvolutionalFamily(widths: [4, 8], normalization: .batch)),
    generator: DCGANGeneratorFamily(width: 2), latentSize: 4, augmentation: Augmentation(maximumShift: 2),
    learningRate: 0.01, seed: 3)

  init() { Machine.threadCount = 1 }

  func batch() throws -> LabelledBatch {
    LabelledBatch(
      images: try .uniform([6, 1, 12, 12], low: -1, high: 1, using: RandomGenerator(seed: 4)),
      labels: try Tensor(indices: [0, 1, 2, 0, 1, 2]))
  }

  func weights(_ recipe: some Recipe, _ name: String) throws -> [String: [Float]] {
    let network = try #require(recipe.networks.first { $0.name == name }).value
    return try network.state.mapValues { try $0.array(of: Float.self) }
  }

  func recipe(_ change: (inout DataAugmentingGAN.Options) -> Void) throws -> DataAugmentingGAN {
    var options = DataAugmentingGAN.Options()
    options.generator.batchSize = 5
    change(&options)
    return try DataAugmentingGAN(options, in: setting)
  }

  @Test func withoutGeneratedImagesItIsSupervised() throws {
    let recipe = try recipe { ($0.augmenterShare, $0.syntheticWeight) = (0, 0) }
    let alone = try Supervised(in: setting)
    for _ in 0..<3 {
      let losses = try recipe.step(batch(), at: StepTime())
      #expect(losses.values.map(\.name) == ["classifier", "discriminator", "generator"])
      _ = try alone.step(batch(), at: StepTime())
    }
    #expect(try weights(recipe, "classifier") == weights(alone, "classifier"))
    #expect(try recipe.classLogits(of: batch().images).shape == [6, 3])
  }

  /// No class is learnt before the generator is trained, and the generator rests afterwards.
  @Test func theGeneratorComesFirst() throws {
    let recipe = try recipe { $0.augmenterShare = 0.5 }
    func state() throws -> [[String: [Float]]] {
      try ["classifier", "sourceHead", "generator"].map { try weights(recipe, $0) }
    }
    let before = try state()
    _ = try recipe.step(batch(), at: StepTime(progress: 0.4))
    let middle = try state()
    #expect(middle[0]["output.weight"] == before[0]["output.weight"], "the last layer has not begun")
    #expect(middle[0] != before[0] && middle[1] != before[1] && middle[2] != before[2])

    let other = try self.recipe { $0.augmenterShare = 0.5 }
    let head = try weights(other, "sourceHead")
    let image = try other.generateImages(from: .ones([3, 4])).array(of: Float.self)
    let losses = try other.step(batch(), at: StepTime(progress: 0.5))
    #expect(try weights(other, "sourceHead") == head)
    let trained = try other.generator.network.trainedParameters.map { try $0.value.array(of: Float.self) }
    let fresh = try self.recipe { _ in }.generator.network.trainedParameters.map { try $0.value.array(of: Float.self) }
    #expect(trained == fresh && image.count == 3 * 144)
    #expect(try weights(other, "classifier")["output.weight"] != before[0]["output.weight"])
    #expect(losses.values.map(\.name) == ["classifier", "synthetic", "discriminator", "generator"])
    #expect(losses.imagePasses == 6 + 2 * 5)
  }

  @Test func generatedImagesTeachTheClasses() throws {
    let (with, without) = (
      try recipe { $0.augmenterShare = 0 }, try recipe { ($0.augmenterShare, $0.syntheticWeight) = (0, 0) }
    )
    for recipe in [with, without] { _ = try recipe.step(batch(), at: StepTime()) }
    #expect(try weights(with, "classifier") != weights(without, "classifier"))
  }

  @Test func aSwitchIsExact() throws {
    for (share, progress, expected) in [(0.0, 0.0, 1.0), (0.3, 0.299, 0), (0.3, 0.3, 1), (0.3, 0.9, 1), (1, 0.999, 0)] {
      let value = try StepTime(progress: progress).switched(at: share)
      #expect(try value.item() == expected && value.dtype == .float32, "\(share) at \(progress)")
    }
  }
}
