public import SparringTorch

/// The kernel distance between two sets of features (Bińkowski et al. 2018, "Demystifying MMD GANs"): the squared maximum
/// mean discrepancy with the kernel (x·y/D + 1)³. Its estimate has no bias, whatever the number of images, so it lies around
/// 0 where the two are alike.
public struct KernelDistance: Sendable, Hashable, Codable {
  /// The estimate from all images; by chance it may be below 0.
  public let value: Double
  /// Around ``value``, by the spread of the same estimate over parts of the images that share none.
  public let interval: Interval
  /// What was compared.
  public let compared: ComparedFeatures

  /// Computed in float64:
  ///
  ///     Σᵢ≠ⱼ k(xᵢ, xⱼ)/(N(N − 1)) + Σᵢ≠ⱼ k(yᵢ, yⱼ)/(M(M − 1)) − 2·Σᵢⱼ k(xᵢ, yⱼ)/(NM)
  ///
  /// - Parameters:
  ///   - generated: `[N, D]` features of generated images, in no particular order.
  ///   - reference: `[M, D]` features of real images, the same.
  /// - Throws: ``EvaluationError`` unless both are matrices of one width with at least twenty rows.
  public init(generated: Tensor, reference: Tensor, extractor: String, referenceSplit: String) throws {
    let sets = try FeatureSets(generated: generated, reference: reference, fewest: Self.fewestImages)
    value = try Self.discrepancy(sets.generated, sets.reference)
    let size = min(FeatureSets.blockSize, min(sets.generatedCount, sets.referenceCount) / Self.fewestParts)
    let parts = try zip(sets.generated.split(into: size), sets.reference.split(into: size)).filter { pair in
      try pair.0.size(0) == size && pair.1.size(0) == size
    }
    let spread = try MeanEstimate(parts.map { try Self.discrepancy($0, $1) })
    let half = spread.interval.map { ($0.high - $0.low) / 2 } ?? .infinity
    interval = Interval(low: value - half, high: value + half)
    compared = ComparedFeatures(sets, extractor: extractor, referenceSplit: referenceSplit)
  }

  private static let fewestParts = 10
  /// Images of either kind that it takes.
  public static let fewestImages = 2 * fewestParts

  private static func discrepancy(_ x: Tensor, _ y: Tensor) throws -> Double {
    let (n, m) = (Double(try x.size(0)), Double(try y.size(0)))
    return try (sum(x, x) - diagonal(x)) / (n * (n - 1)) + (sum(y, y) - diagonal(y)) / (m * (m - 1))
      - 2 * sum(x, y) / (n * m)
  }

  private static func sum(_ x: Tensor, _ y: Tensor) throws -> Double {
    let width = Double(try x.size(1))
    return try x.split(into: FeatureSets.blockSize).reduce(0) { sum, rows in
      try sum + (rows.matmul(y.transposed()) / width + 1).power(3).sum().item()
    }
  }

  /// Σᵢ k(xᵢ, xᵢ).
  private static func diagonal(_ x: Tensor) throws -> Double {
    try (x.squared().sum(1) / Double(x.size(1)) + 1).power(3).sum().item()
  }
}
