import Foundation
import SparringEvaluation
import Testing

/// What `Scripts/fixtures/make_statistics_fixtures.py` had from SciPy, statsmodels and scikit-learn.
private struct Fixture: Decodable {
  struct Answers: Decodable {
    let probabilities: [Float]
    let truths: [Int]
    let classCount: Int
    let confusion: [[Int]]
    let accuracy, balancedAccuracy: Double
    let perClassAccuracy: [Double]
    let calibrationErrors: [String: Double]
  }
  struct McNemar: Decodable {
    let onlyFirst, onlySecond, count: Int
    let exactP, correctedP: Double
  }
  struct SignedRank: Decodable {
    let name: String
    let differences: [Double]
    let exactP: Double?
    let approximateP: Double
  }
  struct Paired: Decodable {
    let baseline, method: [Double]
    let p, low, high: Double
  }
  struct Bootstrap: Decodable {
    let baseline, method: [Double]
    let seed: UInt64
    let resamples: Int
    let confidence, low, high, scipyLow, scipyHigh: Double
  }
  struct Holm: Decodable {
    let p, corrected: [Double]
  }
  let answers: Answers
  let mcnemar: [McNemar]
  let signedRanks: [SignedRank]
  let paired: [Paired]
  let bootstrap: [Bootstrap]
  let holm: Holm

  static func load() throws -> Fixture {
    let file = try #require(
      Bundle.module.url(forResource: "statistics", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file))
  }
}

/// Answers of two classifiers of which so many images are named rightly by one of them alone.
private func paired(onlyFirst: Int, onlySecond: Int, count: Int) throws -> PairedAnswers {
  func answers(wrong: Range<Int>) throws -> Predictions {
    try Predictions(
      probabilities: (0..<count).flatMap { wrong.contains($0) ? [Float(0.1), 0.9] : [0.9, 0.1] },
      truths: [Int](repeating: 0, count: count), classCount: 2)
  }
  return try PairedAnswers(
    answers(wrong: onlyFirst..<(onlyFirst + onlySecond)), answers(wrong: 0..<onlyFirst))
}

@Suite("Statistics agree with SciPy, statsmodels and scikit-learn")
struct PeerStatisticsTests {
  private let fixture: Fixture
  init() throws { fixture = try Fixture.load() }

  func isClose(_ a: Double?, _ b: Double, _ tolerance: Double = 1e-9) -> Bool {
    a.map { abs($0 - b) <= tolerance } ?? false
  }

