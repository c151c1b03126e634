public import SparringTorch

/// Losses of a classifier with logits `[N, K]`.
public enum ClassificationLoss {
  /// KL(p ‖ q) = Σ p·(log p − log q), averaged over the batch: how far the classes q of some logits are from the classes p
  /// of others (Kullback and Leibler 1951).
  ///
  /// - Parameters:
  ///   - logits: Of q, `[N, K]`.
  ///   - target: Logits of p, `[N, K]`; no gradient flows into them.
  public static func divergence(of logits: Tensor, from target: Tensor) throws -> Tensor {
    let logTarget = try target.detached().logSoftmax()
    return try (logTarget.exponential() * (logTarget - logits.logSoftmax())).sum(-1).mean()
  }

  /// The mean cross-entropy, −log softmax(logits)[label].
  ///
  /// - Parameters:
  ///   - labels: `[N]` of `int64`, each in 0..<K.
  ///   - smoothing: The share of the target spread evenly over all classes (Szegedy et al. 2016).
  public static func crossEntropy(logits: Tensor, labels: Tensor, smoothing: Double = 0) throws -> Tensor {
    let logProbabilities = try logits.logSoftmax()
    let chosen = try -(logProbabilities.gather(labels.unsqueezed(1), along: 1).mean())
    guard smoothing > 0 else { return chosen }
    return try chosen * (1 - smoothing) - logProbabilities.mean() * smoothing
  }

  /// The mean cross-entropy of examples that are mixtures of two, λ·(−log q[y]) + (1 − λ)·(−log q[y′]) with
  /// q = softmax(logits) (Zhang et al. 2018, "mixup", section 2).
  ///
  /// - Parameters:
  ///   - logits: Of the mixtures, `[N, K]`.
  ///   - labels: y, `[N]` of `int64`, each in 0..<K.
  ///   - otherLabels: y′, likewise.
  ///   - share: λ, how much of each mixture is of the class y, `[N]` on [0, 1].
  ///   - smoothing: The share of the target spread evenly over all classes (Szegedy et al. 2016).
  public static func mixedCrossEntropy(
    logits: Tensor, labels: Tensor, otherLabels: Tensor, share: Tensor, smoothing: Double = 0
  ) throws -> Tensor {
    let logProbabilities = try logits.logSoftmax()
    func chosen(_ labels: Tensor) throws -> Tensor {
      try logProbabilities.gather(labels.unsqueezed(1), along: 1).squeezed(1)
    }
    let mixed = try -((chosen(labels) * share + chosen(otherLabels) * (1 - share)).mean())
    guard smoothing > 0 else { return mixed }
    return try mixed * (1 - smoothing) - logProbabilities.mean() * smoothing
  }

  /// The cross-entropy in which each example counts for itself: Σ wᵢ·(−log softmax(logitsᵢ)[labelᵢ]) / N. The sum is
  /// divided by all examples, so that few that count change little (as in Sohn et al. 2020, equation 4).
  ///
  /// - Parameters:
  ///   - labels: `[N]` of `int64`, each in 0..<K.
  ///   - weights: wᵢ, `[N]`, such as 1 for examples that are trusted and 0 for others; no gradient flows into them.
  public static func crossEntropy(logits: Tensor, labels: Tensor, weights: Tensor) throws -> Tensor {
    let each = try -(logits.logSoftmax().gather(labels.unsqueezed(1), along: 1).squeezed(1))
    return try (each * weights.detached()).mean()
  }
}
