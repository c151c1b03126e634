internal import Foundation

/// Two classifiers' answers for the same images: only those that one got right and the other did not tell them apart
/// (McNemar 1947).
public struct PairedAnswers: Sendable, Hashable {
  /// Images.
  public let count: Int
  /// Images that only the first named rightly.
  public let onlyFirst: Int
  /// Images that only the second named rightly.
  public let onlySecond: Int

  /// - Throws: ``EvaluationError`` when the two are not about the same images.
  public init(_ first: Predictions, _ second: Predictions) throws(EvaluationError) {
    guard first.truths == second.truths else {
      throw EvaluationError("answers for \(first.count) and \(second.count) images cannot be paired: they differ")
    }
    count = first.count
    var (onlyFirst, onlySecond) = (0, 0)
    for (index, truth) in first.truths.enumerated() {
      let (one, two) = (first.classes[index] == truth, second.classes[index] == truth)
      if one, !two { onlyFirst += 1 }
      if two, !one { onlySecond += 1 }
    }
    (self.onlyFirst, self.onlySecond) = (onlyFirst, onlySecond)
  }

  /// The first's accuracy minus the second's.
  public var difference: Double { Double(onlyFirst - onlySecond) / Double(count) }

  /// The exact two-sided p of McNemar's test, by the binomial distribution, for any number of images: how often as many of those images, or more, would fall to one side if each
  /// did so by the toss of a coin.
  public var p: Double {
    let (all, fewer) = (onlyFirst + onlySecond, min(onlyFirst, onlySecond))
    // By logarithms: thousands of halves are no number.
    func logFactorial(_ number: Int) -> Double { lgamma(Double(number + 1)) }
    var tail = 0.0
    for k in 0...fewer {
      let ways = logFactorial(all) - logFactorial(k) - logFactorial(all - k)
      tail += exp(ways - Double(all) * log(2))
    }
    return min(1, 2 * tail)
  }

  /// The p of McNemar's χ² with the usual continuity correction (Edwards 1948), which approximates ``p`` where many images
  /// tell the two apart:
  ///
  ///     χ² = max(0, |b − c| − 1)²/(b + c), one degree of freedom
  public var correctedP: Double {
    let (all, apart) = (onlyFirst + onlySecond, abs(onlyFirst - onlySecond))
    guard apart > 1 else { return 1 }
    let chiSquared = Double((apart - 1) * (apart - 1)) / Double(all)
    return erfc((chiSquared / 2).squareRoot())
  }

  /// The percentile bootstrap interval of ``difference``: images are drawn anew, each with both of its answers
  /// (``bootstrapInterval(ofMeanOf:value:confidence:resamples:seed:)``).
  public func bootstrapInterval(
    confidence: Double = 0.95, resamples: Int = 10_000, seed: UInt64 = 1
  ) throws(EvaluationError) -> Interval {
    let (first, both) = (onlyFirst, onlyFirst + onlySecond)
    return try SparringEvaluation.bootstrapInterval(
      ofMeanOf: count, value: { $0 < first ? 1 : $0 < both ? -1 : 0 }, confidence: confidence, resamples: resamples,
      seed: seed)
  }

  /// The difference with an interval for paired shares that holds for few images, too (Agresti and Min 2005): what other
  /// images of the kind would give, not other seeds. With half an image more in each of the four cells,
  ///
  ///     (b − c)/n ± z · √(b + c − (b − c)²/n)/n
  public func interval(confidence: Double = 0.95) throws(EvaluationError) -> Interval {
    let z = try Normal.quantile((1 + Interval.checked(confidence)) / 2)
    let (b, c, n) = (Double(onlyFirst) + 0.5, Double(onlySecond) + 0.5, Double(count) + 2)
    let half = z * (b + c - (b - c) * (b - c) / n).squareRoot() / n
    return Interval(low: max(-1, (b - c) / n - half), high: min(1, (b - c) / n + half), confidence: confidence)
  }
}
