/// Looks at each interval's losses and each grid of samples for the known ways in which adversarial
/// training fails, and says so once per kind.
public struct StabilityWatch: Sendable {
  /// Intervals in a row with a discriminator loss below this mean that it wins every comparison.
  static let wonDiscriminatorLoss = 0.02
  static let patience = 5
  /// Samples whose mean standard deviation over different latents, on [-1, 1], is below this all show
  /// the same image.
  static let collapsedDeviation = 0.02
  /// Before this step samples say little: the running statistics of batch normalisation are still near
  /// their beginning.
  static let firstTellingStep = 500

  private var intervalsWon = 0
  private var said: Set<String> = []

  /// A watch that has seen and said nothing yet.
  public init() {}

  /// - Throws: ``TrainingError`` when a loss is no longer a number.
  public mutating func check(losses: [NamedValue], step: Int) throws -> StabilityWarning? {
    if let broken = losses.first(where: { !$0.value.isFinite }) {
      throw TrainingError(
        "the \(broken.name) loss is \(broken.value) at step \(step); the last checkpoint is intact; start again with a lower training.learningRate or training.precision=fp32"
      )
    }
    guard let loss = losses.first(where: { $0.name == "discriminator" })?.value else { return nil }
    intervalsWon = abs(loss) < Self.wonDiscriminatorLoss ? intervalsWon + 1 : 0
    guard intervalsWon >= Self.patience else { return nil }
    return warning(
      "discriminator",
      "the discriminator tells every image apart (loss \(rounded(loss))), so the generator learns little: lower training.learningRate or raise options.r1Penalty",
      step: step)
  }

  /// - Parameter deviation: The standard deviation over the samples of each pixel on [-1, 1], averaged.
  public mutating func check(sampleDeviation deviation: Double, step: Int) -> StabilityWarning? {
    guard step >= Self.firstTellingStep, deviation < Self.collapsedDeviation else { return nil }
    return warning(
      "collapse",
      "all samples look alike (pixel deviation \(rounded(deviation))): the generator has collapsed; start again with another seed or a lower training.learningRate",
      step: step)
  }

  private mutating func warning(_ kind: String, _ message: String, step: Int) -> StabilityWarning? {
    said.insert(kind).inserted ? StabilityWarning(step: step, message: message) : nil
  }

  private func rounded(_ value: Double) -> String { String((value * 10_000).rounded() / 10_000) }
}