  @Test("confusion, accuracy of each class, balanced accuracy and calibration")
  func measures() throws {
    let expected = fixture.answers
    let answers = try Predictions(
      probabilities: expected.probabilities, truths: expected.truths, classCount: expected.classCount)
    let confusion = try answers.confusion()
    #expect(confusion.counts == expected.confusion)
    #expect(isClose(confusion.accuracy, expected.accuracy) && isClose(answers.accuracy, expected.accuracy))
    #expect(isClose(confusion.balancedAccuracy, expected.balancedAccuracy))
    #expect(expected.balancedAccuracy != expected.accuracy)
    for (one, other) in zip(confusion.perClassAccuracy, expected.perClassAccuracy) { #expect(isClose(one, other)) }
    for (bins, error) in expected.calibrationErrors {
      #expect(isClose(try answers.expectedCalibrationError(bins: #require(Int(bins))), error), "\(bins) bins")
    }
    let bins = try answers.calibrationBins()
    #expect(bins.count == 15 && bins.reduce(0) { $0 + $1.count } == answers.count)
    #expect(bins.first?.accuracy == nil && bins.first?.low == 0 && bins.last?.high == 1)
    #expect(throws: EvaluationError.self) { try answers.calibrationBins(0) }
  }

  @Test("McNemar, exact and with the continuity correction")
  func mcnemar() throws {
    for expected in fixture.mcnemar {
      let answers = try paired(
        onlyFirst: expected.onlyFirst, onlySecond: expected.onlySecond, count: expected.count)
      #expect((answers.onlyFirst, answers.onlySecond) == (expected.onlyFirst, expected.onlySecond))
      #expect(isClose(answers.p, expected.exactP), "\(expected)")
      #expect(isClose(answers.correctedP, expected.correctedP), "\(expected)")
    }
    let alike = try paired(onlyFirst: 4, onlySecond: 4, count: 20)
    #expect(alike.p == 1 && alike.correctedP == 1)
    let same = try paired(onlyFirst: 0, onlySecond: 0, count: 3)
    #expect(same.p == 1 && same.correctedP == 1)
  }

  @Test("signed ranks, exact and approximate, with ties and zeros")
  func signedRanks() throws {
    for expected in fixture.signedRanks {
      let result = try #require(try wilcoxonSignedRank(expected.differences))
      if let exact = expected.exactP, result.count <= 1000 { #expect(isClose(result.p, exact), "\(expected.name)") }
      #expect(isClose(result.approximateP, expected.approximateP), "\(expected.name)")
      if result.count > 1000 { #expect(result.p == result.approximateP) }
    }
    #expect(fixture.signedRanks.filter { $0.exactP != nil }.count >= 5)
  }

  @Test("the paired t-test with its interval")
  func tTest() throws {
    for expected in fixture.paired {
      let comparison = try PairedComparison(baseline: expected.baseline, method: expected.method)
      #expect(isClose(comparison.tTestP, expected.p))
      #expect(isClose(comparison.difference.interval?.low, expected.low))
      #expect(isClose(comparison.difference.interval?.high, expected.high))
    }
  }

  @Test("the bootstrap draws the same for the same seed, and its percentiles are NumPy's")
  func bootstrap() throws {
    for expected in fixture.bootstrap {
      let comparison = try PairedComparison(baseline: expected.baseline, method: expected.method)
      let interval = try comparison.bootstrapInterval(
        confidence: expected.confidence, resamples: expected.resamples, seed: expected.seed)
      #expect(isClose(interval.low, expected.low, 1e-12) && isClose(interval.high, expected.high, 1e-12))
      // SciPy draws other numbers, and more of them.
      #expect(isClose(interval.low, expected.scipyLow, 4e-4) && isClose(interval.high, expected.scipyHigh, 4e-4))
    }
    #expect(fixture.bootstrap[0].low != fixture.bootstrap[1].low)
  }

  @Test("the bootstrap over images keeps each image's two answers together")
  func bootstrapOverImages() throws {
    // 60 and 40 of 1,000: the difference's standard error is √(0.1 − 0.02²)/√1000 = 0.00998.
    let answers = try paired(onlyFirst: 60, onlySecond: 40, count: 1000)
    let interval = try answers.bootstrapInterval(resamples: 4000, seed: 3)
    #expect(
      isClose(interval.low, 0.02 - 1.96 * 0.00998, 1.5e-3) && isClose(interval.high, 0.02 + 1.96 * 0.00998, 1.5e-3))
    #expect(try answers.bootstrapInterval(resamples: 4000, seed: 3) == interval)
    #expect(try answers.bootstrapInterval(resamples: 4000, seed: 4) != interval)
    let same = try paired(onlyFirst: 0, onlySecond: 0, count: 5).bootstrapInterval(resamples: 10)
    #expect(same.low == 0 && same.high == 0)
    #expect(throws: EvaluationError.self) { try answers.bootstrapInterval(resamples: 0) }
    #expect(throws: EvaluationError.self) { try answers.bootstrapInterval(confidence: 1) }
    #expect(throws: EvaluationError.self) { try bootstrapInterval(ofMeanOf: 0, value: { _ in 1 }) }
    #expect(throws: EvaluationError.self) { try bootstrapInterval(ofMeanOf: 2, value: { _ in .nan }) }
  }

  @Test("Holm's correction")
  func holm() throws {
    let corrected = try holmCorrected(fixture.holm.p)
    for (one, other) in zip(corrected, fixture.holm.corrected) { #expect(isClose(one, other)) }
    // By hand: 3·0.01, then 2·0.02 = 0.04, then 0.03 raised to what stands before it.
    let byHand = try holmCorrected([0.03, 0.01, 0.02])
    for (one, other) in zip(byHand, [0.04, 0.03, 0.04]) { #expect(isClose(one, other)) }
    #expect(try holmCorrected([]) == [])
    #expect(throws: EvaluationError.self) { try holmCorrected([0.5, 1.2]) }
    #expect(throws: EvaluationError.self) { try holmCorrected([.nan]) }
  }
}
