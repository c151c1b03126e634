import SparringTorch
import Testing

@testable import SparringModels

@Suite struct Generators {
  static let families: [any GeneratorFamily] = [
    DCGANGeneratorFamily(width: 4, maximumWidth: 16), ResidualGeneratorFamily(), FullyConnectedGeneratorFamily(),
  ]

  /// Any size, also odd and not square, with and without classes.
  @Test(
    arguments: families.indices, [[1, 28, 28], [3, 32, 32], [3, 48, 64], [1, 5, 4], [3, 50, 34], [1, 31, 97]])
  func shapes(index: Int, shape: [Int]) throws {
    let random = try RandomGenerator(seed: 1)
    let configuration = GeneratorConfiguration(Self.families[index], latentSize: 6)
    let latents = try Tensor.normal([2, 6], using: random)
    let images = try Generator(configuration, exampleShape: shape, using: random)(latents)
    #expect(images.shape == [2] + shape)
    #expect(try images.absolute().maximum().item() <= 1)
    let conditional = try Generator(configuration, exampleShape: shape, classCount: 3, using: random)
    #expect(try conditional(latents, labels: Tensor(indices: [0, 2])).shape == [2] + shape)
    #expect(throws: TorchError("this generator needs a label for each latent")) { try conditional(latents) }
  }

  @Test func aClassChangesTheImage() throws {
    let random = try RandomGenerator(seed: 1)
    let generator = try Generator(
      GeneratorConfiguration(FullyConnectedGeneratorFamily(), latentSize: 4), exampleShape: [7], classCount: 2,
      using: random)
    let one = try Tensor.normal([1, 4], using: random)
    let both = try generator(.concatenate([one, one]), labels: Tensor(indices: [0, 1]))
    #expect(both.shape == [2, 7])
    #expect(try (both.narrowed(0..<1) - both.narrowed(1..<2)).absolute().maximum().item() > 1e-4)
  }

  /// Without normalisation an image does not depend on those beside it, and every block begins as its shortcut.
  @Test func residualWithoutNormalisation() throws {
    var family = ResidualGeneratorFamily()
    (family.width, family.normalization) = (4, .none)
    let random = try RandomGenerator(seed: 1)
    let generator = try Generator(
      GeneratorConfiguration(family, latentSize: 5), exampleShape: [3, 16, 24], using: random)
    #expect(!generator.mixesExamples && generator.state.keys.allSatisfy { !$0.contains("running") })
    let latents = try Tensor.normal([3, 5], using: random)
    let (together, alone) = (try generator(latents), try generator(latents.narrowed(0..<1)))
    #expect(try (together.narrowed(0..<1) - alone).absolute().maximum().item() < 1e-6)
    let state = generator.state
    #expect(
      try state.filter { $0.key.hasSuffix("second.weight") }.values.allSatisfy { try $0.absolute().sum().item() == 0 })
    #expect(try together.absolute().maximum().item() > 0.01)
    family.normalization = .weight
    #expect(throws: TorchError("model.generator.normalization is weight; a generator has batch or none")) {
      try Generator(GeneratorConfiguration(family), exampleShape: [3, 16, 24], using: random)
    }
  }

  @Test func vectorsAreForTheFullyConnectedFamily() throws {
    #expect(
      throws: TorchError(
        "the dcgan family takes images, not vectors of 7 numbers; set the network's family to fully-connected")
    ) {
      try Generator(
        GeneratorConfiguration(DCGANGeneratorFamily()), exampleShape: [7], using: RandomGenerator(seed: 1))
    }
  }

  @Test func referenceParameterCounts() throws {
    let random = try RandomGenerator(seed: 1)
    // Trained numbers of the published networks, layer by layer.
    let projection = 100 * 8192 + 2 * 8192
    let upsamplings = (16 * 512 * 256 + 3 * 256) + (16 * 256 * 128 + 3 * 128) + (16 * 128 * 64 + 3 * 64)
    let generator = try Generator(
      GeneratorConfiguration(DCGANGeneratorFamily()), exampleShape: [3, 32, 32], using: random)
    #expect(generator.trainedParameterCount == projection + upsamplings + 9 * 64 * 3 + 3)
    let discriminator = try Discriminator(
      TrunkConfiguration(DCGANFamily()), exampleShape: [3, 32, 32], using: random, noise: random)
    #expect(discriminator.trainedParameterCount == 1_792 + 73_856 + 295_168 + 4_096)
    // Two numbers of the normalisation for each bias, but of the first layer, which has none.
    let normalized = try Discriminator(
      TrunkConfiguration(DCGANFamily(width: 64, normalization: .batch)), exampleShape: [3, 32, 32], using: random,
      noise: random)
    #expect(normalized.trainedParameterCount == discriminator.trainedParameterCount + 128 + 256)
    #expect(normalized.mixesExamples && !discriminator.mixesExamples)
  }

  @Test func parameterPathsReadAsInPython() throws {
    let random = try RandomGenerator(seed: 1)
    let discriminator = try Discriminator(
      TrunkConfiguration(DCGANFamily()), exampleShape: [3, 32, 32], using: random, noise: random)
    #expect(discriminator.namedParameters.first?.path == "trunk.convolutions.0.convolution.weight")
    let generator = try Generator(
      GeneratorConfiguration(DCGANGeneratorFamily(width: 2)), exampleShape: [3, 32, 32], using: random)
    #expect(generator.state["body.projection_norm.running_mean"] != nil)
  }
}

