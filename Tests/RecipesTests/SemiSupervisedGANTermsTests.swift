import SparringDatasets
import SparringModels
import SparringObjectives
import SparringTorch
import Testing

@testable import SparringRecipes

/// What can be added to the plain method, each by itself.
@Suite struct SemiSupervisedGANTerms {
  init() { Machine.threadCount = 1 }

  func setting(_ augmentation: Augmentation = .none) throws -> Setting {
    Setting(
      shape: .image(channels: 1, height: 8, width: 8), classCount: 3,
      classifier: TrunkConfiguration(ConvolutionalFamily(widths: [4, 6])),
      generator: DCGANGeneratorFamily(width: 2), latentSize: 4, augmentation: augmentation, learningRate: 0.01, seed: 3)
  }

  func recipe(_ change: (inout SemiSupervisedGAN.Options) -> Void) throws -> SemiSupervisedGAN {
    var options = SemiSupervisedGAN.Options()
    (options.labelledBatchSize, options.unlabelledBatchSize, options.generator.batchSize) = (3, 8, 6)
    change(&options)
    return try SemiSupervisedGAN(options, in: setting())
  }

  func batch() throws -> SemiSupervisedBatch {
    let random = try RandomGenerator(seed: 4)
    return SemiSupervisedBatch(
      labelled: LabelledBatch(
        images: try .uniform([3, 1, 8, 8], low: -1, high: 1, using: random), labels: try Tensor(indices: [0, 1, 2])),
      unlabelled: try .uniform([8, 1, 8, 8], low: -1, high: 1, using: random))
  }

  static let terms: [(name: String, loss: String?, change: @Sendable (inout SemiSupervisedGAN.Options) -> Void)] = [
    ("smoothness", "smoothness", { $0.smoothnessWeight = 1 }),
    ("entropy", "entropy", { $0.entropyWeight = 1 }),
    ("balance", "imbalance", { $0.balanceWeight = 1 }),
    ("manifold", "manifold", { $0.manifoldWeight = 1 }),
    ("pull-away", nil, { $0.matching.pullAwayWeight = 1 }),
    ("complement", nil, { $0.matching.complementWeight = 1 }),
    ("all layers", nil, { $0.matching.matchesAllLayers = true }),
    ("averages", nil, { ($0.generator.averageDecay, $0.matching.showsAverage) = (0.9, true) }),
  ]

  /// A term has its loss reported, changes what is learned, and stays away where it has no weight.
  @Test(arguments: terms.indices)
  func eachTermTakesPart(index: Int) throws {
    let (plain, changed) = (try recipe { _ in }, try recipe(Self.terms[index].change))
    var names: [String] = []
    for _ in 0..<3 {
      _ = try plain.step(batch(), at: StepTime())
      names = try changed.step(batch(), at: StepTime()).values.map(\.name)
    }
    #expect(names == ["classifier", "discriminator", "generator"] + [Self.terms[index].loss].compactMap { $0 })
    func numbers(_ recipe: SemiSupervisedGAN) throws -> [Float] {
      try recipe.networks.flatMap {
        try $0.value.state.sorted { $0.key < $1.key }.flatMap { try $0.value.array(of: Float.self) }
      }
    }
    let (before, after) = (try numbers(plain), try numbers(changed))
    #expect(before != after && after.allSatisfy(\.isFinite))
  }

  /// The step along the manifold has its length, in the direction in which the generator moves.
  @Test func theStepAlongTheManifold() throws {
    let (setting, recipe) = (try setting(), try recipe { _ in })
    let manifold = try ManifoldSmoothness(step: 1.5, augments: true, in: setting)
    let latents = try Tensor.normal([6, 4], using: RandomGenerator(seed: 5))
    let examples = try withoutGradients { try recipe.generator.network(latents) }
    let moved = try manifold.moved(examples, latents: latents, by: recipe.generator.network)
    let lengths = try (moved - examples).flattened().norm(1)
    #expect(try (lengths - 1.5).absolute().maximum().item() < 1e-4)
  }

