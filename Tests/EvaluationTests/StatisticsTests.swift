import SparringEvaluation
import Testing

@Suite("Intervals and tests of a few figures")
struct StatisticsTests {
  func isClose(_ a: Double?, _ b: Double, _ tolerance: Double = 1e-4) -> Bool {
    a.map { abs($0 - b) <= tolerance } ?? false
  }

  @Test(
    "t quantiles agree with the printed tables",
    arguments: [
      (1.0, 0.975, 12.7062), (2, 0.975, 4.3027), (5, 0.975, 2.5706), (5, 0.95, 2.0150), (9, 0.995, 3.2498),
      (30, 0.975, 2.0423), (1000, 0.975, 1.9623),
    ])
  func tQuantile(degrees: Double, probability: Double, expected: Double) throws {
    let t = try StudentT(degreesOfFreedom: degrees)
    #expect(isClose(try t.quantile(probability), expected))
    #expect(isClose(try t.quantile(1 - probability), -expected))
    #expect(isClose(t.cumulative(expected), probability, 1e-5))
  }

  @Test("one degree of freedom is Cauchy's distribution, exactly")
  func cauchy() throws {
    let t = try StudentT(degreesOfFreedom: 1)
    #expect(abs(t.cumulative(1) - 0.75) < 1e-14)
    #expect(abs(t.cumulative(-1) - 0.25) < 1e-14)
    #expect(t.cumulative(0) == 0.5)
    #expect(try t.quantile(0.5) == 0)
  }

  @Test("senseless probabilities and degrees of freedom are refused")
  func refusals() throws {
    #expect(throws: EvaluationError.self) { try StudentT(degreesOfFreedom: 0) }
    #expect(throws: EvaluationError.self) { try StudentT(degreesOfFreedom: 3).quantile(1) }
    #expect(throws: EvaluationError.self) { try Interval.wilson(successes: 5, of: 4) }
    #expect(throws: EvaluationError.self) { try Interval.wilson(successes: 0, of: 0) }
    #expect(throws: EvaluationError.self) { try Interval.wilson(successes: 1, of: 4, confidence: 1) }
    #expect(throws: EvaluationError.self) { try MeanEstimate([]) }
    #expect(throws: EvaluationError.self) { try MeanEstimate([1, .nan]) }
    #expect(throws: EvaluationError.self) { try PairedComparison(baseline: [1, 2], method: [1]) }
  }

  @Test("Wilson's interval")
  func wilson() throws {
    let interval = try Interval.wilson(successes: 90, of: 100)
    #expect(isClose(interval.low, 0.8256) && isClose(interval.high, 0.9448))
    // z²/(n + z²) for none of ten.
    let none = try Interval.wilson(successes: 0, of: 10)
    #expect(none.low == 0 && isClose(none.high, 0.2775))
    let all = try Interval.wilson(successes: 10, of: 10)
    #expect(all.high == 1 && isClose(all.low, 0.7225))
  }

  @Test("a mean over seeds carries s/√n times the t quantile")
  func mean() throws {
    // Mean 3, s = √2.5, n = 5: 3 ± 2.7764·√0.5.
    let estimate = try MeanEstimate([1, 2, 3, 4, 5])
    #expect(estimate.mean == 3)
    #expect(isClose(estimate.standardDeviation, 1.5811))
    #expect(isClose(estimate.interval?.low, 1.0368) && isClose(estimate.interval?.high, 4.9632))
    let single = try MeanEstimate([0.9])
    #expect(single.mean == 0.9 && single.interval == nil && single.standardDeviation == nil)
    // Two accuracies of 96 and 98%: 97% ± 12.7062·1%, of which nothing lies above 100%.
    let share = try MeanEstimate([0.96, 0.98], within: 0...1)
    #expect(isClose(share.interval?.low, 0.8429) && share.interval?.high == 1)
  }

  @Test("paired differences, with the t-test and the signed-rank test")
  func paired() throws {
    // Differences 1, 2, 3, 4, 5, 6: mean 3.5, s = 1.8708, t = 4.5826 on 5 degrees of freedom.
    let comparison = try PairedComparison(baseline: [0, 0, 0, 0, 0, 0], method: [1, 2, 3, 4, 5, 6])
    #expect(comparison.difference.mean == 3.5)
    #expect(
      isClose(comparison.difference.interval?.low, 1.5367) && isClose(comparison.difference.interval?.high, 5.4633))
    #expect(isClose(comparison.tTestP, 0.00593, 1e-5))
    #expect(comparison.wilcoxonP == 0.03125)
    #expect(comparison.excludesZero)
  }

  @Test("a null is a null, and the sign is method − baseline")
  func null() throws {
    let same = try PairedComparison(baseline: [0.9, 0.8], method: [0.9, 0.8])
    // A t-test takes differences that are alike, but for rounding, for certainty; the signed ranks do not: 2 of 2³.
    let alike = try PairedComparison(baseline: [0.50, 0.55, 0.65], method: [0.55, 0.60, 0.70])
    #expect(isClose(alike.tTestP, 0.25, 1e-12) && isClose(alike.wilcoxonP, 0.25, 1e-12))
    #expect(alike.areAlike && !alike.excludesZero)
    #expect(same.tTestP == 1 && same.wilcoxonP == nil && !same.excludesZero)
    let noisy = try PairedComparison(baseline: [0, 0, 0], method: [1, -1, 0.5])
    #expect(!noisy.excludesZero)
    let worse = try PairedComparison(baseline: [3, 3, 3], method: [1, 1.1, 0.9])
    #expect(worse.difference.mean == -2 && worse.excludesZero)
    let single = try PairedComparison(baseline: [1], method: [2])
    #expect(single.tTestP == nil && !single.excludesZero)
  }

  @Test("signed ranks by hand")
  func signedRanks() throws {
    let allPositive = try #require(try wilcoxonSignedRank([1, 2, 3, 4, 5, 6]))
    #expect(allPositive.p == 0.03125 && allPositive.positiveRankSum == 21)
    // Ranks 1 to 4, only 1 negative: P(W⁻ ≤ 1) = 2/16.
    let oneNegative = try #require(try wilcoxonSignedRank([-1, 2, 3, 4]))
    #expect(oneNegative.p == 0.25 && oneNegative.positiveRankSum == 9)
    // Zeros leave: as [1, 2, 3].
    let zeros = try #require(try wilcoxonSignedRank([0, 1, 2, 0, 3]))
    #expect(zeros.count == 3 && zeros.p == 0.25)
    // Two equal magnitudes share rank 1.5: sums 0, 1.5, 1.5, 3; W⁺ = 1.5 lies in the middle.
    let tied = try #require(try wilcoxonSignedRank([1, -1]))
    #expect(tied.positiveRankSum == 1.5 && tied.p == 1)
    // Ranks 1.5, 1.5, 3; the negative one is a 1.5: P(W⁻ ≤ 1.5) = 3/8.
    let tiedThree = try #require(try wilcoxonSignedRank([0.93 - 0.91, -(0.92 - 0.90), 0.5]))
    #expect(tiedThree.positiveRankSum == 4.5 && tiedThree.p == 0.75)
    #expect(try wilcoxonSignedRank([0, 0]) == nil)
    #expect(throws: EvaluationError.self) { try wilcoxonSignedRank([.infinity]) }
  }
}
