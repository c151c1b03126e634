import Foundation
import SparringTorch
import Testing

@testable import SparringEvaluation

/// What scikit-image says; made by Scripts/fixtures/make_quality_fixture.py.
private struct Fixture: Decodable {
  struct Pair: Decodable {
    let shape: [Int]
    let truth: [Float]
    let restored: [Float]
    let psnr: Double
    let ssim: Double
  }
  let pairs: [Pair]

  static func load() throws -> Fixture {
    let file = try #require(
      Bundle.module.url(forResource: "quality", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file))
  }
}

@Suite struct ImageQualityMeasures {
  @Test func agreeWithScikitImage() throws {
    for pair in try Fixture.load().pairs {
      let (truths, restored) = (try Tensor(pair.truth, shape: pair.shape), try Tensor(pair.restored, shape: pair.shape))
      let psnr = try ImageQuality.peakSignalToNoise(restored: restored, truths: truths)
      #expect(abs(psnr - pair.psnr) < 1e-9)
      let ssim = try ImageQuality.structuralSimilarity(restored: restored, truths: truths)
      #expect(ssim.shape == [1])
      #expect(try abs(ssim.item() - pair.ssim) < 1e-6)
    }
  }

  @Test func byHand() throws {
    let truths = try Tensor.zeros([1, 1, 12, 12])
    let restored = try Tensor.full([1, 1, 12, 12], 25.5)
    #expect(try abs(ImageQuality.peakSignalToNoise(restored: restored, truths: truths) - 20) < 1e-9)
    #expect(try ImageQuality.peakSignalToNoise(restored: truths, truths: truths) == .infinity)
    #expect(try abs(ImageQuality.structuralSimilarity(restored: truths, truths: truths).item() - 1) < 1e-12)
    // Two constants: (2·0·25.5 + 6.5025) / (25.5² + 6.5025), the second factor being 1.
    let expected = 6.5025 / (25.5 * 25.5 + 6.5025)
    #expect(
      try abs(ImageQuality.structuralSimilarity(restored: restored, truths: truths).item() - expected) < 1e-12)
    // One pixel of four is missing and 51 levels off.
    let square = try Tensor([Float](repeating: 0, count: 4), shape: [1, 1, 2, 2])
    let hole = try Tensor([Float(1), 0, 0, 0], shape: [1, 1, 2, 2])
    let filled = try hole * 51
    let inHole = try ImageQuality.peakSignalToNoise(restored: filled, truths: square, holes: hole)
    #expect(abs(inHole - 10 * log10(25)) < 1e-9)
    #expect(try abs(ImageQuality.peakSignalToNoise(restored: filled, truths: square) - 10 * log10(100)) < 1e-9)
  }

  @Test func whatCannotBeCompared() throws {
    let images = try Tensor.zeros([1, 1, 8, 12])
    #expect(throws: EvaluationError.self) {
      try ImageQuality.structuralSimilarity(restored: images, truths: images)
    }
    #expect(throws: EvaluationError.self) {
      try ImageQuality.peakSignalToNoise(restored: images, truths: Tensor.zeros([1, 1, 12, 8]))
    }
  }
}

@Suite struct ClassicalRestoration {
  /// A slope in both directions, `[1, 2, 17, 20]`, and a hole within it.
  private func slope() throws -> (images: Tensor, holes: Tensor) {
    let rows = try Tensor.range(to: 17).reshaped(1, 1, 17, 1)
    let columns = try Tensor.range(to: 20).reshaped(1, 1, 1, 20)
    let first = try rows * 3 + columns * 2
    let images = try Tensor.concatenate([first, columns * 5 - rows], along: 1)
    let inside = { (places: Tensor, range: Range<Int>) in
      try places.isAtLeast(Double(range.lowerBound)).logicalAnd(places.isLess(than: Double(range.upperBound)))
    }
    return (images, try inside(rows, 4..<12).logicalAnd(inside(columns, 5..<15)).to(.float32))
  }

  /// A slope solves Laplace's equation, whatever its edges are.
  @Test func theHarmonicFillingOfASlopeIsTheSlope() throws {
    let (images, holes) = try slope()
    let garbled = try images * (1 - holes) + holes * 1000
    let filled = try HoleFilling.harmonic(garbled, holes: holes, sweeps: 300)
    #expect(try (filled - images).absolute().maximum().item() < 0.2)
    let mean = try HoleFilling.mean(garbled, holes: holes)
    #expect(try (mean - images).absolute().maximum().item() > 10)
  }

  @Test func theMeanIsThatOfWhatIsKnown() throws {
    let images = try Tensor([Float(1), 3, 8, 100], shape: [1, 1, 2, 2])
    let holes = try Tensor([Float(0), 0, 0, 1], shape: [1, 1, 2, 2])
    #expect(try HoleFilling.mean(images, holes: holes).array(of: Float.self) == [1, 3, 8, 4])
  }

  /// Stripes go on through the hole.
  @Test func nearestPatchesRepeatAPattern() throws {
    let stripes: [Float] = (0..<576).map { (place: Int) -> Float in place % 4 < 2 ? 0 : 200 }
    let images = try Tensor(stripes, shape: [1, 1, 24, 24])
    var missing = [Float](repeating: 0, count: 24 * 24)
    for row in 8..<15 { for column in 9..<16 { missing[row * 24 + column] = 1 } }
    let holes = try Tensor(missing, shape: [1, 1, 24, 24])
    let filled = try HoleFilling.nearestPatch(images * (1 - holes), holes: holes)
    #expect(try (filled - images).absolute().maximum().item() == 0)
    // Where no whole patch is known, single pixels are copied.
    let every: [Float] = (0..<576).map { (place: Int) -> Float in place % 3 == 0 ? 1 : 0 }
    let dots = try Tensor(every, shape: [1, 1, 24, 24])
    let dotted = try HoleFilling.nearestPatch(images * (1 - dots), holes: dots)
    #expect(try Set(dotted.array(of: Float.self)) == [0, 200])
    #expect(try ((dotted - images) * (1 - dots)).absolute().maximum().item() == 0)
  }

  @Test func nonLocalMeansTakesNoiseOut() throws {
    let halves: [Float] = (0..<1024).map { (place: Int) -> Float in place % 32 < 16 ? 60 : 180 }
    let truths = try Tensor(halves, shape: [1, 1, 32, 32])
    let noisy = try truths + Tensor.normal([1, 1, 32, 32], using: RandomGenerator(seed: 3)) * 20
    let cleaned = try NonLocalMeans(noise: 20)(noisy)
    let (before, after) = (
      try ImageQuality.peakSignalToNoise(restored: noisy, truths: truths),
      try ImageQuality.peakSignalToNoise(restored: cleaned, truths: truths)
    )
    #expect(after > before + 6, "\(before) to \(after) dB")
    // Alike everywhere: nothing changes.
    let flat = try Tensor.full([1, 3, 9, 9], 7)
    #expect(try (NonLocalMeans(noise: 5)(flat) - flat).absolute().maximum().item() < 1e-5)
  }
}