  @Test func tangentsAreNotThoseOfAugmentedImages() throws {
    let turned = Augmentation(maximumShift: 2)
    #expect(throws: TorchError.self) { try ManifoldSmoothness(step: 1, augments: true, in: setting(turned)) }
    #expect(throws: Never.self) { try ManifoldSmoothness(step: 1, augments: false, in: setting(turned)) }
  }

  @Test func averagesNeedADecay() throws {
    #expect(
      throws: TorchError("options.matching.showsAverage needs an average: set options.generator.averageDecay")
    ) { try recipe { $0.matching.showsAverage = true } }
  }

  /// Salimans and Kingma's initialisation: each layer's sums have mean 0 and deviation 1.
  @Test(arguments: [Normalization.none, .weight])
  func firstImagesScaleTheLayers(normalization: Normalization) throws {
    let family = ConvolutionalFamily(widths: [4, 6], normalization: normalization)
    let classifier = try Classifier(
      TrunkConfiguration(family), exampleShape: [1, 8, 8], classCount: 3, using: RandomGenerator(seed: 1),
      noise: RandomGenerator(seed: 2))
    let images = try Tensor.uniform([64, 1, 8, 8], low: -1, high: 0.5, using: RandomGenerator(seed: 3))
    try classifier.initialize(by: images)
    let logits = try classifier(images)
    #expect(try logits.mean(0).absolute().maximum().item() < 1e-4)
    #expect(try (logits.variance(0).squareRoot() - 1).absolute().maximum().item() < 1e-2)
    // Before the leaky ReLU with slope 0.1 the deviation is 1, so after it the mean square is about (1 + 0.01) / 2.
    let first = try classifier.layers(of: images)[0]
    #expect(abs(try first.squared().mean().item() - 0.505) < 0.1)
  }

  @Test func aFamilyWithoutInitialisationSaysSo() throws {
    let classifier = try Classifier(
      TrunkConfiguration(ResidualFamily()), exampleShape: [1, 8, 8], classCount: 3, using: RandomGenerator(seed: 1),
      noise: RandomGenerator(seed: 2))
    #expect(
      throws: TorchError("data-dependent initialisation is for the convolutional and fully-connected families")
    ) { try classifier.initialize(by: Tensor.zeros([2, 1, 8, 8])) }
  }
}

@Suite struct LadderRecipe {
  init() { Machine.threadCount = 1 }

  /// Two clouds, two labels each: the ladder names its labels and the rest of each cloud.
  @Test func namesCloudsFromFewLabels() throws {
    var (options, family) = (LadderNetwork.Options(), FullyConnectedFamily())
    (options.labelledBatchSize, options.unlabelledBatchSize, options.classifier.averageDecay) = (4, 40, 0.9)
    family.widths = [8]
    let recipe = try LadderNetwork(
      options,
      in: Setting(
        shape: .vector(features: 6), classCount: 2, classifier: TrunkConfiguration(family), learningRate: 0.01, seed: 3)
    )
    let random = try RandomGenerator(seed: 4)
    let centre = try Tensor([Float(1), -1, 1, -1, 1, -1], shape: [1, 6])
    func cloud(_ count: Int, _ side: Double) throws -> Tensor {
      try Tensor.normal([count, 6], using: random) * 0.4 + centre * side
    }
    let batch = SemiSupervisedBatch(
      labelled: LabelledBatch(
        images: try .concatenate([cloud(2, 1), cloud(2, -1)]), labels: try Tensor(indices: [0, 0, 1, 1])),
      unlabelled: try .concatenate([cloud(20, 1), cloud(20, -1)]))
    var losses: [Double] = []
    for _ in 0..<150 {
      losses.append(try recipe.step(batch, at: StepTime()).values.map { try $0.value.item() }.reduce(0, +))
    }
    #expect(losses.last.map { $0 < losses[0] / 2 } == true)
    let answers = try recipe.classLogits(of: batch.unlabelled).argmax().integers()
    #expect(answers == [Int](repeating: 0, count: 20) + [Int](repeating: 1, count: 20))
  }
}
