package import SparringDatasets
public import SparringEvaluation
package import Foundation

/// `evaluation.json`: what a trained classifier answered on a split.
public struct EvaluationRecord: Sendable, Hashable, Codable {
  /// A wrong answer, and where the example can be shown the picture it was given for.
  public struct PicturedMistake: Sendable, Hashable, Codable {
    /// The answer and the truth.
    public let mistake: Mistake
    /// A PNG file, relative to the run's folder; nil for a vector.
    public let picture: String?
    /// The file that the example came from; nil where it has none of its own.
    public let source: String?

    init(mistake: Mistake, picture: String?, source: String? = nil) {
      (self.mistake, self.picture, self.source) = (mistake, picture, source)
    }
  }

  /// Such as `test`.
  public let split: String
  /// Examples evaluated.
  public let count: Int
  /// From 0 to 1.
  public let accuracy: Double
  /// Wilson's interval: what other examples of the same kind would give, not what other seeds would.
  public let interval: Interval
  /// Row = truth, column = answer.
  public let confusion: ConfusionMatrix
  /// By class index.
  public let classNames: [String]
  /// The mean accuracy over the classes that have examples, from 0 to 1.
  public let balancedAccuracy: Double
  /// The expected calibration error over 15 bins (Guo et al. 2017), from 0 to 1.
  public let calibrationError: Double
  /// The surest first.
  public let mistakes: [PicturedMistake]

  /// Whether its figures fit each other; the file may come from a stranger.
  var isPossible: Bool {
    (0...(1 << 40)).contains(count) && (0...1).contains(accuracy) && (0...1).contains(balancedAccuracy)
      && (0...1.001).contains(calibrationError) && classNames.count == confusion.classCount
      && confusion.total == count && interval.low.isFinite && interval.high.isFinite
      && mistakes.count <= 10_000
      && mistakes.allSatisfy {
        (0...(1 << 40)).contains($0.mistake.index) && (0...1.001).contains($0.mistake.confidence)
      }
  }
}

extension EvaluationRecord {
  /// Reads a record; one of an older version does not say the balanced accuracy, which its confusion matrix gives.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let confusion = try values.decode(ConfusionMatrix.self, forKey: .confusion)
    self.init(
      split: try values.decode(String.self, forKey: .split), count: try values.decode(Int.self, forKey: .count),
      accuracy: try values.decode(Double.self, forKey: .accuracy),
      interval: try values.decode(Interval.self, forKey: .interval), confusion: confusion,
      classNames: try values.decode([String].self, forKey: .classNames),
      balancedAccuracy: try values.decodeIfPresent(Double.self, forKey: .balancedAccuracy)
        ?? confusion.balancedAccuracy,
      calibrationError: try values.decode(Double.self, forKey: .calibrationError),
      mistakes: try values.decode([PicturedMistake].self, forKey: .mistakes))
  }
}

extension RunFolder {
  /// What was measured last; nil where nothing was.
  /// - Throws: ``ReportingError`` when the file is damaged.
  public func evaluationRecord() throws(ReportingError) -> EvaluationRecord? {
    guard let record = try decoded(EvaluationRecord.self, from: evaluation) else { return nil }
    guard record.isPossible else {
      throw ReportingError("\(evaluation.relativePath) is damaged: its figures do not fit each other")
    }
    return record
  }

  /// Saves an evaluation with its surest mistakes, and their pictures where there are some.
  ///
  /// - Parameters:
  ///   - sources: The file that each example comes from.
  ///   - image: The one image with an index in the split; nil where examples are no images.
  ///   - encodePNG: Encodes one image as PNG.
  /// - Throws: ``ReportingError``, also when the class names do not fit the predictions.
  @discardableResult
  package func write(
    evaluation predictions: Predictions, split: String, classNames: [String], mistakeCount: Int = 24,
    sources: [String]? = nil, image: ((Int) throws -> PixelImages)?,
    encodePNG: (PixelImages) throws -> Data = { try $0.png() }
  ) throws(ReportingError) -> EvaluationRecord {
    guard classNames.count == predictions.classCount else {
      throw ReportingError("\(classNames.count) class names do not fit \(predictions.classCount) classes")
    }
    let mistakes = predictions.surestMistakes(mistakeCount)
    var pictured: [EvaluationRecord.PicturedMistake] = []
    for mistake in mistakes {
      guard let image else {
        pictured.append(.init(mistake: mistake, picture: nil, source: sources?[mistake.index]))
        continue
      }
      let path = "mistakes/\(split)-\(mistake.index).png"
      let png: Data
      do {
        png = try encodePNG(image(mistake.index))
      } catch {
        throw ReportingError("draw", url.appendingPathComponent(path), error)
      }
      try replace(url.appendingPathComponent(path), with: png)
      pictured.append(.init(mistake: mistake, picture: path, source: sources?[mistake.index]))
    }
    let record: EvaluationRecord
    do {
      let confusion = try predictions.confusion()
      record = EvaluationRecord(
        split: split, count: predictions.count, accuracy: predictions.accuracy,
        interval: try .wilson(successes: predictions.correctCount, of: predictions.count),
        confusion: confusion, classNames: classNames, balancedAccuracy: confusion.balancedAccuracy,
        calibrationError: try predictions.expectedCalibrationError(), mistakes: pictured)
    } catch {
      throw ReportingError(error.message)
    }
    try replace(evaluation, with: encoded(record))
    return record
  }
}
