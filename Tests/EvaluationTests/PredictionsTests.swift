import SparringEvaluation
import Testing
import SparringTorch

@Suite("A classifier's answers beside the truth")
struct PredictionsTests {
  /// Five images of three classes: right, wrong (0.8), right, wrong (0.9), right.
  func answers() throws -> Predictions {
    try Predictions(
      probabilities: [
        0.7, 0.2, 0.1,
        0.8, 0.1, 0.1,
        0.0, 0.1, 0.9,
        0.0, 0.9, 0.1,
        0.1, 0.6, 0.3,
      ],
      truths: [0, 1, 2, 2, 1], classCount: 3)
  }

  @Test("accuracy, confusion with the truth in rows, and accuracy of each class")
  func confusion() throws {
    let answers = try answers()
    #expect(answers.accuracy == 0.6 && answers.correctCount == 3)
    let confusion = try answers.confusion()
    #expect(confusion.counts == [[1, 0, 0], [1, 1, 0], [0, 1, 1]])
    #expect(confusion.accuracy == 0.6)
    #expect(confusion.perClassAccuracy == [1, 0.5, 0.5])
    let sparse = try ConfusionMatrix(truths: [0], predictions: [0], classCount: 2)
    #expect(sparse.perClassAccuracy == [1, nil])
  }

  @Test("the surest mistakes come first; equals in the split's order")
  func mistakes() throws {
    let mistakes = try answers().surestMistakes(5)
    #expect(mistakes.map(\.index) == [3, 1])
    #expect(mistakes[0].truth == 2 && mistakes[0].prediction == 1 && abs(mistakes[0].confidence - 0.9) < 1e-6)
    #expect(try answers().surestMistakes(1).map(\.index) == [3])
    let equal = try Predictions(probabilities: [0.9, 0.1, 0.9, 0.1], truths: [1, 1], classCount: 2)
    #expect(equal.surestMistakes(2).map(\.index) == [0, 1])
  }

  @Test("expected calibration error by hand")
  func calibration() throws {
    // Two bins: (½, 1] holds all five: accuracy 0.6, mean confidence 0.78.
    #expect(abs(try answers().expectedCalibrationError(bins: 2) - 0.18) < 1e-6)
    // Four bins: 0.6 and 0.7 in (½, ¾], |2 − 1.3|; 0.8 and 0.9 twice in (¾, 1], |1 − 2.6|.
    #expect(abs(try answers().expectedCalibrationError(bins: 4) - (0.7 + 1.6) / 5) < 1e-6)
  }

  @Test("logits give the same answers as their softmax")
  func logits() throws {
    let logits = try Tensor([Float](arrayLiteral: 2, 0, 0, 5), shape: [2, 2])
    let answers = try Predictions(logits: logits, truths: [0, 0])
    #expect(answers.classes == [0, 1] && answers.accuracy == 0.5)
    #expect(abs(answers.confidences[0] - 0.880797) < 1e-6)
  }

  @Test("what does not fit is refused")
  func refusals() throws {
    #expect(throws: EvaluationError.self) { try Predictions(probabilities: [1, 0], truths: [2], classCount: 2) }
    #expect(throws: EvaluationError.self) { try Predictions(probabilities: [1, 0, 1], truths: [0], classCount: 2) }
    #expect(throws: EvaluationError.self) { try Predictions(probabilities: [.nan, 1], truths: [0], classCount: 2) }
    #expect(throws: EvaluationError.self) { try Predictions(probabilities: [], truths: [], classCount: 2) }
    #expect(throws: EvaluationError.self) { try ConfusionMatrix(truths: [0], predictions: [], classCount: 2) }
    #expect(throws: EvaluationError.self) { try ConfusionMatrix(truths: [0], predictions: [2], classCount: 2) }
    #expect(throws: EvaluationError.self) {
      try Predictions(logits: Tensor([Float](repeating: 0, count: 4)), truths: [0])
    }
  }
}

