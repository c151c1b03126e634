import Foundation
public import SparringTorch

/// What a generator and its discriminator minimise, by name.
public enum AdversarialObjective: String, NamedChoice {
  /// −log D(x) − log(1 − D(G(z))) against −log D(G(z)) (Goodfellow et al. 2014, section 3).
  case nonSaturating = "non-saturating"
  /// The original game: the same against log(1 − D(G(z))) (Goodfellow et al. 2014, equation 1).
  case minimax
  /// Squared distances from 1 and 0 (Mao et al. 2017).
  case leastSquares = "least-squares"
  /// Margins of 1 on either side (Lim and Ye 2017; Miyato et al. 2018).
  case hinge
  /// The difference of means, for a discriminator whose slope is kept small (Arjovsky et al. 2017).
  case wasserstein
  /// Each real example against one generated (Jolicoeur-Martineau 2018; Huang et al. 2024, "R3GAN").
  case relativistic

  /// Both losses, scalars.
  ///
  /// - Parameters:
  ///   - realLogits: `[N, 1]` or `[N]`.
  ///   - fakeLogits: The same; for ``relativistic`` as many as real ones.
  ///   - smoothing: s, which makes the target of real examples 1 − s (``smoothsLabels``).
  public func losses(
    realLogits: Tensor, fakeLogits: Tensor, smoothing: Double = 0
  ) throws -> (discriminator: Tensor, generator: Tensor) {
    switch self {
    case .nonSaturating:
      (
        try AdversarialLoss.discriminator(realLogits: realLogits, fakeLogits: fakeLogits, smoothing: smoothing),
        try AdversarialLoss.nonSaturatingGenerator(fakeLogits: fakeLogits)
      )
    case .minimax:
      (
        try AdversarialLoss.discriminator(realLogits: realLogits, fakeLogits: fakeLogits, smoothing: smoothing),
        try AdversarialLoss.minimaxGenerator(fakeLogits: fakeLogits)
      )
    case .leastSquares:
      (
        try AdversarialLoss.leastSquaresDiscriminator(
          realLogits: realLogits, fakeLogits: fakeLogits, smoothing: smoothing),
        try AdversarialLoss.leastSquaresGenerator(fakeLogits: fakeLogits)
      )
    case .hinge:
      (
        try AdversarialLoss.hingeDiscriminator(realLogits: realLogits, fakeLogits: fakeLogits),
        try AdversarialLoss.hingeGenerator(fakeLogits: fakeLogits)
      )
    case .wasserstein:
      (
        try AdversarialLoss.wassersteinDiscriminator(realLogits: realLogits, fakeLogits: fakeLogits),
        try AdversarialLoss.hingeGenerator(fakeLogits: fakeLogits)
      )
    case .relativistic:
      (
        try AdversarialLoss.relativisticDiscriminator(realLogits: realLogits, fakeLogits: fakeLogits),
        try AdversarialLoss.relativisticGenerator(realLogits: realLogits, fakeLogits: fakeLogits)
      )
    }
  }

  /// What the discriminator loses at best where it tells nothing apart; nil where that is no sign, since the loss has no
  /// least value.
  ///
  /// - Parameter smoothing: s; the best answer is then (1 − s)/2.
  public func lossAtChance(smoothing: Double = 0) -> Double? {
    let answer = (1 - smoothing) / 2
    return switch self {
    case .nonSaturating, .minimax: 2 * entropy(answer)
    case .leastSquares: answer * answer
    case .hinge: 2
    case .relativistic: log(2)
    case .wasserstein: nil
    }
  }

  /// What it loses where it tells all examples apart; of no meaning for ``wasserstein``.
  ///
  /// - Parameter smoothing: s, whose entropy is left.
  public func leastLoss(smoothing: Double = 0) -> Double {
    self == .nonSaturating || self == .minimax ? entropy(smoothing) : 0
  }

  /// Whether real examples have a target that can be smoothed (Salimans et al. 2016, section 3.4).
  public var smoothsLabels: Bool { [.nonSaturating, .minimax, .leastSquares].contains(self) }

  /// Whether the losses are logarithms of probabilities, in nats.
  public var isInNats: Bool { [.nonSaturating, .minimax, .relativistic].contains(self) }
}

/// −p·log p − (1 − p)·log(1 − p).
private func entropy(_ p: Double) -> Double {
  [p, 1 - p].reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
}
