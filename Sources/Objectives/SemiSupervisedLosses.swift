import Foundation
public import SparringTorch

/// Losses for a classifier that is also the discriminator: K class logits l(x), the generated class
/// fixed at zero, so that D(x) = Z(x) / (Z(x) + 1) with Z(x) = Σₖ exp lₖ(x)
/// (Salimans et al. 2016, section 5).
public enum SemiSupervisedLoss {
  /// −log D(x) for real images without labels: softplus(−log Z).
  ///
  /// - Parameter classLogits: `[N, K]`.
  public static func realUnlabelled(classLogits: Tensor) throws -> Tensor {
    try (-classLogits.logSumExp()).softplus().mean()
  }

  /// −log(1 − D(G(z))) for generated images: softplus(log Z).
  public static func fake(classLogits: Tensor) throws -> Tensor {
    try classLogits.logSumExp().softplus().mean()
  }

  /// The mean entropy of the class probabilities, −Σ p log p: low when every image has a clear class
  /// (Grandvalet and Bengio 2005).
  ///
  /// - Parameter classLogits: `[N, K]`.
  public static func conditionalEntropy(classLogits: Tensor) throws -> Tensor {
    let logProbabilities = try classLogits.logSoftmax()
    return try -((logProbabilities.exponential() * logProbabilities).sum(-1).mean())
  }

  /// The divergence of the classes' mean probabilities from equally frequent classes, log K + Σ p̄ log p̄: zero when every
  /// class is given equally often. With ``conditionalEntropy(classLogits:)``, what maximises the information that classes
  /// carry about images (Krause et al. 2010; Hu et al. 2017, "IMSAT").
  ///
  /// - Parameter classLogits: `[N, K]`.
  public static func imbalance(classLogits: Tensor) throws -> Tensor {
    let mean = try classLogits.softmax().mean(0)
    return try (mean * mean.clamped(low: 1e-12, high: 1).logarithm()).sum(-1) + log(Double(classLogits.size(1)))
  }

  /// ‖E f(x) − E f(G(z))‖², averaged over the features: the generator matches the mean activation of
  /// a hidden layer (Salimans et al. 2016, section 3.1).
  ///
  /// - Parameters: features `[N, F]`.
  public static func featureMatching(realFeatures: Tensor, fakeFeatures: Tensor) throws -> Tensor {
    try (realFeatures.mean(0) - fakeFeatures.mean(0)).squared().mean()
  }

  /// The cross-entropy of strongly augmented images against a teacher's labels, counting only the
  /// images of which the teacher is sure; the mean is over all images (Sohn et al. 2020, equation 4).
  ///
  /// - Parameters:
  ///   - studentLogits: Of the strongly augmented images, `[N, K]`.
  ///   - teacherProbabilities: For the weakly augmented images, `[N, K]`; no gradient flows into them.
  ///   - threshold: The least probability that counts, on [0, 1].
  /// - Returns: The loss, and the share of the images that was named each class and counted, `[K]`, without a graph.
  public static func pseudoLabel(
    studentLogits: Tensor, teacherProbabilities: Tensor, threshold: Double
  ) throws -> (loss: Tensor, keptShares: Tensor) {
    let (labels, isConfident, keptShares) = try withoutGradients {
      let labels = try teacherProbabilities.argmax()
      let isConfident = try teacherProbabilities.maximum(along: -1).isAtLeast(threshold).to(.float32)
      let named = try labels.oneHot(classCount: teacherProbabilities.size(1)).to(.float32)
      return (labels, isConfident, try (named * isConfident.unsqueezed(1)).mean(0))
    }
    let each = try -(studentLogits.logSoftmax().gather(labels.unsqueezed(1), along: 1).squeezed(1))
    return (try (each * isConfident).mean(), keptShares)
  }
}
