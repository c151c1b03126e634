import SparringDatasets
import SparringModels
import SparringTorch
import Testing

@testable import SparringRecipes

/// Three players and their pairs.
@Suite struct TripleGANSteps {
  static var setting: Setting {
    Setting(
      shape: .image(channels: 1, height: 12, width: 12), classCount: 3,
      classifier: TrunkConfiguration(ConvolutionalFamily(widths: [4, 8], normalization: .batch)),
      generator: DCGANGeneratorFamily(width: 2), latentSize: 4, discriminator: DCGANFamily(width: 4),
      augmentation: Augmentation(maximumShift: 2), learningRate: 0.01, seed: 3)
  }

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

  func triple(
    in setting: Setting = Self.setting, _ change: (inout TripleGAN.Options) -> Void = { _ in }
  ) throws -> TripleGAN {
    var options = TripleGAN.Options()
    (options.pseudoLabelThreshold, options.generator.batchSize) = (0.2, 5)
    change(&options)
    return try TripleGAN(options, in: setting)
  }

  /// Every class is asked for twice, and what the generator pays falls as the two images part.
  @Test func classesAreAskedForTwice() throws {
    let seeking = ModeSeeking(weight: 0.5)
    #expect(try seeking.asked(Tensor(indices: [2, 0, 1, 1])).integers() == [2, 0, 2, 0])
    #expect(try seeking.asked(Tensor(indices: [2, 0, 1, 1, 3])).integers() == [2, 0, 2, 0, 2])
    #expect(try ModeSeeking(weight: 0).asked(Tensor(indices: [2, 0, 1])).integers() == [2, 0, 1])
    let latents = try Tensor([Float(0), 1, 2, 3, 9], shape: [5, 1])
    let (alike, apart) = (
      try Tensor([Float(1), 1, 1.5, 1.5, 7], shape: [5, 1]), try Tensor([Float(1), 1, 3, 3, 7], shape: [5, 1])
    )
    // Latents are 2 apart in the mean, images 0.5 and 2: 0.5·4 and 0.5·1.
    #expect(try abs(#require(try seeking.loss(examples: alike, latents: latents)).item() - 2) < 1e-3)
    #expect(try abs(#require(try seeking.loss(examples: apart, latents: latents)).item() - 0.5) < 1e-3)
    #expect(try ModeSeeking(weight: 0).loss(examples: alike, latents: latents) == nil)
  }

  @Test func withoutTheGameItIsConsistency() throws {
    let triple = try triple { ($0.adversarialWeight, $0.syntheticWeight) = (0, 0) }
    // Before its beginning the game has no weight either.
    let early = try self.triple { ($0.adversarialWeight, $0.syntheticWeight, $0.gameStart) = (1, 1, 0.4) }
    var options = Consistency.Options()
    options.pseudoLabelThreshold = 0.2
    let alone = try Consistency(options, in: Self.setting)
    for _ in 0..<3 {
      let losses = try triple.step(batch(), at: StepTime(progress: 0.9))
      #expect(losses.values.map(\.name) == ["classifier", "agreement", "trust", "discriminator", "generator"])
      _ = try early.step(batch(), at: StepTime(progress: 0.3))
      _ = try alone.step(batch(), at: StepTime(progress: 0.9))
    }
    #expect(try weights(triple, "classifier") == weights(alone, "classifier"))
    #expect(try weights(early, "classifier") == weights(alone, "classifier"))
  }

