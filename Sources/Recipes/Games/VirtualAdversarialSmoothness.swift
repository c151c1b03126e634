import SparringModels
import SparringObjectives
import SparringTorch

/// A classifier must answer alike for an example and for the example moved by ε in the direction that changes its answer
/// most (Miyato et al. 2017, "Virtual adversarial training").
struct VirtualAdversarialSmoothness {
  private let epsilon: Double
  private let xi: Double
  private let powerIterations: Int
  private let random: RandomGenerator

  /// - Parameters:
  ///   - epsilon: ε, the length of the perturbation.
  ///   - xi: ξ, the length at which the most sensitive direction is looked for.
  ///   - powerIterations: For that direction.
  ///   - random: Where the search begins.
  init(epsilon: Double, xi: Double, powerIterations: Int, random: RandomGenerator) {
    (self.epsilon, self.xi, self.powerIterations, self.random) = (epsilon, xi, powerIterations, random)
  }

  /// How often each example passes through the classifier.
  var passes: Int { 1 + powerIterations }

  /// The divergence between the answers for examples `[N, …]` and for the examples moved.
  /// - Parameter answers: The classifier's logits for the examples, `[N, K]`; no gradient flows into them.
  func loss(of classifier: Classifier, at examples: Tensor, answers: Tensor) throws -> Tensor {
    let answers = try answers.detached()
    let direction = try mostSensitiveDirection(of: classifier, at: examples, answers: answers)
    return try ClassificationLoss.divergence(of: unmoving(classifier, examples + direction * epsilon), from: answers)
  }

  /// Directions of length 1, `[N, …]`: what power iteration finds of the divergence's largest curvature, from a random
  /// beginning (their algorithm 1).
  func mostSensitiveDirection(of classifier: Classifier, at examples: Tensor, answers: Tensor) throws -> Tensor {
    var direction = try Tensor.normal(examples.shape, using: random).scaledToLengthOne()
    for _ in 0..<powerIterations {
      let probe = try (direction * xi).detached().requiringGradient()
      let divergence = try ClassificationLoss.divergence(of: unmoving(classifier, examples + probe), from: answers)
      direction = try gradients(of: divergence, withRespectTo: [probe])[0].scaledToLengthOne()
    }
    return try direction.detached()
  }

  /// Logits of examples that inference will not see, so that they do not count in running statistics.
  private func unmoving(_ classifier: Classifier, _ examples: Tensor) throws -> Tensor {
    try classifier(examples, countsInStatistics: false)
  }
}

extension Tensor {
  /// Each example's numbers, `[N, …]`, scaled to length 1.
  func scaledToLengthOne() throws -> Tensor {
    let lengths = try flattened().norm(1).clamped(low: 1e-12, high: .infinity)
    return try self / lengths.reshaped([-1] + [Int](repeating: 1, count: rank - 1))
  }
}
