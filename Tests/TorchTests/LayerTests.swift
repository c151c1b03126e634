import Foundation
import Testing

@testable import SparringTorch

@Suite struct LayerTests {
  private let random: RandomGenerator
  init() throws { random = try RandomGenerator(seed: 5) }

  @Test func dropoutKeepsTheMeanAndRests() throws {
    let layer = try Dropout(probability: 0.25, using: random)
    let ones = try Tensor.ones([100, 100])
    let output = try layer(ones)
    let values = Set(try output.array(of: Float.self))
    #expect(values == [0, Float(1 / 0.75)])
    #expect(abs(try output.mean().item() - 1) < 0.05)
    layer.setTraining(false)
    #expect(try layer(ones).bytes() == ones.bytes())
    #expect(torchMessage { try Dropout(probability: 1, using: random) }.contains("[0, 1)"))
  }

  /// The mask of the CPU has its own way: any number of elements, both layouts, and each element by itself.
  @Test(arguments: [0.1, 0.3, 0.5, 0.9])
  func dropoutKeepsEachElementWithItsProbability(probability: Double) throws {
    let layer = try Dropout(probability: probability, using: random)
    let row = try layer(Tensor.ones([35_805])).array(of: Float.self).map { $0 > 0 }
    let maps = try layer(Tensor.ones([7, 5, 31, 33]).contiguous(channelsLast: true)).array(of: Float.self)
    let kept = row + maps.map { $0 > 0 }
    let count = Double(kept.count)
    let deviation = (probability * (1 - probability) / count).squareRoot()
    #expect(abs(Double(kept.count { $0 }) / count - (1 - probability)) < 4 * deviation)
    // Elements of the same draw, and of the next, are independent.
    for distance in [1, 2, 3, 4, 5, 8] {
      let pairs = zip(kept, kept.dropFirst(distance)).count { $0 && $1 }
      let expected = (1 - probability) * (1 - probability)
      let spread = (expected * (1 - expected) / count).squareRoot()
      #expect(abs(Double(pairs) / count - expected) < 6 * spread)
    }
    let few = try layer(Tensor.ones([3]))
    #expect(few.shape == [3])
    #expect(try layer(Tensor.ones([0, 2])).shape == [0, 2])
    let transposed = try layer(Tensor.ones([50, 40]).transposed()).array(of: Float.self)
    #expect(Set(transposed) == [0, Float(1 / (1 - probability))])
  }

  @Test func noiseHasItsDeviationAndRests() throws {
    let layer = try GaussianNoise(standardDeviation: 0.5, using: random)
    let zeros = try Tensor.zeros([100, 100])
    let output = try layer(zeros)
    #expect(abs(try output.variance().squareRoot().item() - 0.5) < 0.02)
    #expect(abs(try output.mean().item()) < 0.02)
    #expect(try layer.inInferenceMode { try layer(zeros).bytes() } == zeros.bytes())
    #expect(layer.isTraining)
  }

  @Test func masksRepeatWithTheirGenerator() throws {
    let images = try Tensor.ones([2, 3, 4, 4]).contiguous(channelsLast: true)
    let outputs = try (0..<2).map { _ in
      let layer = try Dropout(probability: 0.5, using: RandomGenerator(seed: 9))
      return try layer(images)
    }
    #expect(try outputs[0].bytes() == outputs[1].bytes())
    #expect(outputs[0].isContiguous(channelsLast: true))
  }

  @Test func spectralNormBringsTheLargestSingularValueToOne() throws {
    let layer = try Linear(
      inputFeatures: 8, outputFeatures: 5, hasBias: false, weightNormalization: .spectral(iterations: 30),
      using: random)
    // The layer applied to the identity is its weight, transposed.
    let weight = try layer(Tensor.identity(8)).detached()
    let values = try weight.transposed().matmul(weight).symmetricEigen().values
    #expect(try abs(values[4].item() - 1) < 1e-3)
  }

