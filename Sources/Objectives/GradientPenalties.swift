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

  /// ∇ₓ D(x) for each image, `[N, C·H·W]`, itself part of the graph.
  private static func slope(of discriminator: (Tensor) throws -> Tensor, at images: Tensor) throws -> Tensor {
    let points = try images.detached().requiringGradient()
    let total = try discriminator(points).sum()
    return try gradients(of: total, withRespectTo: [points], createGraph: true)[0].flattened()
  }
}
