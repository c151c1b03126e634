public import SparringTorch

/// Random changes to a batch that keep each image's class, drawn for every image anew and computed on
/// the whole batch at once, on its device.
///
/// Everything is differentiable in the images, so a discriminator may see augmented generated images
/// and the generator still learns (Zhao et al. 2020, "Differentiable augmentation for data-efficient
/// GAN training": their translation is `maximumShift`, their cutout and colour parts the fields of
/// those names). Order: colour, geometry (one interpolation for all of it), cutout.
public struct Augmentation: Codable, Hashable, Sendable {
  /// What appears where a moved image ends.
  public enum Fill: String, NamedChoice {
    /// Black (-1); cutouts are black too. For digits on black.
    case black
    /// The nearest pixel of the border; cutouts are mid-grey (0).
    case edge
    /// The image mirrored at its border; cutouts are mid-grey (0). For photographs.
    case mirror
  }

  /// Largest shift along each axis, in pixels.
  public var maximumShift = 0
  /// Mirrors half the images left to right.
  public var horizontalFlip = false
  /// Largest rotation either way, in degrees.
  public var rotation = 0.0
  /// Sizes are drawn evenly between 1 - `scale` and 1 + `scale`; from 0 to below 1.
  public var scale = 0.0
  /// Largest horizontal shear either way, as a fraction of the height.
  public var shear = 0.0
  /// Side of a blanked square at a random place, in pixels; 0 for none.
  public var cutout = 0
  /// Largest brightness added or taken, where the full range is 2.
  public var brightness = 0.0
  /// Distances from the image's mean grow or shrink by up to this fraction.
  public var contrast = 0.0
  /// Distances of the colours from grey grow or shrink by up to this fraction.
  public var saturation = 0.0
  /// What appears where a moved image ends, and in a cutout.
  public var fill = Fill.black
  /// The shorter side of the images that shifts and cutouts are meant for, in pixels: larger images have larger ones; 0
  /// takes them as they are.
  public var referenceSize = 0

  /// Switches on what is given; everything else stays off.
  public init(
    maximumShift: Int = 0, horizontalFlip: Bool = false, rotation: Double = 0, scale: Double = 0, shear: Double = 0,
    cutout: Int = 0, brightness: Double = 0, contrast: Double = 0, saturation: Double = 0, fill: Fill = .black,
    referenceSize: Int = 0
  ) {
    (self.maximumShift, self.horizontalFlip, self.rotation) = (maximumShift, horizontalFlip, rotation)
    (self.scale, self.shear, self.cutout) = (scale, shear, cutout)
    (self.brightness, self.contrast, self.saturation, self.fill) = (brightness, contrast, saturation, fill)
    self.referenceSize = referenceSize
  }

  /// Changes nothing.
  public static let none = Augmentation()
  /// For digits of about 28×28 on black: no flip, since it would make other signs.
  public static let digits = Augmentation(maximumShift: 2, rotation: 12, scale: 0.1, shear: 0.1, cutout: 8)
  /// For photographs.
  public static let photographs = Augmentation(
    maximumShift: 4, horizontalFlip: true, cutout: 8, brightness: 0.2, contrast: 0.2, saturation: 0.4, fill: .mirror,
    referenceSize: 32)

  /// The same kinds of changes, weaker: shifts, angles, sizes and colours by a share of theirs on [0, 1], without cutout.
  /// At 0 nothing changes; above it, mirroring stays.
  public func scaled(by share: Double) -> Augmentation {
    guard share > 0 else { return .none }
    var weak = self
    weak.maximumShift = Int((Double(maximumShift) * share).rounded())
    (weak.rotation, weak.scale, weak.shear) = (rotation * share, scale * share, shear * share)
    (weak.brightness, weak.contrast) = (brightness * share, contrast * share)
    (weak.saturation, weak.cutout) = (saturation * share, 0)
    return weak
  }

