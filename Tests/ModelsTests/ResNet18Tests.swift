import Foundation
import SparringTorch
import Testing

@testable import SparringModels

/// torchvision's ResNet-18, filled with numbers that both sides compute (`Scripts/fixtures/make_resnet_fixture.py`).
@Suite struct ResNet18Parity {
  init() { Machine.threadCount = 1 }

  /// 24 bits of SplitMix64, as the script draws them.
  private static func uniform(seed: UInt64, shape: [Int], bound: Double) throws -> Tensor {
    let numbers = (0..<UInt64(shape.reduce(1, *))).map { index -> Float in
      var z = index &+ (seed << 32) &+ 0x9E37_79B9_7F4A_7C15
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      z ^= z >> 31
      return Float((2 * (Double(z >> 40) / 16_777_216) - 1) * bound)
    }
    return try Tensor(numbers, shape: shape)
  }

  private func filledTrunk(_ names: [String]) throws -> any Trunk {
    let trunk = try ResNet18Family().makeTrunk(
      exampleShape: [3, 64, 96], using: RandomGenerator(seed: 1), noise: RandomGenerator(seed: 2))
    let own = trunk.state
    var state: [String: Tensor] = [:]
    for (seed, name) in names.enumerated() {
      let shape = try #require(own[name], "\(name)").shape
      let fanIn = shape.dropFirst().reduce(1, *)
      let numbers = try Self.uniform(
        seed: UInt64(seed), shape: shape, bound: shape.count > 1 ? (6 / Double(fanIn)).squareRoot() : 0.2)
      let isNorm = name.contains("bn") || name.contains("downsample.1")
      let isPositive = name.hasSuffix("running_var") || isNorm && name.hasSuffix("weight")
      state[name] = isPositive ? try numbers + 1 : numbers
    }
    // Every name is there, and no other.
    try trunk.load(state)
    return trunk
  }

  @Test func answersAsTorchvisionDoes() throws {
    let file = try #require(Bundle.module.url(forResource: "Fixtures/resnet18", withExtension: "safetensors"))
    let (fixture, metadata) = try Safetensors.read(file)
    let trunk = try filledTrunk(try #require(metadata["names"]).split(separator: "\n").map(String.init))
    let images = try Self.uniform(seed: 1000, shape: [2, 3, 64, 96], bound: 1)
    func expectSame(_ found: Tensor, _ name: String) throws {
      let expected = try #require(fixture[name])
      let difference = try (found - expected).flattened(from: 0).norm(0).item()
      #expect(difference < 2e-4 * (try expected.flattened(from: 0).norm(0).item()), "\(name): \(difference)")
    }
    try expectSame(
      withoutGradients { try trunk.inInferenceMode { try trunk(images, countsInStatistics: true) } }, "inference")
    try expectSame(trunk(images, countsInStatistics: true), "training")
    for name in ["layer4.1.bn2.running_mean", "layer2.0.downsample.1.running_var"] {
      try expectSame(#require(trunk.state[name]), name)
    }
  }

  @Test func greyPicturesAreShownAsColour() throws {
    let trunk = try ResNet18Family().makeTrunk(
      exampleShape: [1, 32, 32], using: RandomGenerator(seed: 1), noise: RandomGenerator(seed: 2))
    #expect(try trunk(.zeros([2, 1, 32, 32]), countsInStatistics: true).shape == [2, 512])
  }
}
