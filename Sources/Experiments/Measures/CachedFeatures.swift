import Foundation
import SparringDatasets
import SparringRecipes
import SparringTorch

/// Features of many images, each of which passes through the extractor once: what is found is kept in pieces in the user's
/// cache (`SPARRING_CACHE`), by the SHA-256 of the images, the extractor and its resizing, so that a run that is killed goes
/// on, and images that were measured before take no time. Other images, or another extractor, find nothing there.
struct CachedFeatures {
  private let extractor: any ImageFeatures
  private let cache: FeatureCache

  /// - Parameter folder: Where features are kept.
  init(_ extractor: any ImageFeatures, in folder: URL = Self.folder) {
    self.extractor = extractor
    cache = FeatureCache(in: folder, identity: extractor.name, featureCount: extractor.count)
  }

  static var folder: URL { URL(fileURLWithPath: SearchPath.userCache).appending(path: "features") }

  /// Features `[N, D]` of `float32` on the CPU.
  func callAsFunction(_ images: ImageStream, progress: DecodingProgress) throws -> Tensor {
    var found: [Tensor] = []
    for start in stride(from: 0, to: images.count, by: extractor.batchSize) {
      let end = min(start + extractor.batchSize, images.count)
      found.append(try cache.features(of: images.batch(start..<end)) { try extractor($0) })
      progress(end, images.count)
    }
    guard !found.isEmpty else { return try .zeros([0, extractor.count]) }
    return try .concatenate(found)
  }
}