@Suite("Fréchet distance")
struct FrechetDistanceTests {
  func distance(_ a: [Double], _ b: [Double], width: Int) throws -> FrechetDistance {
    try FrechetDistance(
      generated: Tensor(a, shape: [a.count / width, width]), reference: Tensor(b, shape: [b.count / width, width]),
      extractor: "identity", referenceSplit: "test")
  }

  @Test("one dimension: (μ₁ − μ₂)² + (σ₁ − σ₂)²")
  func oneDimension() throws {
    // Means 1 and 5; variances 2 and 8.
    let value = try distance([0, 2], [3, 7], width: 1).value
    #expect(abs(value - (16 + (2.0.squareRoot() - 8.0.squareRoot()) * (2.0.squareRoot() - 8.0.squareRoot()))) < 1e-9)
  }

  @Test("covariances that do not commute, by hand")
  func twoDimensions() throws {
    // Rows (±1, 0), (0, ±2) have Σ₁ = diag(2/3, 8/3). Rows ±(1, 1), ±(1, −1)·2 have Σ₂ = [[10/3, −2], [−2, 10/3]].
    // Tr √M = √(Tr M + 2√det M) for 2×2: Tr Σ₁Σ₂ = 100/9, det = 16/9 · 64/9.
    let value = try distance([1, 0, -1, 0, 0, 2, 0, -2], [1, 1, -1, -1, 2, -2, -2, 2], width: 2).value
    let root = (100.0 / 9 + 2 * (16.0 / 9 * 64 / 9).squareRoot()).squareRoot()
    #expect(abs(value - (10.0 / 3 + 20.0 / 3 - 2 * root)) < 1e-9)
  }

  @Test("identical features are at distance zero, and the circumstances stay with the value")
  func identical() throws {
    let features: [Double] = [1, 2, 3, 4, 5, 7, 0, 1, 9]
    let distance = try distance(features, features, width: 3)
    #expect(distance.value < 1e-6)
    #expect(distance.compared.extractor == "identity" && distance.compared.referenceSplit == "test")
    #expect(distance.compared.generatedCount == 3 && distance.compared.referenceCount == 3)
    #expect(distance.description.contains("identity") && distance.description.contains("3 generated against 3 test"))
  }

  @Test("too few images and unlike widths are refused")
  func refusals() throws {
    #expect(throws: EvaluationError.self) { try distance([1], [1, 2], width: 1) }
    #expect(throws: EvaluationError.self) {
      try FrechetDistance(
        generated: Tensor([1.0, 2, 3, 4], shape: [2, 2]), reference: Tensor([1.0, 2], shape: [2, 1]),
        extractor: "identity", referenceSplit: "test")
    }
  }

  @Test("answers for the same images are told apart by those that only one got right")
  func pairedAnswers() throws {
    func predictions(_ classes: [Int], truths: [Int]) throws -> Predictions {
      try Predictions(
        probabilities: classes.flatMap { $0 == 0 ? [Float(0.9), 0.1] : [0.1, 0.9] }, truths: truths, classCount: 2)
    }
    let truths = [0, 0, 0, 0, 1, 1, 1, 1, 1, 1]
    let first = try predictions([0, 0, 0, 1, 1, 1, 1, 1, 0, 1], truths: truths)
    let second = try predictions([0, 1, 1, 1, 1, 1, 1, 0, 1, 1], truths: truths)
    let paired = try PairedAnswers(first, second)
    #expect((paired.onlyFirst, paired.onlySecond, paired.count) == (3, 1, 10))
    #expect(abs(paired.difference - 0.2) < 1e-12)
    // 2/12 ± 1.95996·√(5 − 4/12)/12, with half an image more in each cell.
    let interval = try paired.interval()
    #expect(abs(interval.low + 0.18617) < 1e-4 && abs(interval.high - 0.51950) < 1e-4)
    #expect(abs(paired.p - 0.625) < 1e-12, "2·(1 + 4)/16")
    #expect(throws: EvaluationError.self) { try PairedAnswers(first, predictions([0], truths: [0])) }
  }
}
