import SparringDatasets
import SparringModels
import SparringTorch
import Testing

@testable import SparringRecipes

@Suite struct Rotations {
  init() { Machine.threadCount = 1 }

  @Test func imagesAreTurnedCounterclockwise() throws {
    let image = try Tensor([Float(1), 2, 3, 4], shape: [1, 1, 2, 2])
    func turned(_ quarters: Int) throws -> [Float] { try image.turned(quarters).contiguous().array(of: Float.self) }
    #expect(try turned(0) == [1, 2, 3, 4])
    #expect(try turned(1) == [2, 4, 1, 3])
    #expect(try turned(2) == [4, 3, 2, 1])
    #expect(try turned(3) == [3, 1, 4, 2])
  }

  private func recipe(_ shape: ExampleShape, weight: Double, batch: Int = 4) throws -> ConsistencyGAN {
    var options = ConsistencyGAN.Options()
    (options.rotationWeight, options.generator.batchSize) = (weight, 4)
    options.unlabelledBatchSize = batch
    return try ConsistencyGAN(
      options,
      in: Setting(
        shape: shape, classCount: 2,
        classifier: TrunkConfiguration(ConvolutionalFamily(widths: [4, 8], normalization: .batch)),
        generator: DCGANGeneratorFamily(width: 2), latentSize: 4, learningRate: 0.01, seed: 3))
  }

  /// Bright at the top, dark below: which way up an image is can be learnt, and the head is trained along.
  @Test func whichWayUpIsLearnt() throws {
    let recipe = try recipe(.image(channels: 1, height: 8, width: 8), weight: 1, batch: 16)
    let random = try RandomGenerator(seed: 1)
    let slope = try (Tensor.range(to: 8, dtype: .float32).reshaped(1, 1, 8, 1) * -0.25 + 0.9)
    func images(_ count: Int) throws -> Tensor {
      try slope + Tensor.uniform([count, 1, 8, 8], low: -0.1, high: 0.1, using: random)
    }
    var losses: [Double] = []
    for _ in 0..<150 {
      let batch = SemiSupervisedBatch(
        labelled: LabelledBatch(images: try images(4), labels: try Tensor(indices: [0, 1, 0, 1])),
        unlabelled: try images(16))
      let step = try recipe.step(batch, at: StepTime())
      losses.append(try #require(step.values.first { $0.quantity == .rotation }).value.item())
      #expect(step.imagePasses == 20 + 16 + 8 + 4)
    }
    #expect(losses[0] > 1 && losses[149] < 0.3, "\(losses[0]) \(losses[149])")
    #expect(recipe.parts.optimizers.map(\.name).contains { $0.contains("rotation") }, "saved with the rest")
  }

  @Test func withoutAWeightNothingIsTurned() throws {
    let recipe = try recipe(.image(channels: 1, height: 8, width: 8), weight: 0)
    let batch = SemiSupervisedBatch(
      labelled: LabelledBatch(images: try .zeros([2, 1, 8, 8]), labels: try Tensor(indices: [0, 1])),
      unlabelled: try .zeros([4, 1, 8, 8]))
    #expect(try !recipe.step(batch, at: StepTime()).values.contains { $0.quantity == .rotation })
  }

  /// Images that are not square are left or turned by 180°.
  @Test func anyShapeCanBeTurned() throws {
    let recipe = try recipe(.image(channels: 1, height: 8, width: 12), weight: 1)
    let batch = SemiSupervisedBatch(
      labelled: LabelledBatch(images: try .zeros([2, 1, 8, 12]), labels: try Tensor(indices: [0, 1])),
      unlabelled: try .zeros([4, 1, 8, 12]))
    #expect(try recipe.step(batch, at: StepTime()).values.contains { $0.quantity == .rotation })
  }

  /// Pseudo-labels take the same second task without a generator.
  @Test func pseudoLabelsAloneTakeTurnsToo() throws {
    func recipe(weight: Double) throws -> Consistency {
      var options = Consistency.Options()
      (options.rotationWeight, options.unlabelledBatchSize) = (weight, 16)
      return try Consistency(
        options,
        in: Setting(
          shape: .image(channels: 1, height: 8, width: 8), classCount: 2,
          classifier: TrunkConfiguration(ConvolutionalFamily(widths: [4, 8], normalization: .batch)), seed: 3))
    }
    let batch = SemiSupervisedBatch(
      labelled: LabelledBatch(images: try .zeros([2, 1, 8, 8]), labels: try Tensor(indices: [0, 1])),
      unlabelled: try Tensor.normal([16, 1, 8, 8], using: RandomGenerator(seed: 1)))
    let turning = try recipe(weight: 1)
    let head = try #require(turning.parts.optimizers.first { $0.name.contains("rotation") }).value
    let before = try head.parameters[0].value.array(of: Float.self)
    let losses = try turning.step(batch, at: StepTime())
    #expect(losses.values.contains { $0.quantity == .rotation } && losses.imagePasses == 18 + 16 + 4)
    #expect(try head.parameters[0].value.array(of: Float.self) != before)
    let plain = try recipe(weight: 0)
    #expect(try !plain.step(batch, at: StepTime()).values.contains { $0.quantity == .rotation })
    #expect(plain.parts.optimizers.count == turning.parts.optimizers.count - 1)
    // The task moves the classifier, too.
    func trunk(_ recipe: Consistency) throws -> [Float] {
      try recipe.classifier.parameters[0].array(of: Float.self)
    }
    #expect(try trunk(plain) != trunk(turning))
  }
}
