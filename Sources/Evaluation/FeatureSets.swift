import SparringTorch

/// Features of generated and of real images, as measures of a generator compare them.
struct FeatureSets {
  /// `[N, D]` of `float64`.
  let generated: Tensor
  /// `[M, D]` of `float64`.
  let reference: Tensor
  /// N.
  let generatedCount: Int
  /// M.
  let referenceCount: Int

  /// - Parameter fewest: Images that are needed of either kind.
  /// - Throws: ``EvaluationError`` unless both are matrices of one width with as many rows.
  init(generated: Tensor, reference: Tensor, fewest: Int = 2) throws {
    for (name, features) in [("generated", generated), ("reference", reference)] {
      guard features.rank == 2, try features.size(0) >= fewest else {
        throw EvaluationError(
          "\(name) features of shape \(features.shape) are not [at least \(fewest) images, features]")
      }
    }
    guard try generated.size(1) == reference.size(1) else {
      throw EvaluationError(
        "generated features \(generated.shape) and reference features \(reference.shape) differ in width")
    }
    (generatedCount, referenceCount) = (try generated.size(0), try reference.size(0))
    (self.generated, self.reference) = (try generated.to(.float64), try reference.to(.float64))
  }

  /// Rows that are compared with all others at once.
  static let blockSize = 1000
}