  @Test func spectralVectorsMoveOnlyInTraining() throws {
    let layer = try Linear(
      inputFeatures: 4, outputFeatures: 3, weightNormalization: .spectral(), using: random)
    try withoutGradients { try layer.weight.value.copy(from: Tensor.normal([3, 4], using: random)) }
    let input = try Tensor.ones([1, 4])
    let before = try #require(layer.state["weight_norm.u"]).bytes()
    try layer.inInferenceMode { _ = try layer(input) }
    #expect(try #require(layer.state["weight_norm.u"]).bytes() == before)
    _ = try layer(input)
    #expect(try #require(layer.state["weight_norm.u"]).bytes() != before)
  }

  @Test func twoPassesOfASpectralLayerDifferentiateTogether() throws {
    let layer = try Linear(
      inputFeatures: 4, outputFeatures: 1, weightNormalization: .spectral(), using: random)
    let loss = try layer(Tensor.ones([1, 4])).sum() - layer(Tensor.zeros([1, 4])).sum()
    let found = try gradients(of: loss, withRespectTo: layer.trainedParameters.map(\.value))
    #expect(found.count == 2)
  }

  @Test func weightNormBeginsWithTheWeightItself() throws {
    let layer = try Conv2d(
      inputChannels: 2, outputChannels: 3, kernelSize: 3, weightNormalization: .weight, using: random)
    let plain = try Conv2d(inputChannels: 2, outputChannels: 3, kernelSize: 3, using: random)
    try plain.load(layer.state.filter { $0.key != "weight_norm.g" })
    let input = try Tensor.normal([1, 2, 5, 5], using: random)
    #expect(try isClose(layer(input), plain(input)))
    #expect(layer.trainedParameters.map(\.path) == ["weight", "bias", "weight_norm.g"])
  }

  @Test func aSeedGivesTheSameLayer() throws {
    let layers = try (0..<2).map { _ in
      try Conv2d(inputChannels: 2, outputChannels: 3, kernelSize: 3, using: RandomGenerator(seed: 4))
    }
    #expect(try layers[0].weight.value.bytes() == layers[1].weight.value.bytes())
  }

  @Test(arguments: [
    (Initializer.glorotUniform, 6.0 / 150), (.fanInUniform, 1.0 / 100), (.uniform(bound: 0.3), 0.09),
  ])
  func uniformInitializersFillTheirBound(_ initializer: Initializer, _ squaredBound: Double) throws {
    let values = try initializer.make([200, 100], fanIn: 100, fanOut: 50, using: random)
    let bound = squaredBound.squareRoot()
    let (largest, smallest) = (try values.maximum().item(), try values.minimum().item())
    #expect(largest <= bound && largest > 0.99 * bound)
    #expect(smallest >= -bound && smallest < -0.99 * bound)
    #expect(abs(try values.mean().item()) < 0.02 * bound)
    // A uniform variable on ±b has variance b²/3.
    #expect(abs(try values.variance().item() / (squaredBound / 3) - 1) < 0.03)
  }

  @Test(arguments: [
    (Initializer.normal(standardDeviation: 0.02), 0.02), (.heNormal(), (2.0 / 100).squareRoot()),
    (.heNormal(slope: 1), 0.1),
  ])
  func normalInitializersHaveTheirDeviation(_ initializer: Initializer, _ deviation: Double) throws {
    let values = try initializer.make([200, 100], fanIn: 100, fanOut: 50, using: random)
    #expect(abs(try values.variance().squareRoot().item() / deviation - 1) < 0.02)
    #expect(abs(try values.mean().item()) < 0.03 * deviation)
    #expect(try values.absolute().maximum().item() > 3 * deviation)
  }

  @Test func identityRepeatsTheInputs() throws {
    let layer = try Conv2d(
      inputChannels: 2, outputChannels: 5, kernelSize: 3, padding: .same, hasBias: false, initializer: .identity,
      using: random)
    let images = try Tensor.normal([1, 2, 4, 6], using: random)
    let made = try layer(images)
    #expect(try (made.narrowed(0..<2, along: 1) - images).absolute().maximum().item() == 0)
    #expect(try made.narrowed(2..<5, along: 1).absolute().maximum().item() > 0)
    let narrow = try Conv2d(
      inputChannels: 4, outputChannels: 3, kernelSize: 3, padding: .same, hasBias: false, initializer: .identity,
      using: random)
    let four = try Tensor.normal([1, 4, 5, 5], using: random)
    #expect(try (narrow(four) - four.narrowed(0..<3, along: 1)).absolute().maximum().item() == 0)
  }

