/// What a measure of a generator was computed from, without which its number means nothing.
public struct ComparedFeatures: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The network that made the features, and its version.
  public let extractor: String
  /// Generated images.
  public let generatedCount: Int
  /// Real images.
  public let referenceCount: Int
  /// What the real images are, such as `test images of cifar10`.
  public let referenceSplit: String

  /// Such as `Inception 2015; 2000 generated against 2000 test images of cifar10`.
  public var description: String {
    "\(extractor); \(generatedCount) generated against \(referenceCount) \(referenceSplit)"
  }

  init(_ sets: FeatureSets, extractor: String, referenceSplit: String) {
    (self.extractor, self.referenceSplit) = (extractor, referenceSplit)
    (generatedCount, referenceCount) = (sets.generatedCount, sets.referenceCount)
  }
}
