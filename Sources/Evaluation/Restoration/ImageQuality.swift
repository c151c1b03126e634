import Foundation
public import SparringTorch

/// How near restored images are to the true ones.
public enum ImageQuality {
  /// The peak signal-to-noise ratio in decibels, 10·log₁₀(L² / MSE), where the squared error is the mean over all pixels of
  /// all images; infinite where they are equal.
  ///
  /// - Parameters:
  ///   - restored: `[N, C, H, W]`, levels from 0 to `range`.
  ///   - truths: The same.
  ///   - range: L.
  /// - Throws: ``EvaluationError`` for shapes that differ.
  public static func peakSignalToNoise(restored: Tensor, truths: Tensor, range: Double = 255) throws -> Double {
    try requireAlike(restored, truths)
    let error = try (restored.to(.float64) - truths.to(.float64)).squared().mean().item()
    return error > 0 ? 10 * log10(range * range / error) : .infinity
  }

  /// The same over missing pixels alone, which are what a filling is about.
  /// - Parameter holes: `[N, 1, H, W]`, 1 where a pixel was missing and 0 elsewhere.
  public static func peakSignalToNoise(
    restored: Tensor, truths: Tensor, holes: Tensor, range: Double = 255
  ) throws -> Double {
    try requireAlike(restored, truths)
    let squares = try (restored.to(.float64) - truths.to(.float64)).squared() * holes.to(.float64)
    let error = try squares.sum().item() / max(1, holes.to(.float64).sum().item() * Double(truths.size(1)))
    return error > 0 ? 10 * log10(range * range / error) : .infinity
  }

  /// The structural similarity of each image, `[N]` of `float64`, the mean over its windows and channels (Wang et al. 2004:
  /// windows of 11×11 pixels, weighed by a Gaussian with σ = 1.5; K₁ = 0.01, K₂ = 0.03).
  ///
  /// - Parameters:
  ///   - restored: `[N, C, H, W]`, levels from 0 to `range`.
  ///   - truths: The same.
  ///   - range: L.
  /// - Throws: ``EvaluationError`` for shapes that differ, or images smaller than a window.
  public static func structuralSimilarity(restored: Tensor, truths: Tensor, range: Double = 255) throws -> Tensor {
    try requireAlike(restored, truths)
    guard try min(truths.size(2), truths.size(3)) >= windowSize else {
      throw EvaluationError("structural similarity needs images of \(windowSize)×\(windowSize) pixels and more")
    }
    let (x, y) = (try restored.to(.float64), try truths.to(.float64))
    let (meanX, meanY) = (try windowed(x), try windowed(y))
    let varianceX = try windowed(x.squared()) - meanX.squared()
    let varianceY = try windowed(y.squared()) - meanY.squared()
    let covariance = try windowed(x * y) - meanX * meanY
    let (c1, c2) = (pow(0.01 * range, 2), pow(0.03 * range, 2))
    let above = try (meanX * meanY * 2 + c1) * (covariance * 2 + c2)
    let below = try (meanX.squared() + meanY.squared() + c1) * (varianceX + varianceY + c2)
    return try (above / below).mean(1, 2, 3)
  }

  private static let windowSize = 11

  /// The weighed mean of every window that lies in the image, first along columns, then along rows.
  private static func windowed(_ maps: Tensor) throws -> Tensor {
    let bells = (0..<windowSize).map { exp(-pow(Double($0 - windowSize / 2) / 1.5, 2) / 2) }
    let sum = bells.reduce(0, +)
    return try [2, 3].reduce(maps) { maps, dimension in
      let count = try maps.size(dimension) - windowSize + 1
      var total = try maps.narrowed(0..<count, along: dimension) * (bells[0] / sum)
      for (offset, bell) in bells.enumerated().dropFirst() {
        total = try total + maps.narrowed(offset..<offset + count, along: dimension) * (bell / sum)
      }
      return total
    }
  }

  private static func requireAlike(_ restored: Tensor, _ truths: Tensor) throws(EvaluationError) {
    guard restored.shape == truths.shape, truths.rank == 4 else {
      throw EvaluationError("images of shape \(restored.shape) cannot be compared with images of \(truths.shape)")
    }
  }
}
