internal import Foundation

/// The percentile bootstrap interval of a mean (Efron 1979): as many of the values as there are, drawn with replacement,
/// have their mean taken again and again, and the interval runs between the quantiles `(1 − confidence)/2` and
/// `(1 + confidence)/2` of those means, interpolated linearly between neighbours.
///
/// Given the differences of pairs, this draws pairs, never the members of a pair apart. The same seed gives the same
/// interval on every machine.
///
/// - Parameters:
///   - count: How many values there are.
///   - value: The value with an index from 0 to `count − 1`.
///   - resamples: How often the values are drawn anew, 1 to 1,000,000.
/// - Throws: ``EvaluationError`` when there is no value, one is not finite, or a parameter is out of range.
public func bootstrapInterval(
  ofMeanOf count: Int, value: (Int) -> Double, confidence: Double = 0.95, resamples: Int = 10_000, seed: UInt64 = 1
) throws(EvaluationError) -> Interval {
  guard count > 0 else { throw EvaluationError("a mean needs at least one figure") }
  guard (1...1_000_000).contains(resamples) else {
    throw EvaluationError("a bootstrap of \(resamples) resamples: choose 1 to 1,000,000")
  }
  let tail = try (1 - Interval.checked(confidence)) / 2
  let values = (0..<count).map(value)
  guard values.allSatisfy(\.isFinite) else { throw EvaluationError("a figure to be averaged is not finite") }
  var random = SplitMix64(state: seed)
  var means = [Double](repeating: 0, count: resamples)
  for resample in means.indices {
    var sum = 0.0
    for _ in 0..<count { sum += values[random.index(below: count)] }
    means[resample] = sum / Double(count)
  }
  means.sort()
  return Interval(low: quantile(tail, of: means), high: quantile(1 - tail, of: means), confidence: confidence)
}

/// The quantile of ascending values, linear between neighbours (type 7 of Hyndman and Fan 1996).
private func quantile(_ share: Double, of sorted: [Double]) -> Double {
  let place = share * Double(sorted.count - 1)
  let below = min(Int(place), sorted.count - 1)
  let above = min(below + 1, sorted.count - 1)
  return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
}

/// SplitMix64 (Steele, Lea and Flood 2014): the standard library promises no numbers that stay the same.
private struct SplitMix64 {
  var state: UInt64

  /// The upper half of a product: with 64 random bits the counts of data sets leave no bias to speak of.
  mutating func index(below count: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    bits ^= bits >> 31
    return Int(bits.multipliedFullWidth(by: UInt64(count)).high)
  }
}
