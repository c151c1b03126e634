import SparringDatasets
import SparringTorch

/// Augmentation of what a discriminator sees, of no more images than it takes to keep the discriminator from learning the
/// real ones by heart (Karras et al. 2020, "Training generative adversarial networks with limited data"): the share of
/// images that are varied grows while the discriminator is surer of real images than a target, and falls otherwise.
///
/// The share is a buffer, so that it is saved with the networks.
final class AdaptiveAugmentation: Module {
  /// The share of images that are varied, p in the paper: a scalar from 0 to 1.
  let share: Parameter
  private let augmentation: Augmentation
  /// The mean sign of the discriminator's opinion of real images that is aimed at.
  private let target: Double
  /// How far the share moves for one image.
  private let pace: Double
  private let random: RandomGenerator

  /// - Parameters:
  ///   - target: From 0 to 1; 0 varies every image from the first step on.
  ///   - images: Real images over which the share may grow from 0 to 1.
  init(_ augmentation: Augmentation, target: Double, images: Double, in setting: Setting) throws {
    (self.augmentation, self.target, pace) = (augmentation, target, 1 / images)
    random = try setting.random("augmentation")
    share = try Parameter(Tensor.full([], target > 0 ? 0 : 1, device: setting.device), role: .buffer)
  }

  /// Whether the share moves.
  var adapts: Bool { target > 0 && augmentation != .none }

  /// Images `[N, C, H, W]` on [-1, 1] as the discriminator is to see them.
  func callAsFunction(_ images: Tensor) throws -> Tensor {
    let varied = try augmentation(images, using: random)
    guard adapts else { return varied }
    let draws = try Tensor.uniform([images.size(0), 1, 1, 1], low: 0, high: 1, using: random)
    return try varied.selected(where: (draws - share.value).isLess(than: 0), otherwise: images)
  }

  /// Moves the share by what the discriminator said of a batch.
  /// - Parameter opinions: `[N]` or `[N, 1]`; above zero where it took a real image for real.
  func follow(_ opinions: Tensor) throws {
    guard adapts else { return }
    try withoutGradients {
      let signs = try opinions.isGreater(than: 0).to(.float32) - opinions.isLess(than: 0).to(.float32)
      let surplus = try signs.mean() - target
      let direction = try surplus.isGreater(than: 0).to(.float32) * 2 - 1
      let moved = try share.value + direction * (pace * Double(opinions.size(0)))
      try share.value.copy(from: moved.clamped(low: 0, high: 1))
    }
  }
}

extension Quantity {
  /// The share of images that are varied before the discriminator sees them.
  static let augmented = Quantity("augmented", title: "share of images augmented", short: "augmented", unit: .share)
}
