import Foundation
import SparringDatasets
import SparringEvaluation
import SparringModels
import SparringRecipes
import SparringTorch
import SparringTraining
import Testing

@testable import SparringExperiments

/// The published Inception network (`Scripts/fixtures/make_inception_fixture.py`). Whoever has not fetched its weights
/// (`./sparring data fetch inception`) skips these.
@Suite(.serialized, .enabled(if: SearchPath.standard.find(.inception) != nil, "./sparring data fetch inception"))
struct Inception {
  /// The highest eight of 24 bits of SplitMix64, as the script draws them.
  private func bytes(seed: UInt64, shape: [Int]) throws -> Tensor {
    let numbers = (0..<UInt64(shape.reduce(1, *))).map { index -> UInt8 in
      var z = index &+ (seed << 32) &+ 0x9E37_79B9_7F4A_7C15
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      z ^= z >> 31
      return UInt8(z >> 56)
    }
    return try Tensor(numbers, shape: shape)
  }

  @Test func answersAsTheTorchScriptDoes() throws {
    let file = try #require(Bundle.module.url(forResource: "Fixtures/inception", withExtension: "safetensors"))
    let fixture = try Safetensors.read(file).tensors
    let inception = try InceptionFeatures()
    let shapes: [(String, [Int])] = [
      ("own", [1, 3, 299, 299]), ("colour", [2, 3, 12, 12]), ("grey", [2, 1, 9, 14]), ("large", [1, 3, 310, 400]),
    ]
    for (seed, (name, shape)) in shapes.enumerated() {
      let images = try bytes(seed: UInt64(seed), shape: shape)
      // Bytes, or what networks see otherwise.
      let shown = name == "colour" ? try Scaling.bytes.scaled(images) : images
      let (found, expected) = (try inception(shown), try #require(fixture[name]))
      #expect(found.shape == expected.shape)
      let difference = try (found - expected).absolute().maximum().item()
      #expect(difference < 1e-5 * (try expected.absolute().maximum().item()), "\(name): \(difference)")
    }
  }

  @Test func referencesNameTheFile() throws {
    var model = ModelConfiguration()
    model.classifier = TrunkConfiguration(InceptionFamily())
    (model.classifier.from, model.classifier.frozen) = ("inception", true)
    try model.pinWeights()
    #expect(model.classifier.from == "inception:\(KnownWeights.inception.file.sha256.prefix(12))")
    let trunk = try #require(try model.pretrainedTrunks(for: [.classifier], onlyReferences: true)[.classifier])
    #expect(trunk.count == 5 * 94)
    model.classifier.frozen = false
    #expect(try model.pretrainedTrunks(for: [.classifier], onlyReferences: true).isEmpty, "a checkpoint holds it")
    #expect(try model.pretrainedTrunks(for: [.classifier]).count == 1)
    model.classifier.from = "inception:000000000000"
    #expect(throws: TrainingError.self) { try model.pretrainedTrunks(for: [.classifier]) }
  }

  /// Five minutes on two cores: asked for by `SPARRING_TEST_FRECHET=1`.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["SPARRING_TEST_FRECHET"] == "1"))
  func distanceBetweenTheHalvesOfCIFAR10() throws {
    guard SearchPath.standard.find(.cifar10) != nil else {
      print("Skipped: CIFAR-10 is not here.")
      return
    }
    let inception = try InceptionFeatures(resizing: .halfPixel)
    let start = ContinuousClock.now
    let (train, test) = (try Dataset.load("cifar10", split: .train), try Dataset.load("cifar10", split: .test))
    let rows = Array(0..<2000)
    let distance = try FrechetDistance(
      generated: inception.features(of: train, indices: rows), reference: inception.features(of: test, indices: rows),
      extractor: inception.name, referenceSplit: "test")
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    print("\(distance); \(4000 / seconds) images per second")
    // An independent program on the same weights, which resizes as PyTorch does, gave 24.84.
    #expect(abs(distance.value - 24.84) < 0.01)
  }
}
