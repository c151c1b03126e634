/// How the losses of a recipe show that its training is failing, and what helps. The loop watches for what the recipe
/// names here; it knows no method.
public struct FailureSign: Sendable {
  /// A change of the configuration.
  public struct Remedy: Sendable, Hashable {
    /// What to do with the value, such as `lower`.
    public let verb: String
    /// The key as it is typed, such as `training.learningRate`.
    public let key: String

    /// Take a smaller value.
    public static func lower(_ key: String) -> Remedy { Remedy(verb: "lower", key: key) }
    /// Take a larger value.
    public static func raise(_ key: String) -> Remedy { Remedy(verb: "raise", key: key) }
  }

  /// What is watched.
  public let quantity: Quantity
  /// Staying near this value is the sign…
  public let value: Double
  /// …nearer than this…
  public let tolerance: Double
  /// …for so many reports of the losses in a row.
  public let patience: Int
  /// What it means, as a whole clause.
  public let meaning: String
  /// What usually helps, the likeliest first; every key is one of the recipe's configuration.
  public let remedies: [Remedy]
  /// Whether the run is being ruined, so that a watch that may intervene does.
  public let isRuin: Bool

  /// A quantity that stays near a value, such as zero.
  public init(
    _ quantity: Quantity, near value: Double = 0, within tolerance: Double, patience: Int = 5, meaning: String,
    remedies: [Remedy], isRuin: Bool = false
  ) {
    self.isRuin = isRuin
    (self.quantity, self.value, self.tolerance, self.patience) = (quantity, value, tolerance, patience)
    (self.meaning, self.remedies) = (meaning, remedies)
  }

  /// A discriminator that wins every comparison.
  /// - Parameters:
  ///   - remedies: What helps besides a lower learning rate.
  ///   - loss: What it then loses, such as what smoothed labels leave.
  ///   - rate: The key of its learning rate.
  public static func discriminatorWins(
    _ remedies: Remedy..., loss: Double = 0, rate: String = "training.learningRate"
  ) -> FailureSign {
    FailureSign(
      .discriminator, near: loss, within: 0.02,
      meaning: "the discriminator tells every image apart, so the generator learns little",
      remedies: [.lower(rate)] + remedies, isRuin: true)
  }

  /// A discriminator that tells nothing apart for a long time: its logits are zero whatever it sees. That is what a
  /// perfect generator looks like, too, so nothing but a warning comes of it.
  /// - Parameter loss: What it then loses, such as 2·ln 2 for the sum over real and generated images.
  public static func discriminatorAtChance(loss: Double, _ remedies: Remedy...) -> FailureSign {
    FailureSign(
      .discriminator, near: loss, within: 0.01, patience: 20,
      meaning: "the discriminator tells nothing apart, so the generator learns nothing", remedies: remedies)
  }

  /// Pseudo-labels that favour some classes: they are damped already.
  public static let pseudoLabelsFavourClasses = FailureSign(
    .trust, within: 0.5, meaning: "the pseudo-labels favour some classes, so they count less",
    remedies: [.raise("options.pseudoLabelThreshold")])
}
