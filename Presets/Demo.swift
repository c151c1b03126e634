extension Presets {
  /// What the demo compares; every arm is a preset. What serves digits on black does not serve photographs.
  public struct Demo: Sendable {
    /// What the claim is measured against: labels alone first, then whatever else the method has to beat.
    public let baselines: [String]
    /// What is claimed to be better.
    public let method: String
    /// The method's parts by themselves, trained on request.
    public let ablations: [String]
    /// The first of ``baselines``.
    public var baseline: String { baselines[0] }

    /// For MNIST and its like. Chosen by measuring: Fashion-MNIST showed no clear difference within ten minutes.
    public static let digits = Demo(
      baselines: ["few-labels-supervised"], method: "few-labels-gan",
      ablations: ["few-labels-consistency", "few-labels-adversary"])
    /// For CIFAR-10 and folders of one's own.
    public static let photographs = Demo(
      baselines: ["photographs-supervised"], method: "photographs", ablations: ["photographs-consistency"])

    /// The data set that is taken unless another is named.
    public static let dataset = "mnist"
    /// Training images whose label is shown, of a published data set.
    public static let labels = 100
    /// Seeds that every arm is trained with.
    public static let seeds = 4
  }
}