@Suite struct Trunks {
  static let families: [any TrunkFamily] = [
    ConvolutionalFamily(widths: [4, 8, 16], normalization: .batch), ResidualFamily(), FastFamily(),
    FullyConnectedFamily(), DCGANFamily(width: 4), ResNet18Family(), InceptionFamily(inputSize: 75),
    DCGANFamily(width: 4, normalization: .batch),
  ]

  static func classifier(_ family: any TrunkFamily, shape: [Int], dropout: Double = 0, seed: UInt64 = 1) throws
    -> Classifier
  {
    let random = try RandomGenerator(seed: seed)
    return try Classifier(
      TrunkConfiguration(family, dropout: dropout), exampleShape: shape, classCount: 7, using: random, noise: random)
  }

  @Test func everyFamilyIsTested() {
    #expect(Set(Self.families.map { type(of: $0).name }) == Set(NetworkFamilies.trunks.map { $0.name }))
    #expect(Set(Generators.families.map { type(of: $0).name }) == Set(NetworkFamilies.generators.map { $0.name }))
  }

  @Test(arguments: families.indices, [[1, 28, 28], [3, 32, 32], [3, 48, 64], [1, 17, 31]])
  func shapes(index: Int, shape: [Int]) throws {
    let classifier = try Self.classifier(Self.families[index], shape: shape, dropout: 0.5)
    let images = try Tensor.normal([3] + shape, using: RandomGenerator(seed: 2))
    #expect(try classifier(images).shape == [3, 7])
    #expect(try classifier.features(of: images).shape == [3, classifier.trunk.featureCount])
  }

  /// The last layer that a trunk shows holds its features.
  @Test(arguments: families.indices)
  func layersEndInTheFeatures(index: Int) throws {
    let trunk = try Self.classifier(Self.families[index], shape: [3, 32, 32]).trunk
    let images = try Tensor.normal([2, 3, 32, 32], using: RandomGenerator(seed: 2))
    let layers = try trunk.layers(of: images, countsInStatistics: false)
    let last = try #require(layers.last)
    let flat = last.rank == 4 ? try last.permuted(0, 2, 3, 1).flattened() : last
    #expect(try (flat - trunk(images, countsInStatistics: false)).absolute().maximum().item() < 1e-5)
    let counts = ["convolutional": 3, "dcgan": 3, "fully-connected": 2]
    #expect(layers.count == counts[type(of: Self.families[index]).name] ?? 1)
  }

  /// What is fused and folded in inference must equal what is computed layer by layer.
  @Test(arguments: families.indices)
  func inferenceFoldsExactly(index: Int) throws {
    let classifier = try Self.classifier(Self.families[index], shape: [3, 32, 32])
    let images = try Tensor.normal([4, 3, 32, 32], using: RandomGenerator(seed: 2))
    for _ in 0..<3 { _ = try classifier(images) }
    let folded = try withoutGradients { try classifier.inInferenceMode { try classifier(images) } }
    let plain = try classifier.inInferenceMode { try classifier(images) }
    #expect(try (folded - plain).absolute().maximum().item() < 1e-4)
  }

