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

  /// The mean over images of the error of the nearer of two restorations, a scalar, so that the two may differ where the
  /// damage leaves open what was there (Bhattacharyya et al. 2018, "Accurate and diverse sampling of sequences based on a
  /// 'best of many' sample objective").
  ///
  /// - Parameter errors: `[2·N]`: of every image once, then of every image again.
  public static func nearerOfTwo(errors: Tensor) throws -> Tensor {
    try errors.reshaped(2, -1).minimum(along: 0).mean()
  }
}