  @Test func constantInitializers() throws {
    #expect(try Initializer.zeros.make([2], fanIn: 1, fanOut: 1, using: random).array(of: Float.self) == [0, 0])
    #expect(try Initializer.ones.make([2], fanIn: 1, fanOut: 1, using: random).array(of: Float.self) == [1, 1])
    #expect(try Initializer.constant(3).make([1], fanIn: 1, fanOut: 1, using: random).item() == 3)
  }

  @Test func badInputIsRefusedByName() throws {
    #expect(torchMessage { try BatchNorm(features: 3)(Tensor.zeros([4, 2])) }.contains("3 features"))
    let embedding = try Embedding(count: 3, features: 2, using: random)
    #expect(torchMessage { try embedding(Tensor(indices: [3])) }.contains("out of range"))
    #expect(
      torchMessage {
        try ConvTranspose2d(
          inputChannels: 1, outputChannels: 1, kernelSize: 2, stride: 3, padding: .same, using: random)
      }.contains("at least the stride"))
    #expect(
      torchMessage {
        try Linear(inputFeatures: 1, outputFeatures: 1, weightNormalization: .spectral(iterations: 0), using: random)
      }.contains("power iteration"))
  }

  @Test(arguments: [(true, true, true), (true, false, true), (false, true, true), (true, true, false)])
  func batchNormalisationsOfTwoPassesDifferentiateTogether(
    _ trains: Bool, _ moves: Bool, _ isBiased: Bool
  ) throws {
    let layer = try BatchNorm(features: 2, usesBiasedVariance: isBiased)
    layer.isTraining = trains
    let first = try layer(Tensor.normal([8, 2], using: random), leakyReLUSlope: 1, countsInStatistics: moves)
    layer.isTraining = true
    let second = try layer(Tensor.normal([8, 2], using: random))
    let loss = try first.power(3).sum() + second.power(3).sum()
    #expect(try gradients(of: loss, withRespectTo: [layer.weight.value])[0].isFinite())
  }

  @Test func aSingleValueDoesNotSpoilTheStatistics() throws {
    let layer = try BatchNorm(features: 2)
    #expect(try isClose(layer(Tensor([Float(3), 4], shape: [1, 2])), [0, 0], absolute: 1e-3))
    #expect(try layer.runningVar.value.array(of: Float.self) == [1, 1])
  }

  @Test func statisticsStayWhenTheyAreNotToMove() throws {
    let layer = try BatchNorm(features: 2)
    _ = try layer(Tensor.normal([8, 2], using: random), leakyReLUSlope: 1, countsInStatistics: false)
    #expect(try layer.runningMean.value.array(of: Float.self) == [0, 0])
    #expect(try layer.runningVar.value.array(of: Float.self) == [1, 1])
  }
}

@Suite struct ModuleTests {
  private final class Trunk: Module {
    let conv1: Conv2d
    let blocks: [any Layer]
    let extra: Linear?
    let none: Linear?
    let runningTotal: Parameter

    init() throws {
      let random = try RandomGenerator(seed: 1)
      conv1 = try Conv2d(inputChannels: 1, outputChannels: 2, kernelSize: 3, using: random)
      blocks = [
        try BatchNorm(features: 2), Function { try $0.relu() },
        try Linear(inputFeatures: 2, outputFeatures: 1, using: random),
      ]
      extra = try Linear(inputFeatures: 1, outputFeatures: 1, hasBias: false, using: random)
      none = nil
      runningTotal = try Parameter(Tensor.zeros([1]), role: .buffer)
    }
  }

  private final class Network: Module {
    let trunk: Trunk
    init() throws { trunk = try Trunk() }
  }

