import Foundation
public import SparringTorch

/// A classical denoiser, as a baseline: each pixel becomes the mean of pixels near by, weighed by how alike the patches around
/// them are (Buades et al. 2005, "A non-local algorithm for image denoising").
public struct NonLocalMeans: Sendable, Hashable {
  /// The standard deviation σ of the noise, in the images' own levels.
  public var noise: Double
  /// The filter's h, as a multiple of σ: how fast weights fall with distance.
  public var strength = 0.6
  /// Pixels of a patch's side, an odd number.
  public var patchSize = 5
  /// How far from a pixel others are looked for.
  public var reach = 7

  /// - Parameter noise: σ.
  public init(noise: Double, strength: Double = 0.6) {
    (self.noise, self.strength) = (noise, strength)
  }

  /// The images `[N, C, H, W]` without their noise. Weights are exp(−max(d² − 2σ², 0)/h²) with d² the mean squared difference
  /// of two patches over all channels; edge pixels are repeated.
  public func callAsFunction(_ images: Tensor) throws -> Tensor {
    guard noise > 0, strength > 0 else { return images }
    let (height, width) = (try images.size(2), try images.size(3))
    let padded = try images.paddedByEdge([reach, reach, reach, reach])
    var (sum, weights) = (try images.zerosLike(), try images.narrowed(0..<1, along: 1).zerosLike())
    for down in 0...2 * reach {
      for right in 0...2 * reach {
        let moved = try padded.narrowed(down..<down + height, along: 2).narrowed(right..<right + width, along: 3)
        let difference = try (images - moved).squared().mean(1, keepingDimensions: true)
        let distance = try difference.averagePooled(
          kernelSize: patchSize, stride: 1, padding: patchSize / 2, countsPadding: false)
        let excess = try (distance - 2 * noise * noise).clamped(low: 0, high: .infinity)
        let weight = try (excess * (-1 / pow(strength * noise, 2))).exponential()
        sum = try sum + moved * weight
        weights = try weights + weight
      }
    }
    return try sum / weights
  }
}