  @Test func eachPartOfTheGameMovesTheClassifier() throws {
    let both = try triple { ($0.adversarialWeight, $0.syntheticWeight) = (1, 1) }
    let adversarial = try triple { ($0.adversarialWeight, $0.syntheticWeight) = (1, 0) }
    let synthetic = try triple { ($0.adversarialWeight, $0.syntheticWeight) = (0, 1) }
    let neither = try triple { ($0.adversarialWeight, $0.syntheticWeight) = (0, 0) }
    let recipes = [both, adversarial, synthetic, neither]
    // Of the first step's judgements no class has a say, so that they move no classifier.
    for recipe in recipes { for _ in 0..<3 { _ = try recipe.step(batch(), at: StepTime(progress: 0.9)) } }
    let found = try recipes.map { try weights($0, "classifier") }
    for first in found.indices { for second in 0..<first { #expect(found[first] != found[second]) } }
    let losses = try both.step(batch(), at: StepTime(progress: 0.9))
    #expect(
      losses.values.map(\.name) == [
        "classifier", "agreement", "trust", "synthetic", "deception", "discriminator", "generator",
      ])
    #expect(losses.imagePasses == 2 * 14 + 8 + 3 * 5)
  }

  /// The losses of the two adversaries, worked out from the networks as they stand before the step.
  @Test(arguments: [0.0, 0.9, 1.0]) func pairsAreJudged(namedShare: Double) throws {
    let setting = Setting(
      shape: .image(channels: 1, height: 12, width: 12), classCount: 3,
      classifier: TrunkConfiguration(ConvolutionalFamily(widths: [4, 8])), generator: DCGANGeneratorFamily(width: 2),
      latentSize: 4, discriminator: DCGANFamily(width: 4), learningRate: 0.01, seed: 3)
    let recipe = try triple(in: setting) {
      ($0.namedPairShare, $0.alignsPseudoLabels, $0.classifier.averageDecay) = (namedShare, false, 0)
    }
    let batch = try batch()
    let vectors = try #require(recipe.discriminator.network.classVectors).weight.value
    try withoutGradients { try vectors.copy(from: .normal(vectors.shape, using: RandomGenerator(seed: 9))) }
    let asked = try ModeSeeking(weight: TripleGAN.Options().modeSeekingWeight).asked(
      batch.labelled.labels.indexSelect(
        .randomIntegers([5], in: 0..<6, using: setting.random("classes asked for"))))
    let latents = try Tensor.normal([5, 4], using: setting.random("latents"))
    let (discriminator, expected) = try withoutGradients { () throws -> (Double, Double) in
      let fakes = try recipe.generator.network(latents, labels: asked)
      let judge = recipe.discriminator.network
      func judged(_ images: Tensor, _ labels: [Int]) throws -> [Double] {
        try judge(images, labels: Tensor(indices: labels)).array(of: Double.self)
      }
      func mean(_ numbers: [Double]) -> Double { numbers.reduce(0, +) / Double(numbers.count) }
      let probabilities = try recipe.classifier.network(batch.unlabelled).softmax()
      let shares = try probabilities.array(of: Double.self)
      let real = try judged(batch.labelled.images, [0, 1, 2, 0, 1, 2]).map { max(0, 1 - $0) }
      let named = try judged(batch.unlabelled, probabilities.argmax().integers()).map { max(0, 1 - $0) }
      let everyClass = try (0..<3).map { try judged(batch.unlabelled, [Int](repeating: $0, count: 8)) }
      var made = [Double](repeating: 0, count: 8)
      for row in 0..<8 {
        for label in 0..<3 { made[row] += shares[3 * row + label] * max(0, 1 + everyClass[label][row]) }
      }
      let fake = try judged(fakes, asked.integers())
      let truths: Double = mean(real) * (1 - namedShare) + mean(named) * namedShare
      let seenThrough: Double = 0.5 * mean(made) + 0.5 * mean(fake.map { max(0, 1 + $0) })
      return (truths + seenThrough, -mean(fake))
    }
    let losses = try recipe.step(batch, at: StepTime()).values
    func value(_ name: String) throws -> Double { try #require(losses.first { $0.name == name }).value.item() }
    #expect(abs(try value("discriminator") - discriminator) < 1e-4)
    #expect(abs(try value("generator") - expected) < 1e-4)
  }

  /// One backward pass through the discriminator gives what two give: the gradients as the optimisers have met them.
  @Test func theSharedPassEqualsTwoPlainOnes() throws {
    let recipes = try [triple(), triple()]
    #expect(!recipes[0].mixesExamples)
    recipes[1].mixesExamples = true
    for recipe in recipes {
      let vectors = try #require(recipe.discriminator.network.classVectors).weight.value
      try withoutGradients { try vectors.copy(from: .normal(vectors.shape, using: RandomGenerator(seed: 9))) }
      _ = try recipe.step(batch(), at: StepTime())
    }
    for player in ["generator", "discriminator"] {
      let states = try recipes.map { try #require($0.optimizers.first { $0.name == player }).value.state() }
      let moments = states[0].filter { $0.key.hasSuffix("first_moment") }
      // Of the network's largest: a bias before a batch normalisation has rounding errors for a gradient.
      let scale = try moments.values.map { try $0.absolute().maximum().item() }.max() ?? 0
      #expect(scale > 0)
      for (path, moment) in moments {
        let error = try (moment - #require(states[1][path])).absolute().maximum().item()
        #expect(error < 1e-4 * scale, "\(player): \(path)")
      }
    }
  }

  /// A discriminator that normalises by batches takes two plain passes, and trains.
  @Test func discriminatorsThatMixExamplesTrain() throws {
    var model = ModelConfiguration()
    model.classifier = TrunkConfiguration(ConvolutionalFamily(widths: [4, 8]))
    model.generator = GeneratorConfiguration(DCGANGeneratorFamily(width: 2), latentSize: 4)
    model.discriminator = TrunkConfiguration(ConvolutionalFamily(widths: [4, 8], normalization: .batch))
    let setting = Setting(
      data: DataFacts(name: "x", shape: .image(channels: 1, height: 12, width: 12), classNames: ["a", "b", "c"]),
      model: model, seed: 1)
    let recipe = try triple(in: setting)
    let before = try ["generator", "discriminator"].map { try weights(recipe, $0) }
    let losses = try recipe.step(batch(), at: StepTime(progress: 1))
    #expect(try losses.values.allSatisfy { try $0.value.isFinite() })
    #expect(try ["generator", "discriminator"].map { try weights(recipe, $0) } != before)
  }

  /// The penalty moves the discriminator alone, and none of the losses that are shown.
  @Test func aSlopeIsPaidFor() throws {
    let recipes = try [0.0, 50].map { weight in try triple { $0.r1Penalty = weight } }
    let losses = try recipes.map { recipe in
      try recipe.step(batch(), at: StepTime(progress: 0.9)).values.map { try $0.value.item() }
    }
    #expect(losses[0] == losses[1])
    for name in ["classifier", "generator"] { #expect(try weights(recipes[0], name) == weights(recipes[1], name)) }
    #expect(try weights(recipes[0], "discriminator") != weights(recipes[1], "discriminator"))
  }

  @Test func imagesOfEveryClassInTurn() throws {
    let recipe = try triple()
    let latents = try Tensor.normal([1, 4], using: RandomGenerator(seed: 2)).expanded([7, 4])
    let images = try recipe.generateImages(from: latents)
    #expect(images.shape == [7, 1, 12, 12])
    func image(_ place: Int) throws -> [Float] { try images.narrowed(place..<place + 1).array(of: Float.self) }
    #expect(try image(0) == image(3) && image(2) == image(5))
    #expect(try image(0) != image(1) && image(1) != image(2))
  }
}
