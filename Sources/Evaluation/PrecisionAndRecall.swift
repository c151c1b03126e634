public import SparringTorch

/// How many generated images look real, and how much of what is real is generated: precision and recall (Kynkäänniemi et
/// al. 2019, "Improved precision and recall metric for assessing generative models"), and density and coverage (Naeem et al.
/// 2020, "Reliable fidelity and diversity metrics for generative models"), which outliers move less.
///
/// An image's ball reaches to the k-th nearest image of its own kind, which itself lies outside, as in the second paper's
/// program.
public struct PrecisionAndRecall: Sendable, Hashable, Codable {
  /// The share of generated images that lie in the ball of any real one, from 0 to 1.
  public let precision: Double
  /// The share of real images that lie in the ball of any generated one, from 0 to 1.
  public let recall: Double
  /// How many balls of real images a generated one lies in, over k; about 1 where the two are alike, and not bounded by it.
  public let density: Double
  /// The share of real images whose ball holds a generated one, from 0 to 1.
  public let coverage: Double
  /// What was compared.
  public let compared: ComparedFeatures

  /// Computed in float64, in blocks: memory grows with the number of images, not with its square.
  ///
  /// - Parameters:
  ///   - generated: `[N, D]` features of generated images.
  ///   - reference: `[M, D]` features of real images; precision and recall mean the same only for the same N and M.
  ///   - neighbours: k of precision and recall.
  ///   - densityNeighbours: k of density and coverage.
  /// - Throws: ``EvaluationError`` unless both are matrices of one width with more rows than neighbours.
  public init(
    generated: Tensor, reference: Tensor, extractor: String, referenceSplit: String, neighbours: Int = 3,
    densityNeighbours: Int = 5
  ) throws {
    guard neighbours > 0, densityNeighbours > 0 else {
      throw EvaluationError("\(min(neighbours, densityNeighbours)) neighbours make no ball; use 1 and more")
    }
    let sets = try FeatureSets(
      generated: generated, reference: reference, fewest: max(neighbours, densityNeighbours) + 1)
    let (made, real) = (sets.generated, sets.reference)
    let realRadii = try Self.radii(of: real, [neighbours, densityNeighbours])
    let madeRadii = try Self.radii(of: made, [neighbours])
    var (precise, balls, recalled, covered) = (0.0, 0.0, 0.0, 0.0)
    for rows in try made.split(into: FeatureSets.blockSize) {
      let distances = try Self.distances(rows, real)
      precise += try realRadii[0].isGreater(than: distances).to(.float64).maximum(along: 1).sum().item()
      balls += try realRadii[1].isGreater(than: distances).to(.float64).sum().item()
    }
    var first = 0
    for rows in try real.split(into: FeatureSets.blockSize) {
      let distances = try Self.distances(rows, made)
      recalled += try madeRadii[0].isGreater(than: distances).to(.float64).maximum(along: 1).sum().item()
      let own = try realRadii[1].narrowed(first..<first + rows.size(0))
      covered += try own.isGreater(than: distances.minimum(along: 1)).to(.float64).sum().item()
      first += try rows.size(0)
    }
    let (n, m) = (Double(sets.generatedCount), Double(sets.referenceCount))
    (precision, recall) = (precise / n, recalled / m)
    (density, coverage) = (balls / (n * Double(densityNeighbours)), covered / m)
    compared = ComparedFeatures(sets, extractor: extractor, referenceSplit: referenceSplit)
  }

  /// Squared distances, `[rows of x, rows of y]`; only their order matters.
  private static func distances(_ x: Tensor, _ y: Tensor) throws -> Tensor {
    let lengths = try x.squared().sum(1, keepingDimensions: true) + y.squared().sum(1).unsqueezed(0)
    return try (lengths - x.matmul(y.transposed()) * 2).clamped(low: 0, high: .infinity)
  }

  /// For each k the squared distance of every row to its k-th nearest other, `[N]`.
  private static func radii(of x: Tensor, _ neighbours: [Int]) throws -> [Tensor] {
    let farthest = neighbours.max() ?? 1
    // The nearest is the row itself.
    let nearest = try Tensor.concatenate(
      x.split(into: FeatureSets.blockSize).map { rows in try -(-distances(rows, x)).largest(farthest + 1).values })
    return try neighbours.map { k in try nearest.narrowed(k..<k + 1, along: 1).squeezed(1) }
  }
}
