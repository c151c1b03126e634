public import SparringTorch

/// What is done about a run that is being ruined.
public struct WatchConfiguration: Codable, Sendable, Hashable {
  /// What the watch does beyond a warning.
  public enum Policy: String, NamedChoice {
    /// Nothing is looked for; only a number that is none any more still ends the run.
    case off
    /// Every sign is told once.
    case warn
    /// Every learning rate falls to ``rateFactor`` of what it was, and the run goes on as it is.
    case lowerRate = "lower-rate"
    /// The run goes back, and on from there with lower rates: to its best state where samples are measured (to its beginning
    /// while that is from before step 500), else, and where a number is none any more, to the last checkpoint that a later
    /// look found sound.
    case rollBack = "roll-back"
    /// The run ends; its result is the best state that was measured, else the last sound checkpoint.
    case stop

    /// Whether more than a word comes of a sign.
    public var intervenes: Bool { ![.off, .warn].contains(self) }
  }

  /// What is done.
  public var policy = Policy.warn
  /// What an intervention leaves of the learning rates, above 0 and below 1.
  public var rateFactor = 0.5
  /// Interventions after which the next sign ends the run.
  public var interventions = 5

  /// Warnings alone.
  public init() {}

  /// - Throws: ``TorchError`` that begins with the key whose value is out of range.
  func validate() throws(TorchError) {
    try require(rateFactor, named: "training.watch.rateFactor", in: 1e-6...0.999_999)
    try require(interventions, named: "training.watch.interventions", in: 1...1000)
  }
}
