extension Presets {
  /// What the demo compares, and on what; every arm is a preset.
  public enum Demo {
    /// What the claim is measured against.
    public static let baseline = "few-labels-supervised"
    /// What is claimed to be better.
    public static let method = "few-labels-gan"
    /// The method's parts by themselves, trained on request.
    public static let ablations = ["few-labels-consistency", "few-labels-adversary"]
    /// Chosen by measuring: Fashion-MNIST showed no clear difference within ten minutes.
    public static let dataset = "mnist"
    /// Training images whose label is shown.
    public static let labels = 100
    /// Seeds that every arm is trained with.
    public static let seeds = 4
  }
}
