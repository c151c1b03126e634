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

  /// ‖E f(x) − E f(G(z))‖² of several layers, each averaged over its numbers, and over the layers.
  ///
  /// - Parameters: the layers' outputs, `[N, …]` each, in the same order.
  public static func featureMatching(realLayers: [Tensor], fakeLayers: [Tensor]) throws -> Tensor {
    guard let first = realLayers.first, let firstFake = fakeLayers.first, realLayers.count == fakeLayers.count else {
      throw TorchError("feature matching needs as many layers of generated examples as of real ones, and one at least")
    }
    var sum = try featureMatching(realFeatures: first, fakeFeatures: firstFake)
    for (real, fake) in zip(realLayers.dropFirst(), fakeLayers.dropFirst()) {
      sum = try sum + featureMatching(realFeatures: real, fakeFeatures: fake)
    }
    return try sum * (1 / Double(realLayers.count))
  }

  /// The mean squared cosine between the features of two different examples, 1/(N(N−1)) Σᵢ Σⱼ≠ᵢ (fᵢᵀfⱼ/‖fᵢ‖‖fⱼ‖)²: a
  /// generator that keeps it low spreads what it makes over all directions (Zhao et al. 2017, "EBGAN"; in place of the
  /// generator's entropy Dai et al. 2017, equation 4).
  ///
  /// - Parameter features: Of generated examples, `[N, F]`, N at least 2.
  public static func pullAway(features: Tensor) throws -> Tensor {
    let count = try features.size(0)
    guard count > 1 else { throw TorchError("a pull-away term needs two examples at least, not \(count)") }
    let lengths = try features.norm(1, keepingDimensions: true).clamped(low: 1e-12, high: .infinity)
    let directions = try features / lengths
    let cosines = try directions.matmul(directions.transposed())
    // The diagonal is 1, N times; taken off, it leaves the different pairs.
    return try (cosines.squared().sum() - Double(count)) * (1 / Double(count * (count - 1)))
  }

  /// E max(0, log Z(G(z)) − ε): what a generator of the data's complement pays for examples where the density is high, by
  /// the classifier's own log Z as the estimate of the log density (after Dai et al. 2017, equation 4, who have a density
  /// model of its own).
  ///
  /// - Parameters:
  ///   - classLogits: Of generated examples, `[N, K]`.
  ///   - threshold: ε, of shape `[]`, such as the mean log Z of real examples.
  public static func complement(classLogits: Tensor, threshold: Tensor) throws -> Tensor {
    try (classLogits.logSumExp() - threshold).relu().mean()
  }

  /// ‖l(x) − l(x′)‖², averaged over the examples: how far the logits move from an example to its neighbour on the
  /// generator's manifold (Lecouat et al. 2018, equation 4).
  ///
  /// - Parameters: logits `[N, K]`.
  public static func manifold(logits: Tensor, movedLogits: Tensor) throws -> Tensor {
    try (logits - movedLogits).squared().sum(-1).mean()
  }

  /// |E f(x) − E f(G(z))|, averaged over the features: the same with distances that are not squared, as DADA has it
  /// (Zhang et al. 2019).
  ///
  /// - Parameters: features `[N, F]`.
  public static func absoluteFeatureMatching(realFeatures: Tensor, fakeFeatures: Tensor) throws -> Tensor {
    try (realFeatures.mean(0) - fakeFeatures.mean(0)).absolute().mean()
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
