import SparringRecipes

/// Looks at each interval's losses and each grid of samples for the ways in which a recipe's training is known to fail
/// (``FailureSign``), and says so once per way.
struct StabilityWatch: Sendable {
  /// Samples whose mean standard deviation over different latents, on [-1, 1], is below this all show
  /// the same image.
  static let collapsedDeviation = 0.02
  /// Before this step samples say little: the running statistics of batch normalisation are still near
  /// their beginning.
  static let firstTellingStep = 500

  private let signs: [FailureSign]
  private let isReduced: Bool
  /// For each sign, the intervals in a row that showed it.
  private var intervals: [Int]
  private var said: Set<Int> = []
  private var hasSaidCollapse = false

  /// A watch that has seen and said nothing yet.
  /// - Parameters:
  ///   - signs: What to look for, as the recipe knows it.
  ///   - isReduced: Whether the run computes in less than fp32, so that fp32 may help.
  init(signs: [FailureSign], isReduced: Bool = false) {
    (self.signs, self.isReduced) = (signs, isReduced)
    intervals = signs.map { _ in 0 }
  }

  /// - Throws: ``TrainingError`` when a loss is no longer a number.
  mutating func check(losses: [MeasuredValue], step: Int) throws -> [StabilityWarning] {
    if let broken = losses.first(where: { !$0.value.isFinite }) {
      throw TrainingError(
        "the \(broken.quantity.title) is \(broken.value) at step \(step); the last checkpoint is intact; start again "
          + "with a lower training.learningRate" + (isReduced ? " or training.precision=fp32" : ""))
    }
    return signs.indices.compactMap { index in
      let sign = signs[index]
      guard let value = losses.first(where: { $0.name == sign.quantity.name })?.value else { return nil }
      intervals[index] = abs(value - sign.value) < sign.tolerance ? intervals[index] + 1 : 0
      guard intervals[index] >= sign.patience, said.insert(index).inserted else { return nil }
      let advice = sign.remedies.map { "\($0.verb) \($0.key)" }.joined(separator: " or ")
      return StabilityWarning(
        step: step,
        message: "\(sign.meaning) (\(sign.quantity.title) \(rounded(value)))" + (advice.isEmpty ? "" : ": \(advice)"))
    }
  }

  /// - Parameter deviation: The standard deviation over the samples of each pixel on [-1, 1], averaged.
  mutating func check(sampleDeviation deviation: Double, step: Int) -> StabilityWarning? {
    guard step >= Self.firstTellingStep, deviation < Self.collapsedDeviation, !hasSaidCollapse else { return nil }
    hasSaidCollapse = true
    return StabilityWarning(
      step: step,
      message: "all samples look alike (pixel deviation \(rounded(deviation))): what draws them has collapsed; start "
        + "again with another seed or a lower training.learningRate")
  }

  private func rounded(_ value: Double) -> String { String((value * 10_000).rounded() / 10_000) }
}
