public import SparringTorch

/// Losses of a generator against a discriminator whose logit is log D(x) − log(1 − D(x)).
///
/// All take logits `[N]` or `[N, 1]` and return the mean over the batch, a scalar to be minimised.
public enum AdversarialLoss {
  /// The discriminator's binary cross-entropy, −log D(x) − log(1 − D(G(z)))
  /// (Goodfellow et al. 2014, equation 1).
  ///
  /// - Parameter smoothing: s makes the target of real examples 1 − s, and the first term −(1 − s)·log D(x) −
  ///   s·log(1 − D(x)): one-sided label smoothing (Salimans et al. 2016, section 3.4).
  public static func discriminator(
    realLogits: Tensor, fakeLogits: Tensor, smoothing: Double = 0
  ) throws -> Tensor {
    // −log(1 − D(x)) is −log D(x) plus the logit.
    let real = try (-realLogits).softplus().mean()
    let smoothed = try smoothing > 0 ? real + realLogits.mean() * smoothing : real
    return try smoothed + fakeLogits.softplus().mean()
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

  /// The discriminator's squared distances, ½(D(x) − 1)² + ½D(G(z))², where D is the logit itself
  /// (Mao et al. 2017, "Least squares generative adversarial networks", equation 9).
  ///
  /// - Parameter smoothing: s makes the target of real examples 1 − s.
  public static func leastSquaresDiscriminator(
    realLogits: Tensor, fakeLogits: Tensor, smoothing: Double = 0
  ) throws -> Tensor {
    try (realLogits - (1 - smoothing)).squared().mean() * 0.5 + fakeLogits.squared().mean() * 0.5
  }

  /// The generator's, ½(D(G(z)) − 1)² (Mao et al. 2017, equation 9).
  public static func leastSquaresGenerator(fakeLogits: Tensor) throws -> Tensor {
    try (fakeLogits - 1).squared().mean() * 0.5
  }

  /// D(G(z)) − D(x), whose least value over all D of slope 1 is minus the Wasserstein distance (Arjovsky et al. 2017). The
  /// generator's side is ``hingeGenerator(fakeLogits:)``.
  public static func wassersteinDiscriminator(realLogits: Tensor, fakeLogits: Tensor) throws -> Tensor {
    try fakeLogits.mean() - realLogits.mean()
  }

  /// −log σ(D(x) − D(G(z))): each real example is to seem more real than a generated one (Jolicoeur-Martineau 2018;
  /// Huang et al. 2024, "R3GAN", equation 2).
  ///
  /// - Parameters: logits of as many examples.
  public static func relativisticDiscriminator(realLogits: Tensor, fakeLogits: Tensor) throws -> Tensor {
    try (fakeLogits - realLogits).softplus().mean()
  }

  /// −log σ(D(G(z)) − D(x)): the other way round.
  ///
  /// - Parameters: logits of as many examples.
  public static func relativisticGenerator(realLogits: Tensor, fakeLogits: Tensor) throws -> Tensor {
    try (realLogits - fakeLogits).softplus().mean()
  }

  /// The hinge loss of the discriminator, max(0, 1 − D(x)) + max(0, 1 + D(G(z)))
  /// (Lim and Ye 2017; Miyato et al. 2018).
  public static func hingeDiscriminator(realLogits: Tensor, fakeLogits: Tensor) throws -> Tensor {
    try hingeReal(realLogits: realLogits) + hingeFake(fakeLogits: fakeLogits)
  }

  /// The part of the hinge loss that is about real examples, max(0, 1 − D(x)).
  public static func hingeReal(realLogits: Tensor) throws -> Tensor { try (1 - realLogits).relu().mean() }

  /// The part of the hinge loss that is about generated examples, max(0, 1 + D(G(z))).
  public static func hingeFake(fakeLogits: Tensor) throws -> Tensor { try (fakeLogits + 1).relu().mean() }

  /// The generator's loss against a hinge or a Wasserstein discriminator, −D(G(z)).
  public static func hingeGenerator(fakeLogits: Tensor) throws -> Tensor {
    try -(fakeLogits.mean())
  }

  /// What a generator pays when different latents give the same examples, 1/(|x − x′|/|z − z′| + 10⁻⁵) with the means over
  /// the batch and all numbers of an example or a latent (Mao et al. 2019, "Mode seeking generative adversarial networks",
  /// whose ratio is to be large; here what is to be small).
  ///
  /// - Parameters:
  ///   - examples: `[N, …]`.
  ///   - others: Of the same classes, from other latents; `[N, …]`.
  ///   - latents: `[N, latentSize]`; no gradient flows into them, nor into `otherLatents`.
  public static func modeSeeking(
    examples: Tensor, others: Tensor, latents: Tensor, otherLatents: Tensor
  ) throws -> Tensor {
    let apart = try (latents - otherLatents).absolute().mean().detached()
    return try apart / ((examples - others).absolute().mean() + apart * 1e-5)
  }
}

/// Losses of a discriminator of pairs, D(x, y), against a classifier that makes pairs by naming examples
/// (Li et al. 2017 and 2021, "Triple-GAN"): the mean over what the classifier might say, without drawing any of it.
///
/// All take the logits of every example with every class, `[N, K]`.
public enum NamedPairLoss {
  /// The discriminator's hinge loss of the classifier's pairs, E Σᵧ p(y|x)·max(0, 1 + D(x, y)) (Li et al. 2021).
  ///
  /// - Parameter probabilities: p(y|x), `[N, K]`; no gradient flows into them.
  public static func hingeDiscriminator(logits: Tensor, probabilities: Tensor) throws -> Tensor {
    try ((logits + 1).relu() * probabilities.detached()).sum(-1).mean()
  }

  /// The classifier's loss against it, −E Σᵧ p(y|x)·D(x, y) (Li et al. 2021).
  ///
  /// - Parameters:
  ///   - logits: No gradient flows into them.
  ///   - probabilities: p(y|x), `[N, K]`.
  public static func hingeClassifier(logits: Tensor, probabilities: Tensor) throws -> Tensor {
    try -((logits.detached() * probabilities).sum(-1).mean())
  }
}
