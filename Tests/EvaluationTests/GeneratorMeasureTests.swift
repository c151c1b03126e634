import Foundation
import SparringEvaluation
import SparringTorch
import Testing

/// What `Scripts/fixtures/make_feature_fixtures.py` had from NumPy and SciPy.
private struct Fixture: Decodable {
  struct Neighbours: Decodable {
    let precision, recall, density, coverage: Double
  }
  let width: Int
  let generated, reference: [Double]
  let frechet, kernel, kernelHalfInterval: Double
  let three, one: Neighbours

  static func load() throws -> Fixture {
    let file = try #require(
      Bundle.module.url(forResource: "features", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file))
  }

  func features(_ numbers: [Double]) throws -> Tensor {
    try Tensor(numbers, shape: [numbers.count / width, width])
  }
}

/// Measures of a generator against their definitions in SciPy, and by hand.
@Suite struct GeneratorMeasures {
  private func measured(
    _ generated: Tensor, _ reference: Tensor, _ neighbours: Int = 3, _ densityNeighbours: Int = 5
  ) throws -> PrecisionAndRecall {
    try PrecisionAndRecall(
      generated: generated, reference: reference, extractor: "none", referenceSplit: "test", neighbours: neighbours,
      densityNeighbours: densityNeighbours)
  }

  @Test func distancesAgreeWithSciPy() throws {
    let fixture = try Fixture.load()
    let (made, real) = (try fixture.features(fixture.generated), try fixture.features(fixture.reference))
    let frechet = try FrechetDistance(generated: made, reference: real, extractor: "none", referenceSplit: "test")
    #expect(abs(frechet.value / fixture.frechet - 1) < 1e-6)
    let kernel = try KernelDistance(generated: made, reference: real, extractor: "none", referenceSplit: "test")
    #expect(abs(kernel.value / fixture.kernel - 1) < 1e-9)
    #expect(abs((kernel.interval.high - kernel.value) / fixture.kernelHalfInterval - 1) < 1e-6)
    #expect(
      kernel.compared.generatedCount == 64 && kernel.compared.referenceCount == 71
        && kernel.compared == frechet.compared)
  }

  @Test func neighboursAgreeWithSciPy() throws {
    let fixture = try Fixture.load()
    let (made, real) = (try fixture.features(fixture.generated), try fixture.features(fixture.reference))
    for (found, wanted) in [
      (try measured(made, real), fixture.three), (try measured(made, real, 1, 2), fixture.one),
    ] {
      #expect(abs(found.precision - wanted.precision) < 1e-12 && abs(found.recall - wanted.recall) < 1e-12)
      #expect(abs(found.density - wanted.density) < 1e-12 && abs(found.coverage - wanted.coverage) < 1e-12)
    }
  }

  /// Real points at 0, 1 and 3 have balls of radius 1, 1 and 2 with one neighbour; generated ones at 0.5, 0.75 and 9 of radius
  /// 0.25, 0.25 and 8.25.
  @Test func ballsOnALine() throws {
    let (made, real) = (try Tensor([0.5, 0.75, 9], shape: [3, 1]), try Tensor([0.0, 1, 3], shape: [3, 1]))
    let found = try measured(made, real, 1, 1)
    // 9 lies in no ball; 3 in that of 9, 0 and 1 in none but that of 9 for 1.
    #expect(found.precision == 2.0 / 3)
    #expect(found.recall == 2.0 / 3, "1 and 3 lie within 8.25 of 9")
    // 0.5 in the balls of 0 and 1; 0.75 in those of 0 and 1; nothing within 2 of 3 is generated.
    #expect(abs(found.density - 4.0 / 3) < 1e-12 && found.coverage == 2.0 / 3)
  }

  /// With the same distribution the kernel distance lies around 0; apart, it grows by what the kernel says.
  @Test func theKernelDistanceHasNoBias() throws {
    let random = try RandomGenerator(seed: 3)
    func normal() throws -> Tensor { try Tensor.normal([200, 8], using: random) }
    let values = try (0..<10).map { _ in
      try KernelDistance(generated: normal(), reference: normal(), extractor: "none", referenceSplit: "test")
    }
    let mean = try MeanEstimate(values.map(\.value))
    #expect(try #require(mean.interval).contains(0) && values.filter { $0.interval.contains(0) }.count >= 8)
    let apart = try KernelDistance(
      generated: normal() + 2, reference: normal(), extractor: "none", referenceSplit: "test")
    #expect(apart.interval.low > 0)
  }

  /// More rows than one block, and a collapsed generator: one image, real as it may be.
  @Test func aCollapsedGeneratorIsPreciseAndCoversNothing() throws {
    let random = try RandomGenerator(seed: 4)
    let real = try Tensor.normal([1100, 4], using: random)
    let one = try real.narrowed(0..<1).expanded([1050, 4]) + Tensor.normal([1050, 4], using: random) * 1e-4
    let collapsed = try measured(one, real)
    #expect(collapsed.precision == 1 && collapsed.recall < 0.01 && collapsed.coverage < 0.02)
    let sound = try measured(Tensor.normal([1050, 4], using: random), real)
    #expect(sound.precision > 0.8 && sound.recall > 0.8 && sound.coverage > 0.8 && abs(sound.density - 1) < 0.2)
  }

  @Test func whatCannotBeMeasuredIsRefused() throws {
    let (few, wide) = (try Tensor.zeros([5, 2]), try Tensor.zeros([30, 3]))
    #expect(throws: EvaluationError.self) { try measured(few, few) }
    #expect(throws: EvaluationError.self) { try measured(wide, Tensor.zeros([30, 2])) }
    #expect(throws: EvaluationError.self) { try measured(wide, wide, 0) }
    #expect(throws: EvaluationError.self) {
      try KernelDistance(generated: few, reference: few, extractor: "none", referenceSplit: "test")
    }
  }
}
