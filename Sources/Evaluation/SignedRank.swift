internal import Foundation

/// The outcome of a Wilcoxon signed-rank test.
public struct WilcoxonSignedRank: Sendable, Hashable {
  /// The sum of the ranks of the positive differences.
  public let positiveRankSum: Double
  /// Differences that were not zero.
  public let count: Int
  /// Two-sided: exact for up to 1,000 differences, ``approximateP`` for more.
  public let p: Double
  /// Two-sided, by the normal approximation with the variance that shared ranks leave, without continuity correction:
  ///
  ///     z = (W⁺ − n(n + 1)/4) / √((n(n + 1)(2n + 1) − Σ(t³ − t)/2)/24)
  ///
  /// where each t counts equal magnitudes.
  public let approximateP: Double
}

/// The Wilcoxon signed-rank test (Wilcoxon 1945) with its exact null distribution.
///
/// Zero differences are dropped, as Wilcoxon did. Equal magnitudes share the mean of their ranks, and the
/// null distribution is that of the shared ranks: all 2ⁿ signs counted by dynamic programming, no normal
/// approximation up to 1,000 differences. Two-sided p is twice the smaller tail, at most 1.
///
/// SciPy's `wilcoxon` treats zeros and equal magnitudes alike by default, but approximates for more than 50 differences,
/// and for more than 13 where magnitudes are equal or zero. Magnitudes closer than 10⁻¹² count as equal here, since
/// 0.93 − 0.91 and 0.92 − 0.90 differ in their last bits.
///
/// - Returns: nil when no difference is left.
/// - Throws: ``EvaluationError`` when a difference is not finite.
public func wilcoxonSignedRank(_ differences: [Double]) throws(EvaluationError) -> WilcoxonSignedRank? {
  let tolerance = 1e-12
  guard differences.allSatisfy(\.isFinite) else { throw EvaluationError("a difference to be ranked is not finite") }
  let kept = differences.filter { abs($0) > tolerance }.sorted { abs($0) < abs($1) }
  guard !kept.isEmpty else { return nil }

  // Twice the ranks, so that shared ranks stay whole numbers.
  var doubledRanks = [Int](repeating: 0, count: kept.count)
  var shared = 0.0
  var start = 0
  while start < kept.count {
    var end = start + 1
    while end < kept.count, abs(kept[end]) - abs(kept[end - 1]) <= tolerance { end += 1 }
    for index in start..<end { doubledRanks[index] = start + 1 + end }
    let equal = Double(end - start)
    shared += equal * equal * equal - equal
    start = end
  }
  let positive = zip(kept, doubledRanks).reduce(0) { $0 + ($1.0 > 0 ? $1.1 : 0) }

  let n = Double(kept.count)
  let variance = (n * (n + 1) * (2 * n + 1) - shared / 2) / 24
  let z = (Double(positive) / 2 - n * (n + 1) / 4) / variance.squareRoot()
  let approximate = erfc(abs(z) / 2.0.squareRoot())
  return WilcoxonSignedRank(
    positiveRankSum: Double(positive) / 2, count: kept.count,
    p: kept.count <= 1000 ? exactP(doubledRanks, positive: positive) : approximate, approximateP: approximate)
}

/// How often the signs of the ranks, each given by the toss of a coin, leave a positive sum as far out as the one found.
private func exactP(_ doubledRanks: [Int], positive: Int) -> Double {
  var probability = [Double](repeating: 0, count: doubledRanks.reduce(0, +) + 1)
  probability[0] = 1
  var reached = 0
  for rank in doubledRanks {
    reached += rank
    for sum in stride(from: reached, through: 0, by: -1) {
      probability[sum] = (probability[sum] + (sum >= rank ? probability[sum - rank] : 0)) / 2
    }
  }
  let lower = probability[...positive].reduce(0, +)
  let upper = probability[positive...].reduce(0, +)
  return min(1, 2 * min(lower, upper))
}
