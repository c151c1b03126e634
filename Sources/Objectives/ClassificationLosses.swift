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
}
