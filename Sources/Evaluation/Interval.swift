internal import Foundation

/// A confidence interval: the two bounds and the confidence that they were made for.
public struct Interval: Sendable, Hashable, Codable {
  /// The lower bound.
  public let low: Double
  /// The upper bound.
  public let high: Double
  /// Between 0 and 1, such as 0.95.
  public let confidence: Double

  /// An interval computed elsewhere.
  public init(low: Double, high: Double, confidence: Double = 0.95) {
    (self.low, self.high, self.confidence) = (low, high, confidence)
  }

  /// Whether a value lies between the bounds, the bounds included.
  public func contains(_ value: Double) -> Bool { low <= value && value <= high }

  /// Wilson's score interval for a proportion (Wilson 1927), which stays inside [0, 1] and keeps its
  /// coverage near the ends, where accuracies lie.
  ///
  ///     centre = (p + z²/2n) / (1 + z²/n),  half width = z/(1 + z²/n) · √(p(1 − p)/n + z²/4n²)
  ///
  /// - Throws: ``EvaluationError`` unless `0 ≤ successes ≤ count`, `count > 0` and `0 < confidence < 1`.
  public static func wilson(
    successes: Int, of count: Int, confidence: Double = 0.95
  ) throws(EvaluationError) -> Interval {
    guard count > 0, (0...count).contains(successes) else {
      throw EvaluationError("\(successes) of \(count) is no proportion")
    }
    let z = try Normal.quantile((1 + checked(confidence)) / 2)
    let (n, p) = (Double(count), Double(successes) / Double(count))
    let shrink = 1 + z * z / n
    let center = (p + z * z / (2 * n)) / shrink
    let half = z / shrink * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    // Rounding must not push a bound past an end that it reaches exactly.
    return Interval(
      low: successes == 0 ? 0 : max(0, center - half), high: successes == count ? 1 : min(1, center + half),
      confidence: confidence)
  }

  static func checked(_ confidence: Double) throws(EvaluationError) -> Double {
    guard confidence > 0, confidence < 1 else {
      throw EvaluationError("a confidence of \(confidence) does not lie between 0 and 1")
    }
    return confidence
  }
}

/// The mean of a few independent figures, such as one accuracy per seed, with Student's t interval:
/// `mean ± t(n − 1) · s/√n`.
public struct MeanEstimate: Sendable, Hashable, Codable {
  /// Figures averaged.
  public let count: Int
  /// Their arithmetic mean.
  public let mean: Double
  /// The sample's standard deviation, divided by n − 1; nil for a single figure.
  public let standardDeviation: Double?
  /// nil for a single figure, which says nothing about its spread.
  public let interval: Interval?

  /// - Parameter bounds: What the mean cannot leave, such as 0 to 1 for accuracies: the interval is cut there, which
  ///   loses no coverage.
  /// - Throws: ``EvaluationError`` when there is no figure, or one is not finite.
  public init(
    _ values: [Double], confidence: Double = 0.95, within bounds: ClosedRange<Double> = -.infinity ... .infinity
  ) throws(EvaluationError) {
    guard !values.isEmpty else { throw EvaluationError("a mean needs at least one figure") }
    guard values.allSatisfy(\.isFinite) else { throw EvaluationError("a figure to be averaged is not finite") }
    let n = Double(values.count)
    let mean = values.reduce(0, +) / n
    (self.count, self.mean) = (values.count, mean)
    guard values.count > 1 else {
      (standardDeviation, interval) = (nil, nil)
      return
    }
    let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)).squareRoot()
    let t = try StudentT(degreesOfFreedom: n - 1).quantile((1 + Interval.checked(confidence)) / 2)
    let half = t * deviation / n.squareRoot()
    standardDeviation = deviation
    interval = Interval(
      low: max(mean - half, bounds.lowerBound), high: min(mean + half, bounds.upperBound), confidence: confidence)
  }
}
