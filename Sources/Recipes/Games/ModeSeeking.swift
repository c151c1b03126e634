import SparringObjectives
import SparringTorch

/// Keeps a generator of classes from drawing one image of each class (Mao et al. 2019): every class that is asked for is
/// asked for twice, and the two images have to differ as their latents do.
struct ModeSeeking {
  /// 0 leaves it out.
  let weight: Double

  /// The classes to be asked for, `[N]`: where there is a weight, the first half twice.
  func asked(_ classes: Tensor) throws -> Tensor {
    let half = try classes.size(0) / 2
    guard weight > 0, half > 0 else { return classes }
    let first = try classes.narrowed(0..<half)
    return try .concatenate([first, first] + (classes.size(0) > 2 * half ? [classes.narrowed(0..<1)] : []))
  }

  /// What the generator pays for examples `[N, …]` of ``asked(_:)`` from latents `[N, latentSize]`; nil without a weight.
  func loss(examples: Tensor, latents: Tensor) throws -> Tensor? {
    let half = try latents.size(0) / 2
    guard weight > 0, half > 0 else { return nil }
    return try AdversarialLoss.modeSeeking(
      examples: examples.narrowed(0..<half), others: examples.narrowed(half..<2 * half),
      latents: latents.narrowed(0..<half), otherLatents: latents.narrowed(half..<2 * half)) * weight
  }
}
