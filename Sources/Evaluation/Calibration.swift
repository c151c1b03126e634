/// The answers whose confidence lies in one interval: a row of a reliability diagram.
public struct CalibrationBin: Sendable, Hashable {
  /// Confidences above this…
  public let low: Double
  /// …and up to this.
  public let high: Double
  /// Images.
  public let count: Int
  /// The share of them that was named rightly; nil without images.
  public let accuracy: Double?
  /// The mean probability given to the answers; nil without images.
  public let confidence: Double?
}

extension Predictions {
  /// The answers by the probability that each was given, in bins of equal width over 0 to 1, each open below and closed
  /// above (Guo et al. 2017).
  /// - Throws: ``EvaluationError`` unless there is at least one bin.
  public func calibrationBins(_ bins: Int = 15) throws(EvaluationError) -> [CalibrationBin] {
    guard bins > 0 else { throw EvaluationError("a calibration error needs at least one bin") }
    var (counts, right) = ([Int](repeating: 0, count: bins), [Int](repeating: 0, count: bins))
    var sums = [Double](repeating: 0, count: bins)
    for (image, confidence) in confidences.enumerated() {
      let bin = min(bins - 1, max(0, Int((confidence * Double(bins)).rounded(.up)) - 1))
      counts[bin] += 1
      right[bin] += truths[image] == classes[image] ? 1 : 0
      sums[bin] += confidence
    }
    return (0..<bins).map { bin in
      let count = Double(counts[bin])
      return CalibrationBin(
        low: Double(bin) / Double(bins), high: Double(bin + 1) / Double(bins), count: counts[bin],
        accuracy: count == 0 ? nil : Double(right[bin]) / count, confidence: count == 0 ? nil : sums[bin] / count)
    }
  }

  /// The expected calibration error (Guo et al. 2017), from 0 to 1: how far confidence and accuracy lie apart,
  ///
  ///     Σ over bins of |bin|/N · |accuracy(bin) − confidence(bin)|
  ///
  /// - Parameter bins: Of equal width (``calibrationBins(_:)``); the paper takes 15.
  /// - Throws: ``EvaluationError`` unless there is at least one bin.
  public func expectedCalibrationError(bins: Int = 15) throws(EvaluationError) -> Double {
    try calibrationBins(bins).reduce(0) { sum, bin in
      sum + Double(bin.count) / Double(count) * abs((bin.accuracy ?? 0) - (bin.confidence ?? 0))
    }
  }
}
