public import SparringTorch

/// Fillings without a network, as baselines. All take images `[N, C, H, W]` of any range and holes `[N, 1, H, W]`, 1 where a
/// pixel is missing and 0 elsewhere, and leave known pixels as they are.
public enum HoleFilling {
  /// The mean of each image's known pixels, channel by channel.
  public static func mean(_ images: Tensor, holes: Tensor) throws -> Tensor {
    let known = try 1 - holes
    let count = try known.sum(2, 3, keepingDimensions: true).clamped(low: 1, high: .infinity)
    let mean = try (images * known).sum(2, 3, keepingDimensions: true) / count
    return try images * known + mean * holes
  }

  /// The harmonic filling: Laplace's equation ∇²u = 0 in the holes with the known pixels around them as its boundary, the
  /// smoothest of all and what bilinear interpolation generalises to holes of any shape. Solved by relaxation, from coarse to
  /// fine; at the image's edge nothing flows.
  ///
  /// - Parameter sweeps: Relaxations on each scale.
  public static func harmonic(_ images: Tensor, holes: Tensor, sweeps: Int = 100) throws -> Tensor {
    let (height, width) = (try images.size(2), try images.size(3))
    let known = try images * (1 - holes)
    var filled = try mean(images, holes: holes)
    if min(height, width) > 2 {
      // Half the size: the mean of what is known of four pixels, missing where nothing is.
      let edges = [0, width % 2, 0, height % 2]
      let weights = try (1 - holes).paddedByEdge(edges).averagePooled(kernelSize: 2)
      let values = try known.paddedByEdge(edges).averagePooled(kernelSize: 2)
      let empty = try weights.isEqual(to: 0).to(images.dtype)
      let coarse = try harmonic(values / (weights + empty), holes: empty, sweeps: sweeps)
      let enlarged = try coarse.upsampledNearest().narrowed(0..<height, along: 2).narrowed(0..<width, along: 3)
      filled = try known + enlarged * holes
    }
    for _ in 0..<sweeps { filled = try known + filled.neighbourMeans() * holes }
    return filled
  }
}
