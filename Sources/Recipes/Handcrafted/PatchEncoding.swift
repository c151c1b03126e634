import SparringDatasets
import SparringTorch

#if canImport(CSparringVLFeat)
  internal import CSparringVLFeat
#endif

/// Makes one vector from however many patches a picture has, by what it learnt of patches without labels. What it learnt
/// stands in buffers, and so in checkpoints.
protocol PatchEncoding: Module {
  /// The numbers that describe a picture.
  var featureCount: Int { get }
  /// Learns from the patches of many pictures.
  /// - Throws: `TorchError` when there are too few patches.
  func learn(from patches: PatchDescriptors, seed: UInt64) throws
  /// A picture as `featureCount` numbers of length 1; all zero without patches.
  func encode(_ patches: PatchDescriptors) throws -> [Float]
}

/// - Throws: `TorchError` unless there are enough patches, or a number that was learnt is not finite.
private func requirePatches(_ count: Int, for words: Int) throws(TorchError) {
  guard count >= words else {
    throw TorchError(
      "\(count) patches with contrast are too few for options.vocabularySize \(words): make it smaller, or raise "
        + "options.vocabularyImages")
  }
}

private func withLength(one values: [Float]) -> [Float] {
  let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
  return length > 0 ? values.map { $0 / length } : values
}

/// A bag of visual words (Csurka et al. 2004): how often each of K typical patches occurs, in the whole picture and in its
/// four quarters (Lazebnik et al. 2006). Square roots of the counts make the linear kernel Hellinger's.
final class VisualWords: PatchEncoding {
  /// K typical patches, `[K, 128]`.
  let words: Parameter
  private static let regions = 5
  var featureCount: Int { Self.regions * words.value.shape[0] }

  init(count: Int) throws(TorchError) {
    words = try Parameter(Tensor.zeros([count, PatchDescriptors.width]), role: .buffer)
  }

  /// k-means (Elkan's algorithm) from centres spread by k-means++.
  func learn(from patches: PatchDescriptors, seed: UInt64) throws {
    let count = words.value.shape[0]
    try requirePatches(patches.count, for: count)
    #if canImport(CSparringVLFeat)
      let centers = seedingLibraries(seed) { () -> [Float]? in
        guard let clustering = vl_kmeans_new(vl_type(VL_TYPE_FLOAT), VlDistanceL2) else { return nil }
        defer { vl_kmeans_delete(clustering) }
        vl_kmeans_set_algorithm(clustering, VlKMeansElkan)
        vl_kmeans_set_initialization(clustering, VlKMeansPlusPlus)
        vl_kmeans_set_max_num_iterations(clustering, 30)
        vl_kmeans_cluster(
          clustering, patches.values, vl_size(PatchDescriptors.width), vl_size(patches.count), vl_size(count))
        let size = count * PatchDescriptors.width
        return vl_kmeans_get_centers(clustering).map {
          Array(UnsafeBufferPointer(start: $0.assumingMemoryBound(to: Float.self), count: size))
        }
      }
      guard let centers else { throw TorchError("VLFeat has no memory left for k-means") }
      try words.value.copy(from: Tensor(centers, shape: [count, PatchDescriptors.width]))
    #endif
  }

  func encode(_ patches: PatchDescriptors) throws -> [Float] {
    let count = words.value.shape[0]
    var bins = [Float](repeating: 0, count: featureCount)
    guard patches.count > 0 else { return bins }
    // The nearest word has the largest x·w − ‖w‖²/2.
    let rows = try Tensor(patches.values, shape: [patches.count, PatchDescriptors.width])
    let scores = try rows.matmul(words.value.transposed()) - words.value.squared().sum(1) * 0.5
    for (word, place) in zip(try scores.argmax().integers(), patches.places) {
      bins[word] += 1
      bins[(1 + (place.x < 0.5 ? 0 : 1) + (place.y < 0.5 ? 0 : 2)) * count + word] += 1
    }
    return withLength(one: bins.map { $0.squareRoot() })
  }
}

