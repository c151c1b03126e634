/// Two recipes compared over the same seeds: the differences `method − baseline`, one per seed.
///
/// Pairing removes what the two share (the labelled split, the initial weights' seed), so a gain shows
/// with fewer seeds than two independent groups would need.
public struct PairedComparison: Sendable, Hashable, Codable {
  /// `method − baseline` for each pair, in the order given.
  public let differences: [Double]
  /// The mean difference with its t interval over the differences.
  public let difference: MeanEstimate
  /// Two-sided p of the paired t-test; nil for a single pair.
  public let tTestP: Double?
  /// Two-sided exact p of the Wilcoxon signed-rank test; nil when every difference is zero.
  public let wilcoxonP: Double?

  /// Whether the interval lies wholly above or wholly below zero; false when there is none.
  public var excludesZero: Bool {
    guard let interval = difference.interval else { return false }
    return interval.low > 0 || interval.high < 0
  }

  /// - Parameters:
  ///   - baseline: One figure per seed, such as accuracies from 0 to 1.
  ///   - method: The figures of the same seeds in the same order.
  /// - Throws: ``EvaluationError`` when the two differ in length, are empty or hold a figure that is not finite.
  public init(baseline: [Double], method: [Double], confidence: Double = 0.95) throws(EvaluationError) {
    guard baseline.count == method.count else {
      throw EvaluationError("\(baseline.count) figures cannot be paired with \(method.count)")
    }
    differences = zip(baseline, method).map { $1 - $0 }
    difference = try MeanEstimate(differences, confidence: confidence)
    tTestP = try Self.tTest(difference)
    wilcoxonP = try wilcoxonSignedRank(differences)?.p
  }

  /// t = mean / (s/√n) against Student's t with n − 1 degrees of freedom. Without any spread p is 0, or 1
  /// when the mean is zero too.
  private static func tTest(_ difference: MeanEstimate) throws(EvaluationError) -> Double? {
    guard let deviation = difference.standardDeviation else { return nil }
    guard deviation > 0 else { return difference.mean == 0 ? 1 : 0 }
    let n = Double(difference.count)
    let t = difference.mean / (deviation / n.squareRoot())
    return try min(1, 2 * StudentT(degreesOfFreedom: n - 1).upperTail(abs(t)))
  }
}

/// The outcome of a Wilcoxon signed-rank test.
public struct WilcoxonSignedRank: Sendable, Hashable {
  /// The sum of the ranks of the positive differences.
  public let positiveRankSum: Double
  /// Differences that were not zero.
  public let count: Int
  /// Two-sided.
  public let p: Double
}

/// The Wilcoxon signed-rank test (Wilcoxon 1945) with its exact null distribution.
///
/// Zero differences are dropped, as Wilcoxon did. Equal magnitudes share the mean of their ranks, and the
/// null distribution is that of the shared ranks: all 2ⁿ signs counted by dynamic programming, no normal
/// approximation. Magnitudes closer than 10⁻¹² count as equal, since 0.93 − 0.91 and 0.92 − 0.90 differ
/// in their last bits. Two-sided p is twice the smaller tail, at most 1.
///
/// - Returns: nil when no difference is left.
/// - Throws: ``EvaluationError`` when a difference is not finite, or there are more than 1,000.
public func wilcoxonSignedRank(_ differences: [Double]) throws(EvaluationError) -> WilcoxonSignedRank? {
  let tolerance = 1e-12
  guard differences.allSatisfy(\.isFinite) else { throw EvaluationError("a difference to be ranked is not finite") }
  guard differences.count <= 1000 else {
    throw EvaluationError("the exact signed-rank test takes at most 1,000 differences, not \(differences.count)")
  }
  let kept = differences.filter { abs($0) > tolerance }.sorted { abs($0) < abs($1) }
  guard !kept.isEmpty else { return nil }

  // Twice the ranks, so that shared ranks stay whole numbers.
  var doubledRanks = [Int](repeating: 0, count: kept.count)
  var start = 0
  while start < kept.count {
    var end = start + 1
    while end < kept.count, abs(kept[end]) - abs(kept[end - 1]) <= tolerance { end += 1 }
    for index in start..<end { doubledRanks[index] = start + 1 + end }
    start = end
  }

  let total = doubledRanks.reduce(0, +)
  var probability = [Double](repeating: 0, count: total + 1)
  probability[0] = 1
  var reached = 0
  for rank in doubledRanks {
    reached += rank
    for sum in stride(from: reached, through: 0, by: -1) {
      probability[sum] = (probability[sum] + (sum >= rank ? probability[sum - rank] : 0)) / 2
    }
  }
  let positive = zip(kept, doubledRanks).reduce(0) { $0 + ($1.0 > 0 ? $1.1 : 0) }
  let lower = probability[...positive].reduce(0, +)
  let upper = probability[positive...].reduce(0, +)
  return WilcoxonSignedRank(
    positiveRankSum: Double(positive) / 2, count: kept.count, p: min(1, 2 * min(lower, upper)))
}
