public import SparringTorch

/// Penalties on the slope of the discriminator, differentiable in its parameters.
public enum GradientPenalty {
  /// ½·mean ‖∇ₓ D(x)‖² at real images (Mescheder et al. 2018, equation 9), before its weight γ.
  ///
  /// - Parameter realImages: `[N, C, H, W]`.
  public static func r1(realImages: Tensor, logits discriminator: (Tensor) throws -> Tensor) throws -> Tensor {
    let slope = try slope(of: discriminator, at: realImages)
    return try slope.squared().sum(1).mean() * 0.5
  }

  /// ½·mean ‖∇ₓ D(x)‖² at generated images (Mescheder et al. 2018, equation 10), before its weight γ.
  ///
  /// - Parameter fakeImages: `[N, C, H, W]`; no gradient flows into them.
  public static func r2(fakeImages: Tensor, logits discriminator: (Tensor) throws -> Tensor) throws -> Tensor {
    try r1(realImages: fakeImages, logits: discriminator)
  }

  /// mean (‖∇ₓ D(x̂)‖ − 1)² where x̂ lies somewhere between a real and a generated image (Gulrajani et al. 2017, "Improved
  /// training of Wasserstein GANs", equation 3), before its weight λ.
  ///
  /// - Parameters:
  ///   - realImages: `[N, C, H, W]`.
  ///   - fakeImages: As many; no gradient flows into them.
  ///   - shares: How much of each real image its x̂ holds, `[N, 1, 1, 1]`, uniform on [0, 1].
  public static func unitSlope(
    realImages: Tensor, fakeImages: Tensor, shares: Tensor, logits discriminator: (Tensor) throws -> Tensor
  ) throws -> Tensor {
    let between = try fakeImages + (realImages - fakeImages) * shares
    let slope = try slope(of: discriminator, at: between)
    // The root has no slope at zero.
    let lengths = try (slope.squared().sum(1) + 1e-12).squareRoot()
    return try (lengths - 1).squared().mean()
  }

  /// ∇ₓ D(x) for each image, `[N, C·H·W]`, itself part of the graph.
  private static func slope(of discriminator: (Tensor) throws -> Tensor, at images: Tensor) throws -> Tensor {
    let points = try images.detached().requiringGradient()
    let total = try discriminator(points).sum()
    return try gradients(of: total, withRespectTo: [points], createGraph: true)[0].flattened()
  }
}