  /// The batch with each image changed at random.
  ///
  /// - Parameters:
  ///   - images: `[N, C, H, W]` in [-1, 1]. Colour changes may leave that range, as clamping would stop
  ///     gradients.
  ///   - generator: The only source of randomness; what is switched off draws nothing.
  /// - Throws: ``DatasetError`` for settings out of range, `TorchError` for a batch of another rank.
  public func callAsFunction(_ images: Tensor, using generator: RandomGenerator) throws -> Tensor {
    try check()
    guard self != .none, images.count > 0 else { return images }
    guard images.rank == 4 else {
      throw DatasetError("augmentation changes images [N, C, H, W], not a tensor of shape \(images.shape)")
    }
    guard referenceSize == 0 else {
      return try sized(for: min(images.size(2), images.size(3)))(images, using: generator)
    }
    var changed = try coloured(images, using: generator)
    if rotation > 0 || scale > 0 || shear > 0 {
      changed = try warped(changed, using: generator)
    } else if maximumShift > 0 {
      changed = try shifted(changed, using: generator)
    } else if horizontalFlip {
      changed = try flipped(changed, using: generator)
    }
    return cutout > 0 ? try blanked(changed, using: generator) : changed
  }

  /// The same with shifts and cutouts as images with that shorter side have them.
  func sized(for side: Int) -> Augmentation {
    guard referenceSize > 0 else { return self }
    var own = self
    let share = Double(side) / Double(referenceSize)
    own.maximumShift = min(4096, Int((Double(maximumShift) * share).rounded()))
    own.cutout = min(4096, Int((Double(cutout) * share).rounded()))
    own.referenceSize = 0
    return own
  }

  /// - Throws: ``DatasetError`` naming the first setting that is out of range.
  public func check() throws(DatasetError) {
    let limits: [(String, Double, ClosedRange<Double>)] = [
      ("maximumShift", Double(maximumShift), 0...4096), ("rotation", rotation, 0...180), ("scale", scale, 0...0.99),
      ("shear", shear, 0...10), ("cutout", Double(cutout), 0...4096), ("brightness", brightness, 0...2),
      ("contrast", contrast, 0...1), ("saturation", saturation, 0...1),
      ("referenceSize", Double(referenceSize), 0...4096),
    ]
    for (name, value, range) in limits where !range.contains(value) {
      throw DatasetError(
        "augmentation.\(name) is \(value): choose between \(range.lowerBound) and \(range.upperBound)")
    }
  }
}

// Colour and cutout.
extension Augmentation {
  /// One number per image, even on [`low`, `high`], `[N, 1, 1, 1]`.
  private func draw(_ low: Double, _ high: Double, for images: Tensor, _ generator: RandomGenerator) throws -> Tensor {
    try Tensor.uniform([images.size(0), 1, 1, 1], low: low, high: high, using: generator).to(images.device)
      .to(images.dtype)
  }

  private func coloured(_ images: Tensor, using generator: RandomGenerator) throws -> Tensor {
    var images = images
    if brightness > 0 { images = try images + draw(-brightness, brightness, for: images, generator) }
    if saturation > 0, try images.size(1) > 1 {
      let grey = try images.mean(1, keepingDimensions: true)
      images = try (images - grey) * draw(1 - saturation, 1 + saturation, for: images, generator) + grey
    }
    if contrast > 0 {
      let mean = try images.mean(1, 2, 3, keepingDimensions: true)
      images = try (images - mean) * draw(1 - contrast, 1 + contrast, for: images, generator) + mean
    }
    return images
  }

  /// A square of each image replaced; its centre is anywhere in the image, so part of it may lie outside.
  private func blanked(_ images: Tensor, using generator: RandomGenerator) throws -> Tensor {
    let (count, height, width) = (try images.size(0), try images.size(2), try images.size(3))
    let rows = try covered(height, count, images.device, generator).reshaped(count, 1, height, 1)
    let columns = try covered(width, count, images.device, generator).reshaped(count, 1, 1, width)
    return try images.filled(where: rows.logicalAnd(columns), with: fill == .black ? -1 : 0)
  }

  /// Which of `length` positions the square covers, `[count, length]`.
  private func covered(_ length: Int, _ count: Int, _ device: Device, _ generator: RandomGenerator) throws -> Tensor {
    let start = try Tensor.randomIntegers([count, 1], in: 0..<length, using: generator).to(device) - Double(cutout / 2)
    let offset = try Tensor.range(to: Double(length), dtype: .int64, device: device) - start
    return try offset.isAtLeast(0).logicalAnd(offset.isLess(than: Double(cutout)))
  }
}
