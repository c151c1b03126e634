public import SparringTorch

/// Losses of a generator against a discriminator whose logit is log D(x) − log(1 − D(x)).
///
/// All take logits `[N]` or `[N, 1]` and return the mean over the batch, a scalar to be minimised.
public enum AdversarialLoss {
  /// The discriminator's binary cross-entropy, −log D(x) − log(1 − D(G(z)))
  /// (Goodfellow et al. 2014, equation 1).
  public static func discriminator(realLogits: Tensor, fakeLogits: Tensor) throws -> Tensor {
    try (-realLogits).softplus().mean() + fakeLogits.softplus().mean()
  }

  /// The generator's non-saturating loss, −log D(G(z)) (Goodfellow et al. 2014, section 3).
  public static func nonSaturatingGenerator(fakeLogits: Tensor) throws -> Tensor {
    try (-fakeLogits).softplus().mean()
  }

  /// The generator's side of the original minimax game, log(1 − D(G(z))); its gradient fades when
  /// the discriminator wins.
  public static func minimaxGenerator(fakeLogits: Tensor) throws -> Tensor {
    try -(fakeLogits.softplus().mean())
  }

  /// The hinge loss of the discriminator, max(0, 1 − D(x)) + max(0, 1 + D(G(z)))
  /// (Lim and Ye 2017; Miyato et al. 2018).
  public static func hingeDiscriminator(realLogits: Tensor, fakeLogits: Tensor) throws -> Tensor {
    try (1 - realLogits).relu().mean() + (fakeLogits + 1).relu().mean()
  }

  /// The generator's loss against a hinge discriminator, −D(G(z)).
  public static func hingeGenerator(fakeLogits: Tensor) throws -> Tensor {
    try -(fakeLogits.mean())
  }
}
