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
  /// For each loss, the least of its intervals' means so far.
  private var least: [String: Double] = [:]
  private var hasSaidExplosion = false
  /// A loss that has grown so many times is lost.
  static let explosion = 1e6

  /// A watch that has seen and said nothing yet.
  /// - Parameters:
  ///   - signs: What to look for, as the recipe knows it.
  ///   - isReduced: Whether the run computes in less than fp32, so that fp32 may help.
  init(signs: [FailureSign], isReduced: Bool = false) {
    (self.signs, self.isReduced) = (signs, isReduced)
    intervals = signs.map { _ in 0 }
  }

  /// - Parameters:
  ///   - losses: Means over the interval.
  ///   - brokenWeight: The name of a weight that is no longer a finite number.
  ///   - rescue: What is left of the run, such as `the checkpoint of step 500 is intact`.
  /// - Throws: ``TrainingError`` when a loss or a weight is no longer a number.
  mutating func check(
    losses: [MeasuredValue], brokenWeight: String? = nil, step: Int,
    rescue: @autoclosure () -> String = "no checkpoint was saved before"
  ) throws -> [StabilityWarning] {
    let loss = losses.first { !$0.value.isFinite }.map { "the \($0.quantity.title) is \(rounded($0.value))" }
    if let loss { throw end(because: loss, step: step, rescue: rescue()) }
    if let brokenWeight { throw end(ofWeight: brokenWeight, step: step, rescue: rescue()) }
    return explosion(of: losses, step: step) + failures(in: losses, step: step)
  }

  /// Why a run ends in which a number is none any more.
  func end(ofWeight name: String, step: Int, rescue: String) -> TrainingError {
    end(because: "'\(name)' is no longer a finite number", step: step, rescue: rescue)
  }

  private func end(because reason: String, step: Int, rescue: String) -> TrainingError {
    TrainingError(
      "\(reason) at step \(step); \(rescue); start again with a lower training.learningRate"
        + (isReduced ? " or training.precision=fp32" : ""))
  }

  private mutating func explosion(of losses: [MeasuredValue], step: Int) -> [StabilityWarning] {
    var warnings: [StabilityWarning] = []
    for loss in losses {
      let size = abs(loss.value)
      // A loss near zero may well grow a millionfold without harm.
      let usual = max(1, least[loss.name] ?? 1)
      if size > Self.explosion * usual, !hasSaidExplosion {
        hasSaidExplosion = true
        warnings.append(
          StabilityWarning(
            step: step,
            message:
              "the \(loss.quantity.title) has grown to \(rounded(loss.value)), more than a millionfold: start again "
              + "with a lower training.learningRate"))
      }
      least[loss.name] = min(size, least[loss.name] ?? size)
    }
    return warnings
  }

  private mutating func failures(in losses: [MeasuredValue], step: Int) -> [StabilityWarning] {
    signs.indices.compactMap { index in
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

  private func rounded(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value > 0 ? "inf" : "-inf" }
    return abs(value) < 1e6 ? String((value * 10_000).rounded() / 10_000) : "\(Float(value))"
  }
}
