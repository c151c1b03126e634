import Foundation

// Draws from distributions that LibTorch offers no generator of one's own for.

extension Tensor {
  /// Independent numbers of the distribution Beta(a, a) on [0, 1], on the generator's device: for a = 1 uniform, for
  /// smaller ones mostly near the ends, for larger ones mostly near ½.
  ///
  /// Exact, and by a fixed number of draws, so that a recorded step repeats it: a point of Beta(a + 1, a + 1) by Ulrich's
  /// formula (Devroye 1986, "Non-uniform random variate generation", IX.4), and Beta(a, a) as a mixture of what its density
  /// gives times x², 2x(1 − x) and (1 − x)², which sum to 1. The middle one is Beta(a + 1, a + 1); the first and the last are
  /// Beta(a, a + 2) and its mirror image, and Beta(a, a + 2) is U^(1/a) times Beta(a + 1, a + 1).
  ///
  /// - Parameter concentration: a, from 10⁻³ to 10³.
  /// - Throws: ``TorchError`` for an a out of range.
  public static func symmetricBeta(
    _ shape: [Int], concentration: Double, using generator: RandomGenerator
  ) throws(TorchError) -> Tensor {
    try require(concentration, named: "the concentration of a Beta distribution", in: 1e-3...1e3)
    let radius = try uniform(shape, using: generator).power(2 / (2 * concentration + 1))
    let angle = try uniform(shape, high: 2 * .pi, using: generator)
    let middle = try ((1 - radius).squareRoot() * angle.cosine() + 1) * 0.5
    let low = try uniform(shape, using: generator).power(1 / concentration) * middle
    let part = try uniform(shape, using: generator)
    let middleShare = concentration / (2 * concentration + 1)
    let side = try low.selected(where: part.isLess(than: (1 + middleShare) / 2), otherwise: 1 - low)
    return try middle.selected(where: part.isLess(than: middleShare), otherwise: side)
  }

  /// Independent standard normal numbers, none of them beyond ±`bound`: as if those had been drawn again.
  ///
  /// - Parameter bound: Above 0, to 10.
  /// - Throws: ``TorchError`` for a bound out of range.
  public static func truncatedNormal(
    _ shape: [Int], bound: Double, using generator: RandomGenerator
  ) throws(TorchError) -> Tensor {
    try require(bound, named: "the bound of a truncated normal distribution", in: 1e-6...10)
    let share = erf(bound / 2.squareRoot())
    let point = try uniform(shape, low: -share, high: share, using: generator)
    return try (Operators.inverseErf(.tensor(point)) * 2.squareRoot()).clamped(low: -bound, high: bound)
  }
}
