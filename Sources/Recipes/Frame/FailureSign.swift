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
  /// Staying nearer to zero than this is the sign.
  public let nearZero: Double
  /// What it means, as a whole clause.
  public let meaning: String
  /// What usually helps, the likeliest first; every key is one of the recipe's configuration.
  public let remedies: [Remedy]

  /// A loss that stays near zero.
  public init(_ quantity: Quantity, nearZero: Double, meaning: String, remedies: [Remedy]) {
    (self.quantity, self.nearZero, self.meaning, self.remedies) = (quantity, nearZero, meaning, remedies)
  }

  /// A discriminator that wins every comparison.
  /// - Parameter remedies: What helps besides a lower learning rate.
  public static func discriminatorWins(_ remedies: Remedy...) -> FailureSign {
    FailureSign(
      .discriminator, nearZero: 0.02,
      meaning: "the discriminator tells every image apart, so the generator learns little",
      remedies: [.lower("training.learningRate")] + remedies)
  }
}
