public import SparringTorch

/// How near generated images are to real ones, and how many of the real ones they cover: every measure of one pair of
/// feature sets.
public struct GeneratorMeasures: Sendable, Hashable, Codable {
  /// What was compared.
  public let compared: ComparedFeatures
  /// See ``FrechetDistance``; at least 0, lower is better.
  public let frechetDistance: Double
  /// See ``KernelDistance``; around 0 where the two are alike.
  public let kernelDistance: Double
  /// Of the kernel distance, with 95% confidence.
  public let kernelInterval: Interval
  /// See ``PrecisionAndRecall``, for this and what follows; from 0 to 1.
  public let precision: Double
  /// From 0 to 1.
  public let recall: Double
  /// About 1 where the two are alike, and not bounded by it.
  public let density: Double
  /// From 0 to 1.
  public let coverage: Double

  /// - Parameters:
  ///   - generated: `[N, D]` features of generated images.
  ///   - reference: `[M, D]` features of real images.
  /// - Throws: ``EvaluationError`` unless both are matrices of one width with at least
  ///   ``KernelDistance/fewestImages`` rows of finite numbers.
  public init(generated: Tensor, reference: Tensor, extractor: String, referenceSplit: String) throws {
    for (name, features) in [("generated", generated), ("reference", reference)] where try !features.isFinite() {
      throw EvaluationError("\(name) features hold numbers that are none")
    }
    let kernel = try KernelDistance(
      generated: generated, reference: reference, extractor: extractor, referenceSplit: referenceSplit)
    let neighbours = try PrecisionAndRecall(
      generated: generated, reference: reference, extractor: extractor, referenceSplit: referenceSplit)
    frechetDistance = try FrechetDistance(
      generated: generated, reference: reference, extractor: extractor, referenceSplit: referenceSplit
    ).value
    (compared, kernelDistance, kernelInterval) = (kernel.compared, kernel.value, kernel.interval)
    (precision, recall) = (neighbours.precision, neighbours.recall)
    (density, coverage) = (neighbours.density, neighbours.coverage)
  }

  /// What the Fréchet distance is called: it is the one of the literature over the Inception network alone.
  public var distanceTitle: String {
    compared.extractor.hasPrefix("Inception 2015")
      ? "Fréchet Inception distance" : "Fréchet distance over random features"
  }
}
