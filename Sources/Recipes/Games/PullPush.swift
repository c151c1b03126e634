import SparringTorch

/// A smooth filling of holes, from coarse to fine: each hole begins with the mean of what is known at the finest scale at
/// which anything is (Gortler et al. 1996, "The Lumigraph", section 3.5), and on each scale moves towards the mean of its
/// neighbours, so that it comes near the solution of Laplace's equation. What a network is to say is then the difference, as
/// in other restorations: where nothing but smoothness is known, it has to say nothing.
enum PullPush {
  /// Relaxations on each scale. A few suffice, since each scale begins with the one below.
  private static let sweeps = 16

  /// - Parameters:
  ///   - known: `[N, C, H, W]`, zero where a pixel is missing.
  ///   - holes: `[N, 1, H, W]`, 1 where a pixel is missing and 0 elsewhere.
  static func filled(_ known: Tensor, holes: Tensor) throws -> Tensor {
    let (height, width) = (try known.size(2), try known.size(3))
    // A single pixel that is missing still takes the middle of the range.
    guard max(height, width) > 1 else { return known }
    let edges = [0, width % 2, 0, height % 2]
    let weights = try (1 - holes).paddedByEdge(edges).averagePooled(kernelSize: 2)
    let empty = try weights.isEqual(to: 0).to(.float32)
    let values = try known.paddedByEdge(edges).averagePooled(kernelSize: 2) / (weights + empty)
    let coarse = try filled(values, holes: empty)
    let enlarged = try coarse.resizedBilinear(height: height + height % 2, width: width + width % 2)
    var filled = try known + enlarged.narrowed(0..<height, along: 2).narrowed(0..<width, along: 3) * holes
    for _ in 0..<sweeps { filled = try known + filled.neighbourMeans() * holes }
    return filled
  }
}
