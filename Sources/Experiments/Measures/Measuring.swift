public import Foundation
public import SparringDatasets
public import SparringEvaluation
public import SparringTorch

/// Measures images against others, over the features of one extractor.
public struct Measuring {
  /// What makes the features.
  public let extractor: any ImageFeatures
  private let cacheFolder: URL

  /// - Parameter cacheFolder: Where features are kept for the next time.
  public init(with extractor: any ImageFeatures, cacheFolder: URL? = nil) {
    self.extractor = extractor
    self.cacheFolder = cacheFolder ?? CachedFeatures.folder
  }

  /// What came of it.
  public struct Outcome {
    /// The figures.
    public let measures: GeneratorMeasures
    /// `[N, D]` of `float32`.
    public let generated: Tensor
    /// `[M, D]` of `float32`.
    public let reference: Tensor
  }

  /// - Parameters:
  ///   - generated: The images in question.
  ///   - reference: Real images.
  ///   - progress: Called after each batch of either.
  /// - Throws: ``EvaluationError`` for too few images, before any is looked at.
  public func callAsFunction(
    _ generated: ImageStream, against reference: ImageStream, progress: DecodingProgress = { _, _ in }
  ) throws -> Outcome {
    for images in [generated, reference] where images.count < KernelDistance.fewestImages {
      throw DatasetError(
        "\(images.count) \(images.title) are too few to measure: take at least \(KernelDistance.fewestImages)")
    }
    let total = generated.count + reference.count
    let features = CachedFeatures(extractor, in: cacheFolder)
    let real = try features(reference) { done, _ in progress(done, total) }
    let made = try features(generated) { done, _ in progress(reference.count + done, total) }
    let measures = try GeneratorMeasures(
      generated: made, reference: real, extractor: extractor.name, referenceSplit: reference.title)
    return Outcome(measures: measures, generated: made, reference: real)
  }
}