  @Test func pathsFollowTheProperties() throws {
    let network = try Network()
    #expect(
      network.namedParameters.map(\.path) == [
        "trunk.conv1.weight", "trunk.conv1.bias", "trunk.blocks.0.weight", "trunk.blocks.0.bias",
        "trunk.blocks.0.running_mean", "trunk.blocks.0.running_var", "trunk.blocks.2.weight", "trunk.blocks.2.bias",
        "trunk.extra.weight", "trunk.running_total",
      ])
    #expect(network.trainedParameters.count == 7)
    #expect(network.trainedParameterCount == 18 + 2 + 2 + 2 + 2 + 1 + 1)
  }

  @Test func stateMovesBetweenNetworks() throws {
    let (first, second) = (try Network(), try Network())
    try withoutGradients { try first.trunk.conv1.weight.value.fill(3) }
    try second.load(first.state)
    #expect(try second.trunk.conv1.weight.value.array(of: Float.self).allSatisfy { $0 == 3 })
    #expect(second.trunk.conv1.weight.value.requiresGradient)
  }

  @Test func anUnfitStateIsRefusedByNameAndChangesNothing() throws {
    let network = try Network()
    let before = try network.state.mapValues { try $0.bytes() }
    let good = try network.state.mapValues { try $0.detached().onesLike() }
    var state = good
    state["trunk.running_total"] = nil
    #expect(torchMessage { try network.load(state) } == "the checkpoint has no 'trunk.running_total'")
    state = good
    state["trunk.extra.bias"] = try Tensor.zeros([1])
    #expect(
      torchMessage { try network.load(state) } == "the checkpoint has 'trunk.extra.bias', which the network has not")
    state = good
    state["trunk.running_total"] = try Tensor.zeros([2])
    #expect(
      torchMessage { try network.load(state) }
        == "'trunk.running_total' has shape [2] in the checkpoint, but the network needs [1]")
    #expect(try network.state.mapValues { try $0.bytes() } == before)
  }

  @Test func modesReachEveryLayerAndComeBack() throws {
    struct Stop: Error {}
    let network = try Network()
    let norm = try #require(network.trunk.blocks[0] as? BatchNorm)
    network.setTraining(false)
    #expect(!norm.isTraining)
    network.setTraining(true)
    #expect(network.inInferenceMode { norm.isTraining } == false)
    #expect(throws: Stop.self) { try network.inInferenceMode { throw Stop() } }
    #expect(norm.isTraining)
  }
}

@Suite struct RandomGeneratorTests {
  @Test func aSeedAndAPurposeMakeTheSequence() throws {
    func draw(_ seed: UInt64, _ purpose: String = "") throws -> Data {
      try Tensor.normal([8], using: RandomGenerator(seed: seed, purpose: purpose)).bytes()
    }
    #expect(try draw(1) == draw(1))
    #expect(try draw(1) != draw(2))
    #expect(try draw(1, "a") != draw(1, "b"))
  }

  @Test func aSavedStateContinues() throws {
    let generator = try RandomGenerator(seed: 3)
    _ = try Tensor.normal([5], using: generator)
    let state = try generator.state()
    let expected = try Tensor.uniform([5], using: generator).bytes()
    let other = try RandomGenerator(seed: 99)
    try other.setState(state)
    #expect(try Tensor.uniform([5], using: other).bytes() == expected)
    #expect(torchMessage { try other.setState(Tensor([UInt8(1)])) }.contains("size"))
    #expect(try Tensor.uniform([5], using: other).count == 5)
  }

  @Test func drawsStayInTheirRange() throws {
    let generator = try RandomGenerator(seed: 3)
    let uniform = try Tensor.uniform([1000], low: -2, high: 3, using: generator)
    #expect(try uniform.minimum().item() >= -2 && uniform.maximum().item() < 3)
    #expect(Set(try Tensor.randomIntegers([1000], in: 2..<5, using: generator).integers()) == [2, 3, 4])
    #expect(try Tensor.permutation(10, using: generator).integers().sorted() == Array(0..<10))
    let coins = try Tensor.bernoulli([10_000], probability: 0.3, using: generator)
    #expect(abs(try coins.mean().item() - 0.3) < 0.02)
  }
}
