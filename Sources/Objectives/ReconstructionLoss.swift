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

  /// (1 − ε)·min(e₁, e₂) + ε·max(e₁, e₂) of two restorations of each image, its mean over images: a scalar. The nearer counts
  /// for most, so that the two may differ where the damage leaves open what was there; with ε = 0 nothing holds a restoration
  /// that is never the nearer one (Rupprecht et al. 2017, "Learning in an uncertain world: representing ambiguity through
  /// multiple hypotheses").
  ///
  /// - Parameters:
  ///   - errors: `[2·N]`: of every image once, then of every image again.
  ///   - fartherShare: ε, 0 to 0.5; at 0.5 both count alike.
  public static func nearerOfTwo(errors: Tensor, fartherShare: Double) throws -> Tensor {
    let pairs = try errors.reshaped(2, -1)
    // e₁ + e₂ = min + max.
    return try pairs.minimum(along: 0).mean() * (1 - 2 * fartherShare) + pairs.sum(0).mean() * fartherShare
  }

  /// What a restorer pays where two restorations of an image are more alike than their latents, max(0, τ − d/|z − z′|) with the
  /// mean over the numbers of a latent, its mean over images: a scalar. Beyond the bound τ it asks for nothing more (Yang et al.
  /// 2019, "Diversity-sensitive conditional generative adversarial networks").
  ///
  /// - Parameters:
  ///   - distances: d, `[N]`: how far the two restorations of each image are from each other.
  ///   - latents: z, `[N, latentSize]`; no gradient flows into them, nor into `otherLatents`.
  ///   - otherLatents: z′, the same.
  ///   - bound: τ, above 0.
  public static func likeness(
    distances: Tensor, latents: Tensor, otherLatents: Tensor, bound: Double
  ) throws -> Tensor {
    let apart = try (latents - otherLatents).absolute().mean(1).detached().clamped(low: 1e-5, high: .infinity)
    return try (bound - distances / apart).clamped(low: 0, high: .infinity).mean()
  }
}
