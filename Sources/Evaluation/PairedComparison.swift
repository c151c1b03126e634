/// Two recipes compared over the same seeds: the differences `method − baseline`, one per seed.
///
/// Pairing removes what the two share (the labelled split, the initial weights' seed), so a gain shows
/// with fewer seeds than two independent groups would need.
public struct PairedComparison: Sendable, Hashable, Codable {
  /// `method − baseline` for each pair, in the order given.
  public let differences: [Double]
  /// The mean difference with its t interval over the differences.
  public let difference: MeanEstimate
  /// Two-sided p of the paired t-test; nil for a single pair. Where all differences are alike, which a t-test would take
  /// for certainty, that of the signed ranks.
  public let tTestP: Double?
  /// Two-sided p of the Wilcoxon signed-rank test, exact for up to 1,000 pairs; nil when every difference is zero.
  public let wilcoxonP: Double?

  /// Whether the interval lies wholly above or wholly below zero; false when there is none, or when it has no width and the
  /// signed ranks make nothing of it.
  public var excludesZero: Bool {
    guard let interval = difference.interval, interval.low > 0 || interval.high < 0 else { return false }
    return !areAlike || (wilcoxonP ?? 1) < 0.05
  }

  /// Whether all differences are one but for rounding, so that their interval has no width; false for a single pair.
  public var areAlike: Bool { Self.areAlike(difference) }

  private static func areAlike(_ difference: MeanEstimate) -> Bool {
    difference.standardDeviation.map { $0 <= 1e-12 + 1e-9 * abs(difference.mean) } ?? false
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
    wilcoxonP = try wilcoxonSignedRank(differences)?.p
    tTestP = try Self.tTest(difference, without: wilcoxonP)
  }

  /// The percentile bootstrap interval of the mean difference: pairs are drawn anew, so that what the two share stays
  /// shared (``bootstrapInterval(ofMeanOf:value:confidence:resamples:seed:)``). With fewer than ten pairs or so it is too
  /// narrow; the t interval of ``difference`` is then the one to quote.
  public func bootstrapInterval(
    confidence: Double = 0.95, resamples: Int = 10_000, seed: UInt64 = 1
  ) throws(EvaluationError) -> Interval {
    let differences = differences
    return try SparringEvaluation.bootstrapInterval(
      ofMeanOf: differences.count, value: { differences[$0] }, confidence: confidence, resamples: resamples, seed: seed)
  }

  /// t = mean / (s/√n) against Student's t with n − 1 degrees of freedom.
  /// - Parameter signedRanks: Stands in where there is no spread but that of rounding; nil where every difference is zero.
  private static func tTest(
    _ difference: MeanEstimate, without signedRanks: Double?
  ) throws(EvaluationError) -> Double? {
    guard let deviation = difference.standardDeviation else { return nil }
    guard !areAlike(difference) else { return signedRanks ?? 1 }
    let n = Double(difference.count)
    let t = difference.mean / (deviation / n.squareRoot())
    return try min(1, 2 * StudentT(degreesOfFreedom: n - 1).upperTail(abs(t)))
  }
}
