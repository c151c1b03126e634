import Foundation
import SparringTorch
import Testing

@testable import SparringModels

/// The ladder network beside the same equations in PyTorch (`Scripts/fixtures/make_ladder_fixture.py`).
@Suite struct LadderParity {
  init() { Machine.threadCount = 1 }

  func ladder(of shape: [Int], noise: Double = 0) throws -> Ladder {
    var (vectors, maps) = (FullyConnectedFamily(), ConvolutionalFamily(widths: [3, 4]))
    (vectors.widths, vectors.leakyReLUSlope, maps.leakyReLUSlope) = ([5, 4], 0.1, 0.1)
    return try Ladder(
      shape.count == 3 ? TrunkConfiguration(maps) : TrunkConfiguration(vectors), exampleShape: shape, classCount: 3,
      inputNoise: noise, noise: noise, using: RandomGenerator(seed: 1), noiseRandom: RandomGenerator(seed: 2))
  }

  @Test(arguments: [("vectors", [7]), ("maps", [2, 7, 6])])
  func passesErrorsAndGradients(name: String, shape: [Int]) throws {
    let file = try #require(Bundle.module.url(forResource: "Fixtures/ladder", withExtension: "safetensors"))
    let fixture = try Safetensors.read(file).tensors
    func value(_ key: String) throws -> Tensor { try #require(fixture["\(name)/\(key)"], "\(key)") }
    let ladder = try ladder(of: shape)
    var state = ladder.state
    for trained in ladder.trainedParameters { state[trained.path] = try value("parameter/\(trained.path)") }
    try ladder.load(state)

    let clean = try ladder.pass(value("clean"), isNoisy: false)
    let noisy = try ladder.pass(value("noisy"), isNoisy: true)
    let errors = try ladder.denoisingErrors(noisy: noisy, clean: clean)
    func expectSame(_ found: Tensor, _ key: String) throws {
      let expected = try value(key)
      let difference = try (found - expected).absolute().maximum().item()
      #expect(try difference < 1e-4 * max(1, expected.absolute().maximum().item()), "\(key): \(difference)")
    }
    try expectSame(noisy.logits, "logits")
    try expectSame(.stack(errors), "errors")
    let loss = try Tensor.stack(errors).sum() + noisy.logits.squared().mean()
    let trained = ladder.trainedParameters
    for (parameter, slope) in zip(trained, try gradients(of: loss, withRespectTo: trained.map(\.value))) {
      try expectSame(slope, "gradient/\(parameter.path)")
    }
  }

  /// The clean pass alone moves the statistics for inference, a tenth of the way.
  @Test func cleanPassesCountInTheStatistics() throws {
    let ladder = try ladder(of: [7], noise: 0.5)
    let examples = try Tensor.normal([50, 7], using: RandomGenerator(seed: 3))
    _ = try ladder.pass(examples, isNoisy: true)
    #expect(try ladder.state["stages.0.running_mean"]?.absolute().maximum().item() == 0)
    let before = try ladder.pass(examples, isNoisy: false).logits
    let mean = try ladder.stages[0].sums(examples).mean(0) * 0.1
    let found = try #require(ladder.state["stages.0.running_mean"])
    #expect(try (found - mean).absolute().maximum().item() < 1e-6)
    for _ in 0..<200 { _ = try ladder.pass(examples, isNoisy: false) }
    #expect(try (ladder(examples) - before).absolute().maximum().item() < 1e-3, "inference by what was seen")
  }

  @Test func noiseChangesANoisyPass() throws {
    let ladder = try ladder(of: [2, 7, 6], noise: 0.5)
    let examples = try Tensor.normal([4, 2, 7, 6], using: RandomGenerator(seed: 3))
    let (first, second) = (
      try ladder.pass(examples, isNoisy: true).logits, try ladder.pass(examples, isNoisy: true).logits
    )
    #expect(try (first - second).absolute().maximum().item() > 1e-3)
  }

  @Test func otherFamiliesAreRefused() throws {
    #expect(
      throws: TorchError(
        "a ladder network is made of the fully-connected or the convolutional family, not of residual: set model.classifier.family"
      )
    ) {
      try Ladder(
        TrunkConfiguration(ResidualFamily()), exampleShape: [3, 32, 32], classCount: 3, inputNoise: 0, noise: 0,
        using: RandomGenerator(seed: 1), noiseRandom: RandomGenerator(seed: 2))
    }
  }
}
