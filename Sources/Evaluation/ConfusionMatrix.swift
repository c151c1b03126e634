/// How often each class was taken for each: row = truth, column = prediction.
public struct ConfusionMatrix: Sendable, Hashable, Codable {
  /// `counts[truth][prediction]`, `[K, K]`.
  public let counts: [[Int]]

  /// K.
  public var classCount: Int { counts.count }
  /// All images.
  public var total: Int { counts.reduce(0) { $0 + $1.reduce(0, +) } }
  /// Images on the diagonal.
  public var correct: Int { counts.indices.reduce(0) { $0 + counts[$1][$1] } }
  /// From 0 to 1; 0 for no images at all.
  public var accuracy: Double { total == 0 ? 0 : Double(correct) / Double(total) }

  /// For each true class, the share that was recognised (its recall); nil for a class without images.
  public var perClassAccuracy: [Double?] {
    counts.indices.map { truth in
      let images = counts[truth].reduce(0, +)
      return images == 0 ? nil : Double(counts[truth][truth]) / Double(images)
    }
  }

  /// The mean of ``perClassAccuracy`` over the classes that have images, from 0 to 1 (Brodersen et al. 2010): what a
  /// classifier that always gives the commonest class does badly at. 0 for no images at all.
  public var balancedAccuracy: Double {
    let shares = perClassAccuracy.compactMap(\.self)
    return shares.isEmpty ? 0 : shares.reduce(0, +) / Double(shares.count)
  }

  /// Whether some class has more than twice as many images as another, so that the plain accuracy may mislead.
  public var hasUnequalClasses: Bool {
    let sizes = counts.map { $0.reduce(0, +) }.filter { $0 > 0 }
    return (sizes.max() ?? 0) > 2 * (sizes.min() ?? 0)
  }

  /// - Parameters:
  ///   - truths: True classes, each from 0 to `classCount − 1`.
  ///   - predictions: Predicted classes of the same images in the same order.
  /// - Throws: ``EvaluationError`` when the two differ in length or a class is out of range.
  public init(truths: [Int], predictions: [Int], classCount: Int) throws(EvaluationError) {
    guard truths.count == predictions.count else {
      throw EvaluationError("\(truths.count) labels for \(predictions.count) predictions")
    }
    guard classCount > 0 else { throw EvaluationError("a confusion matrix needs at least one class") }
    var counts = [[Int]](repeating: [Int](repeating: 0, count: classCount), count: classCount)
    for (index, (truth, prediction)) in zip(truths, predictions).enumerated() {
      guard (0..<classCount).contains(truth), (0..<classCount).contains(prediction) else {
        throw EvaluationError(
          "image \(index) has label \(truth) and prediction \(prediction), outside 0 to \(classCount - 1)")
      }
      counts[truth][prediction] += 1
    }
    self.counts = counts
  }

  private enum CodingKeys: String, CodingKey {
    case counts
  }

  /// Reads a matrix.
  /// - Throws: `DecodingError` for one that is not square, or has a count that no data set has.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    counts = try values.decode([[Int]].self, forKey: .counts)
    let possible = 0...(1 << 40)
    guard counts.count <= 1 << 16, counts.allSatisfy({ $0.count == counts.count && $0.allSatisfy(possible.contains) })
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .counts, in: values, debugDescription: "no confusion matrix has such counts")
    }
  }
}