/// Fisher vectors (Perronnin et al. 2010): how a mixture of K Gaussians of the patches would have to move to fit those of
/// the picture, with signed square roots. Patches are first brought to their 64 principal components, with their place
/// appended (Sánchez et al. 2012).
final class FisherVectors: PatchEncoding {
  private static let components = 64
  private static var dimension: Int { components + 2 }
  /// The patches' mean, `[128]`.
  let center: Parameter
  /// Principal components, `[128, 64]`.
  let projection: Parameter
  /// Of the Gaussians, `[K, 66]`.
  let means: Parameter
  /// Diagonals, `[K, 66]`.
  let covariances: Parameter
  /// `[K]`, summing to 1.
  let priors: Parameter
  var featureCount: Int { 2 * means.value.count }

  init(count: Int) throws(TorchError) {
    func buffer(_ shape: [Int], _ value: Double = 0) throws(TorchError) -> Parameter {
      try Parameter(Tensor.full(shape, value), role: .buffer)
    }
    center = try buffer([PatchDescriptors.width])
    projection = try buffer([PatchDescriptors.width, Self.components])
    means = try buffer([count, Self.dimension])
    covariances = try buffer([count, Self.dimension], 1)
    priors = try buffer([count], 1 / Double(count))
  }

  /// Principal components, then expectation maximisation that begins with k-means.
  func learn(from patches: PatchDescriptors, seed: UInt64) throws {
    let count = priors.value.count
    try requirePatches(patches.count, for: count)
    let rows = try Tensor(patches.values, shape: [patches.count, PatchDescriptors.width])
    guard patches.count > Self.components else {
      throw TorchError(
        "\(patches.count) patches with contrast are too few for Fisher vectors: raise options.vocabularyImages, or use "
          + "options.encoding=words")
    }
    let components = try PrincipalComponents(of: rows, count: Self.components)
    try center.value.copy(from: components.center)
    try projection.value.copy(from: components.directions)
    #if canImport(CSparringVLFeat)
      let points = try projected(patches)
      let mixture = seedingLibraries(seed) { () -> [[Float]]? in
        guard let mixture = vl_gmm_new(vl_type(VL_TYPE_FLOAT), vl_size(Self.dimension), vl_size(count)) else {
          return nil
        }
        defer { vl_gmm_delete(mixture) }
        vl_gmm_set_initialization(mixture, VlGMMKMeans)
        vl_gmm_set_max_num_iterations(mixture, 50)
        vl_gmm_set_covariance_lower_bound(mixture, 1e-4)
        vl_gmm_cluster(mixture, points, vl_size(patches.count))
        func numbers(_ start: UnsafeRawPointer?, _ size: Int) -> [Float]? {
          start.map { Array(UnsafeBufferPointer(start: $0.assumingMemoryBound(to: Float.self), count: size)) }
        }
        let size = count * Self.dimension
        let found = [
          numbers(vl_gmm_get_means(mixture), size), numbers(vl_gmm_get_covariances(mixture), size),
          numbers(vl_gmm_get_priors(mixture), count),
        ]
        return found.compactMap(\.self)
      }
      guard let mixture, mixture.count == 3 else { throw TorchError("VLFeat has no memory left for a mixture") }
      for (buffer, numbers) in zip([means, covariances, priors], mixture) {
        try buffer.value.copy(from: Tensor(numbers, shape: buffer.value.shape))
      }
    #endif
  }

  /// `[n, 66]`, row-major.
  private func projected(_ patches: PatchDescriptors) throws -> [Float] {
    let rows = try Tensor(patches.values, shape: [patches.count, PatchDescriptors.width])
    let places = try Tensor(patches.places.flatMap { [$0.x - 0.5, $0.y - 0.5] }, shape: [patches.count, 2])
    return try Tensor.concatenate([(rows - center.value).matmul(projection.value), places], along: 1).array()
  }

  func encode(_ patches: PatchDescriptors) throws -> [Float] {
    var encoded = [Float](repeating: 0, count: featureCount)
    guard patches.count > 0 else { return encoded }
    #if canImport(CSparringVLFeat)
      let points = try projected(patches)
      let (means, covariances, priors) = try (
        means.value.array(of: Float.self), covariances.value.array(of: Float.self), priors.value.array(of: Float.self)
      )
      vl_fisher_encode(
        &encoded, vl_type(VL_TYPE_FLOAT), means, vl_size(Self.dimension), vl_size(priors.count), covariances, priors,
        points, vl_size(patches.count), VL_FISHER_FLAG_SQUARE_ROOT | VL_FISHER_FLAG_NORMALIZED)
    #endif
    return encoded
  }
}
