public import SparringTorch

/// A classifier's answers for a whole split beside the truth.
public struct Predictions: Sendable {
  /// Row-major `[N, K]`; each row sums to 1.
  public let probabilities: [Float]
  /// True classes, `[N]`, each from 0 to K − 1.
  public let truths: [Int]
  /// K.
  public let classCount: Int
  /// The most probable class of each image, `[N]`; the first of equals.
  public let classes: [Int]

  /// N.
  public var count: Int { truths.count }

  /// - Throws: ``EvaluationError`` when the sizes do not agree, a label is out of range or a probability
  ///   is not between 0 and 1 (a network that diverged answers NaN).
  public init(probabilities: [Float], truths: [Int], classCount: Int) throws(EvaluationError) {
    guard classCount > 0, !truths.isEmpty else { throw EvaluationError("there is nothing to evaluate") }
    guard probabilities.count == truths.count * classCount else {
      throw EvaluationError(
        "\(probabilities.count) probabilities are not \(classCount) for each of \(truths.count) labels")
    }
    if let index = truths.firstIndex(where: { !(0..<classCount).contains($0) }) {
      throw EvaluationError("image \(index) has label \(truths[index]), outside 0 to \(classCount - 1)")
    }
    if let index = probabilities.firstIndex(where: { !($0 >= 0 && $0 <= 1.000_1) }) {
      throw EvaluationError("image \(index / classCount) was given the probability \(probabilities[index])")
    }
    (self.probabilities, self.truths, self.classCount) = (probabilities, truths, classCount)
    classes = truths.indices.map { image in
      let row = probabilities[image * classCount..<(image + 1) * classCount]
      return row.indices.reduce(row.startIndex) { row[$1] > row[$0] ? $1 : $0 } - row.startIndex
    }
  }

  /// Answers from class scores; the softmax is taken here.
  /// - Parameter logits: `[N, K]`, any floating-point format and device.
  /// - Throws: ``EvaluationError`` as above; LibTorch's errors are passed on as such.
  public init(logits: Tensor, truths: [Int]) throws {
    guard logits.rank == 2 else {
      throw EvaluationError("class scores of shape \(logits.shape) are not [images, classes]")
    }
    let probabilities = try logits.to(.float32).softmax(1)
    try self.init(
      probabilities: probabilities.array(of: Float.self), truths: truths, classCount: logits.size(1))
  }

  /// From 0 to 1.
  public var accuracy: Double {
    Double(correctCount) / Double(count)
  }

  /// Images whose predicted class is the true one.
  public var correctCount: Int {
    zip(truths, classes).reduce(0) { $0 + ($1.0 == $1.1 ? 1 : 0) }
  }

  /// The probability that each image's predicted class was given, `[N]`.
  public var confidences: [Double] {
    classes.indices.map { Double(probabilities[$0 * classCount + classes[$0]]) }
  }

  /// How often each class was taken for each.
  public func confusion() throws(EvaluationError) -> ConfusionMatrix {
    try ConfusionMatrix(truths: truths, predictions: classes, classCount: classCount)
  }
}

/// One image that was classified wrongly.
public struct Mistake: Sendable, Hashable, Codable {
  /// The image's index in its split.
  public let index: Int
  /// The true class.
  public let truth: Int
  /// The class answered.
  public let prediction: Int
  /// The probability given to the wrong class, from 0 to 1.
  public let confidence: Double

  /// A mistake found elsewhere.
  public init(index: Int, truth: Int, prediction: Int, confidence: Double) {
    (self.index, self.truth, self.prediction, self.confidence) = (index, truth, prediction, confidence)
  }
}

extension Predictions {
  /// The wrong answers given with the highest confidence, the surest first; equals stay in the split's order.
  public func surestMistakes(_ limit: Int) -> [Mistake] {
    let confidences = confidences
    let wrong = truths.indices.filter { truths[$0] != classes[$0] }
    let sorted = wrong.sorted { (confidences[$1], $0) < (confidences[$0], $1) }
    return sorted.prefix(max(0, limit)).map {
      Mistake(index: $0, truth: truths[$0], prediction: classes[$0], confidence: confidences[$0])
    }
  }
}
