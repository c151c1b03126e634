extension Presets {
  /// What the demo compares; every arm is a preset. What serves digits on black does not serve photographs.
  public struct Demo: Sendable {
    /// What the method is measured against: labels alone first, then the strongest without a generator, of the same
    /// network and of any.
    public let baselines: [String]
    /// What is compared with them.
    public let method: String
    /// The method's parts by themselves, trained on request.
    public let ablations: [String]
    /// The first of ``baselines``.
    public var baseline: String { baselines[0] }

    /// For Fashion-MNIST, whose garments keep their class under few changes that anybody could name: no augmentation.
    public static let fashion = Demo(
      baselines: [
        "few-labels-fashion-supervised", "few-labels-fashion-virtual-adversarial", "few-labels-fashion-ladder",
      ],
      method: "few-labels-fashion-gan", ablations: [])
    /// For MNIST and its like, with augmentation.
    public static let digits = Demo(
      baselines: ["few-labels-supervised", "few-labels-consistency"], method: "few-labels-gan",
      ablations: ["few-labels-adversary"])
    /// For CIFAR-10 and folders of one's own.
    public static let photographs = Demo(
      baselines: ["photographs-supervised", "photographs-consistency"], method: "photographs", ablations: [])

    /// The data set that is taken unless another is named. Chosen by measuring: here the game is worth three points over
    /// labels alone within a minute, and no augmentation is needed.
    public static let dataset = "fashion-mnist"
    /// Training images whose label is shown, of a published data set.
    public static let labels = 100
    /// Seeds that every arm is trained with.
    public static let seeds = 4
  }
}
