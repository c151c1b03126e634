import SparringDatasets
import SparringModels
import SparringObjectives
import SparringTorch
import Testing

@testable import SparringRecipes

@Suite struct VirtualAdversarialSteps {
  init() { Machine.threadCount = 1 }

  func recipe(
    slope: Double = 0, normalization: Normalization = .none,
    _ change: (inout VirtualAdversarial.Options) -> Void = { _ in }
  ) throws -> VirtualAdversarial {
    var (options, family) = (VirtualAdversarial.Options(), FullyConnectedFamily())
    (options.labelledBatchSize, options.unlabelledBatchSize, options.powerIterations) = (4, 6, 2)
    (family.widths, family.normalization, family.leakyReLUSlope) = ([8], normalization, slope)
    change(&options)
    return try VirtualAdversarial(
      options,
      in: Setting(
        shape: .vector(features: 5), classCount: 2, classifier: TrunkConfiguration(family), learningRate: 0.01, seed: 3)
    )
  }

  func batch() throws -> SemiSupervisedBatch {
    let random = try RandomGenerator(seed: 4)
    let positive = try Tensor.normal([2, 5], using: random) + 2
    return SemiSupervisedBatch(
      labelled: LabelledBatch(
        images: try .concatenate([positive, -positive]), labels: try Tensor(indices: [0, 0, 1, 1])),
      unlabelled: try .normal([6, 5], using: random))
  }

  /// Two classes and a linear classifier: the answer depends on x along w₁ − w₀ alone.
  @Test func theDirectionIsTheMostSensitiveOne() throws {
    let recipe = try recipe(slope: 1)
    let network = recipe.classifier.network
    let state = network.state
    let (first, last) = (try #require(state["trunk.layers.0.linear.weight"]), try #require(state["output.weight"]))
    let normal = try withoutGradients { try (last.narrowed(1..<2) - last.narrowed(0..<1)).matmul(first) }
    let images = try batch().unlabelled
    let directions = try recipe.smoothness.mostSensitiveDirection(
      of: network, at: images, answers: network(images).detached())
    let cosines = try (directions * (normal / normal.norm())).sum(1).absolute()
    #expect(try cosines.minimum().item() > 0.999)
    #expect(try (directions.norm(1) - 1).absolute().maximum().item() < 1e-5)
  }

  /// Moved that far along it, an image's answer changes more than along random directions.
  @Test func theDirectionBeatsRandomOnes() throws {
    let recipe = try recipe(slope: 0.1)
    let images = try batch().unlabelled
    let answers = try recipe.classifier.network(images).detached()
    func change(_ directions: Tensor) throws -> Double {
      try withoutGradients {
        try ClassificationLoss.divergence(of: recipe.classifier.network(images + directions * 0.5), from: answers)
          .item()
      }
    }
    let found = try change(
      recipe.smoothness.mostSensitiveDirection(
        of: recipe.classifier.network, at: images, answers: answers))
    let random = try RandomGenerator(seed: 5)
    for _ in 0..<20 {
      let direction = try Tensor.normal([6, 5], using: random)
      #expect(try found > change(direction / direction.norm(1).reshaped(-1, 1)))
    }
  }

  /// Images moved against the classifier are none that inference will see.
  @Test func onlyRealImagesCountInTheStatistics() throws {
    let recipe = try recipe(normalization: .batch)
    let network = recipe.classifier.network
    let mean = try #require(network.state["trunk.layers.0.norm.running_mean"])
    let sums = try withoutGradients {
      try batch().unlabelled.matmul(try #require(network.state["trunk.layers.0.linear.weight"]).transposed()).mean(0)
    }
    _ = try recipe.step(batch(), at: StepTime())
    #expect(try (mean - sums * 0.1).absolute().maximum().item() < 1e-5, "one batch, a tenth of its mean")
  }

  @Test func theClassifierLearns() throws {
    let recipe = try recipe { $0.entropyWeight = 1 }
    let first = try recipe.step(batch(), at: StepTime()).values.map { try $0.value.item() }
    for _ in 0..<100 { _ = try recipe.step(batch(), at: StepTime()) }
    let last = try recipe.step(batch(), at: StepTime())
    #expect(try last.values[0].value.item() < first[0] / 2)
    #expect(try last.values[2].value.item() < first[2], "the answers become sure")
    #expect(last.imagePasses == 4 + (2 + 2) * 6)
  }
}
