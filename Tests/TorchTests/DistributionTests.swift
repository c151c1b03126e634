import Foundation
import Testing

@testable import SparringTorch

@Suite struct Distributions {
  /// Mean, variance and fourth central moment of Beta(a, a): ½, 1/(4(2a + 1)), 3/(16(2a + 1)(2a + 3)).
  @Test(arguments: [0.01, 0.2, 0.4, 1, 3, 100]) func momentsOfASymmetricBeta(a: Double) throws {
    let random = try RandomGenerator(seed: 1, purpose: "beta")
    let numbers = try Tensor.symmetricBeta([200_000], concentration: a, using: random)
    #expect(try numbers.isFinite() && numbers.minimum().item() >= 0 && numbers.maximum().item() <= 1)
    let centred = try numbers.to(.float64) - 0.5
    let (variance, fourth) = (1 / (4 * (2 * a + 1)), 3 / (16 * (2 * a + 1) * (2 * a + 3)))
    // Five standard errors.
    #expect(abs(try centred.mean().item()) < 5 * (variance / 200_000).squareRoot())
    #expect(
      abs(try centred.squared().mean().item() - variance) < 5 * ((fourth - variance * variance) / 2e5).squareRoot())
    #expect(abs(try centred.power(4).mean().item() - fourth) < 0.03 * fourth)
  }

  /// The whole distribution where it is known in closed form: uniform, and the arcsine's.
  @Test func distributionFunctions() throws {
    for (a, function) in [(1.0, { $0 }), (0.5, { 2 / .pi * asin(sqrt($0)) })] as [(Double, (Double) -> Double)] {
      let random = try RandomGenerator(seed: 2, purpose: "beta")
      let numbers = try Tensor.symmetricBeta([100_000], concentration: a, using: random)
      for point in [0.001, 0.01, 0.1, 0.3, 0.5, 0.8, 0.99] {
        let share = try numbers.isLess(than: point).to(.float32).mean().item()
        #expect(abs(share - function(point)) < 0.006, "Beta(\(a), \(a)) at \(point)")
      }
    }
  }

  /// From the generator's state alone.
  @Test func drawsAreRepeated() throws {
    let random = try RandomGenerator(seed: 3)
    let state = try random.state()
    let first = try Tensor.symmetricBeta([7], concentration: 0.3, using: random).array(of: Float.self)
    #expect(try Tensor.symmetricBeta([7], concentration: 0.3, using: random).array(of: Float.self) != first)
    try random.setState(state)
    #expect(try Tensor.symmetricBeta([7], concentration: 0.3, using: random).array(of: Float.self) == first)
    #expect(throws: TorchError.self) { try Tensor.symmetricBeta([7], concentration: 0, using: random) }
    #expect(throws: TorchError.self) { try Tensor.symmetricBeta([7], concentration: .nan, using: random) }
  }

  /// Against the share of a normal distribution below each point, given that it lies within the bound.
  @Test(arguments: [(0.5, 0.25, 0.7577), (1.0, 0.5, 0.7805), (2.0, 1.0, 0.8576)])
  func truncatedNormalIsOneWithoutItsTails(bound: Double, point: Double, share: Double) throws {
    let numbers = try Tensor.truncatedNormal([40_000], bound: bound, using: RandomGenerator(seed: 5))
    #expect(try numbers.absolute().maximum().item() <= bound)
    #expect(try abs(numbers.isLess(than: point).to(.float32).mean().item() - share) < 0.01)
    #expect(try abs(numbers.mean().item()) < 0.01)
    #expect(throws: TorchError.self) { try Tensor.truncatedNormal([1], bound: 0, using: RandomGenerator(seed: 5)) }
  }
}