  /// Only batch normalisation lets the images of a batch see each other.
  @Test(arguments: families.indices)
  func mixingIsKnown(index: Int) throws {
    let classifier = try Self.classifier(Self.families[index], shape: [3, 32, 32])
    let images = try Tensor.normal([4, 3, 32, 32], using: RandomGenerator(seed: 2))
    let together = try classifier(images)
    let apart = try Tensor.concatenate((0..<2).map { try classifier(images.narrowed(2 * $0..<2 * $0 + 2)) })
    let mixes = try (together - apart).absolute().maximum().item() > 1e-3
    #expect(classifier.mixesExamples == mixes)
    classifier.setTraining(false)
    #expect(!classifier.mixesExamples)
  }

  @Test(arguments: families.indices)
  func examplesThatDoNotCountLeaveTheStatistics(index: Int) throws {
    let classifier = try Self.classifier(Self.families[index], shape: [3, 32, 32])
    let images = try Tensor.normal([4, 3, 32, 32], using: RandomGenerator(seed: 2))
    func buffers() throws -> [[Float]] {
      try classifier.namedParameters.filter { $0.parameter.role == .buffer }.map { try $0.value.array(of: Float.self) }
    }
    let before = try buffers()
    _ = try classifier(images, countsInStatistics: false)
    #expect(try buffers() == before)
    _ = try classifier(images)
    #expect(try before.isEmpty || buffers() != before)
  }

  @Test(arguments: families + [ConvolutionalFamily(widths: [4, 8], normalization: .spectral)])
  func frozenTrunksStayAsTheyAre(family: any TrunkFamily) throws {
    let classifier = try Self.classifier(family, shape: [3, 32, 32])
    try classifier.trunk.freeze()
    let before = try classifier.trunk.state.mapValues { try $0.array(of: Float.self) }
    #expect(classifier.trainedParameters.map(\.path) == ["output.weight", "output.bias"])
    #expect(!classifier.mixesExamples)
    let images = try Tensor.normal([4, 3, 32, 32], using: RandomGenerator(seed: 2))
    let optimizer = try SGD(parameters: classifier.trainedParameters, learningRate: 0.1)
    try optimizer.minimize(classifier(images).squared().mean())
    #expect(try classifier.trunk.state.mapValues { try $0.array(of: Float.self) } == before)
  }

  /// Depth 16 and width 1: 16 → 16, 32, 64 channels, six blocks of two convolutions (Zagoruyko and Komodakis 2016).
  @Test func residualParameterCount() throws {
    let classifier = try Self.classifier(ResidualFamily(), shape: [3, 32, 32])
    func block(_ input: Int, _ output: Int) -> Int {
      2 * input + 9 * input * output + 2 * output + 9 * output * output + (input == output ? 0 : input * output)
    }
    let blocks = [(16, 16), (16, 16), (16, 32), (32, 32), (32, 64), (64, 64)].map { block($0.0, $0.1) }.reduce(0, +)
    #expect(classifier.trainedParameterCount == 9 * 3 * 16 + blocks + 2 * 64 + 64 * 7 + 7)
  }

  @Test func weightNormalisationHasItsLengths() throws {
    let classifier = try Self.classifier(ConvolutionalFamily(widths: [4]), shape: [1, 8, 8])
    #expect(classifier.state["trunk.convolutions.0.convolution.weight_norm.g"] != nil)
    #expect(classifier.state["output.weight_norm.g"] != nil)
  }

  @Test func valuesOutOfRangeAreNamed() {
    var residual = ResidualFamily()
    residual.depth = 17
    #expect(
      throws: TorchError("model.classifier.depth is 17; use 10, 16, 22, 28 or another 6·n + 4 up to 1,000")
    ) { try TrunkConfiguration(residual).validate(under: "model.classifier") }
    #expect(throws: TorchError("model.classifier.dropout is 1.0; use 0.0 to below 1.0")) {
      try TrunkConfiguration(ConvolutionalFamily(), dropout: 1).validate(under: "model.classifier")
    }
    #expect(throws: TorchError.self) { try Self.classifier(FastFamily(), shape: [3, 8, 8]) }
  }
}

@Suite struct Discriminators {
  let random: RandomGenerator
  let images: Tensor

  init() throws {
    random = try RandomGenerator(seed: 1)
    images = try Tensor.normal([3, 1, 12, 16], using: random)
  }

  func discriminator(of subject: Discriminator.Subject) throws -> Discriminator {
    try Discriminator(
      TrunkConfiguration(DCGANFamily(width: 4)), of: subject, exampleShape: [1, 12, 16], using: random, noise: random)
  }

