public import SparringTorch

/// The Fréchet distance between two sets of features, each taken as a Gaussian (Heusel et al. 2017).
///
/// The number means nothing without its circumstances, so it always carries them.
public struct FrechetDistance: Sendable, Hashable, Codable, CustomStringConvertible {
  /// ‖μ₁ − μ₂‖² + Tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½), at least 0.
  public let value: Double
  /// What was compared.
  public let compared: ComparedFeatures

  /// The value with its circumstances.
  public var description: String { "Fréchet distance \(value) (\(compared))" }

  /// Computed in float64. The trace of the root is that of (Σ₁^½ Σ₂ Σ₁^½)^½, whose argument is symmetric, so
  /// two symmetric eigendecompositions suffice; eigenvalues that rounding made negative count as zero.
  ///
  /// - Parameters:
  ///   - generated: `[N, D]` features of generated images.
  ///   - reference: `[M, D]` features of real images.
  /// - Throws: ``EvaluationError`` unless both are matrices of one width with at least two rows; LibTorch's
  ///   errors are passed on.
  public init(
    generated: Tensor, reference: Tensor, extractor: String, referenceSplit: String
  ) throws {
    let sets = try FeatureSets(generated: generated, reference: reference)
    let (first, second) = (try Gaussian(sets.generated), try Gaussian(sets.reference))
    let meanGap = try (first.mean - second.mean).squared().sum().item()
    let root = try squareRoot(ofSymmetric: first.covariance)
    let product = try root.matmul(second.covariance).matmul(root)
    let symmetric = try (product + product.transposed()) * 0.5
    let traceOfRoot = try symmetric.symmetricEigen().values.clamped(low: 0, high: .infinity).squareRoot().sum().item()
    let traces = try first.trace() + second.trace()
    value = max(0, meanGap + traces - 2 * traceOfRoot)
    compared = ComparedFeatures(sets, extractor: extractor, referenceSplit: referenceSplit)
  }
}

/// The mean `[D]` and covariance `[D, D]` (divided by N − 1) of features `[N, D]` of `float64`.
private struct Gaussian {
  let mean: Tensor
  let covariance: Tensor

  init(_ features: Tensor) throws(TorchError) {
    mean = try features.mean(0)
    let centered = try features - mean
    covariance = try centered.transposed().matmul(centered) / Double(features.size(0) - 1)
  }

  func trace() throws(TorchError) -> Double {
    try (covariance * Tensor.identity(covariance.size(0)).to(.float64)).sum().item()
  }
}

/// V √max(λ, 0) Vᵀ for a symmetric positive semi-definite matrix V λ Vᵀ.
private func squareRoot(ofSymmetric matrix: Tensor) throws(TorchError) -> Tensor {
  let (values, vectors) = try matrix.symmetricEigen()
  let roots = try values.clamped(low: 0, high: .infinity).squareRoot()
  return try (vectors * roots).matmul(vectors.transposed())
}
