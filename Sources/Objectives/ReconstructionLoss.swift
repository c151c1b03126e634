public import SparringTorch

/// How far restored images are from the true ones. Absolute distances give sharper images than squared ones (Zhao et al.
/// 2017, "Loss functions for image restoration with neural networks").
public enum ReconstructionLoss {
  /// mean |x̂ − x| over all pixels: a scalar.
  ///
  /// - Parameters:
  ///   - restored: `[N, C, H, W]`.
  ///   - truths: The same.
  public static func absolute(restored: Tensor, truths: Tensor) throws -> Tensor {
    try (restored - truths).absolute().mean()
  }

  /// The mean of |x̂ − x| over the missing pixels of each image, `[N]`; 0 for an image that lacks none.
  ///
  /// - Parameters:
  ///   - restored: `[N, C, H, W]`.
  ///   - truths: The same.
  ///   - holes: `[N, 1, H, W]`, 1 where a pixel is missing and 0 elsewhere.
  public static func absolute(restored: Tensor, truths: Tensor, holes: Tensor) throws -> Tensor {
    let sums = try ((restored - truths).absolute() * holes).sum(1, 2, 3)
    return try sums / (holes.sum(1, 2, 3) * Double(truths.size(1))).clamped(low: 1, high: .infinity)
  }

  /// ½(e₁ + e₂) − w·d of two restorations of each image, its mean over images: a scalar. With w = ½ it is the energy score
  /// (Gneiting and Raftery 2007, "Strictly proper scoring rules, prediction, and estimation"), least in the mean where
  /// restorations are as different as what was there is uncertain; with less they are more alike (Bouchacourt et al. 2016,
  /// "DISCO Nets").
  ///
  /// - Parameters:
  ///   - errors: e, `[2·N]`: how far restorations are from the truth, of every image once, then of every image again.
  ///   - distances: d, `[N]`: how far the two of each image are from each other.
  ///   - weight: w, 0 to ½; beyond, being different would pay more than being wrong costs.
  public static func energyScore(errors: Tensor, distances: Tensor, weight: Double = 0.5) throws -> Tensor {
    try errors.mean() - distances.mean() * weight
  }
}