  @Test func examplesAlone() throws {
    let plain = try discriminator(of: .example)
    #expect(try plain(images).shape == [3, 1])
    #expect(throws: TorchError("this discriminator judges examples alone")) {
      try plain(images, labels: Tensor(indices: [0, 1, 0]))
    }
  }

  /// ψ(φ(x)) + ⟨v(y), φ(x)⟩ worked out by hand.
  @Test func projectionAddsTheClassesProduct() throws {
    let conditional = try discriminator(of: .exampleOfClass(classCount: 2))
    let labels = try Tensor(indices: [0, 1, 0])
    let features = try conditional.trunk(images, countsInStatistics: true)
    let plain = try conditional.output(features)
    #expect(try (conditional(images, labels: labels) - plain).absolute().maximum().item() < 1e-6, "zero at first")
    let vectors = try #require(conditional.classVectors)
    try withoutGradients { try vectors.weight.value.copy(from: .normal(vectors.weight.value.shape, using: random)) }
    let product = try (vectors.weight.value.indexSelect(labels) * features).sum(1).unsqueezed(1)
    #expect(try (conditional(images, labels: labels) - plain - product).absolute().maximum().item() < 1e-4)
    #expect(throws: TorchError("this discriminator judges examples with labels")) { try conditional(images) }
    // Every class at once.
    let everyClass = try conditional.logitsOfEveryClass(images)
    let chosen = try everyClass.gather(labels.unsqueezed(1), along: 1)
    #expect(try everyClass.shape == [3, 2] && (chosen - plain - product).absolute().maximum().item() < 1e-4)
    #expect(throws: TorchError("this discriminator judges examples without a class")) {
      try discriminator(of: .example).logitsOfEveryClass(images)
    }
  }

  @Test func pairsOfExampleAndLatent() throws {
    let joint = try discriminator(of: .exampleAndLatent(latentSize: 5))
    let latents = try Tensor.normal([3, 5], using: random)
    let logits = try joint(images, latents: latents)
    #expect(logits.shape == [3, 1])
    #expect(try (joint(images, latents: latents * 2) - logits).absolute().maximum().item() > 1e-5)
    let features = try joint.features(of: images, latents: latents)
    #expect(try (joint.output(features) - logits).absolute().maximum().item() < 1e-6)
    let encoder = try LatentEncoder(
      TrunkConfiguration(DCGANFamily(width: 4)), exampleShape: [1, 12, 16], latentSize: 5, using: random, noise: random)
    #expect(try encoder(images).shape == [3, 5])
  }
}

@Suite struct Whitening {
  /// The first layer of the fast family, initialised by images: the covariance of its outputs is the identity, as far as
  /// the patches vary.
  @Test func patchesAreWhitened() throws {
    Machine.threadCount = 1
    let random = try RandomGenerator(seed: 1)
    var family = FastFamily()
    (family.widths, family.patchChannels) = ([4], 8)
    let trunk = try #require(
      try family.makeTrunk(exampleShape: [1, 12, 12], using: random, noise: random) as? FastTrunk)
    // Neighbours resemble each other, as in pictures.
    let noise = try Tensor.normal([40, 1, 13, 12], using: random)
    let images = try noise.narrowed(0..<12, along: 2) + noise.narrowed(1..<13, along: 2)
    try trunk.initialize(by: images)
    let patches = try images.unfolded(kernelSize: 2).permuted(0, 2, 1).reshaped(-1, 4)
    let centred = try patches - patches.mean(0)
    let weight = try #require(trunk.state["patches.convolution.weight"]).reshaped(8, 4)
    let outputs = try centred.matmul(weight.narrowed(0..<4).transposed())
    let covariance = try outputs.transposed().matmul(outputs) * (1 / Double(outputs.size(0)))
    #expect(try (covariance - Tensor.identity(4)).absolute().maximum().item() < 0.01)
    #expect(try (weight.narrowed(0..<4) + weight.narrowed(4..<8)).absolute().maximum().item() == 0)
    family.patchChannels = 10
    let wide = try family.makeTrunk(exampleShape: [1, 12, 12], using: random, noise: random)
    #expect(
      throws: TorchError("whitening needs an even number of first channels, at most 8: patchChannels is 10")
    ) { try wide.initialize(by: images) }
  }
}
