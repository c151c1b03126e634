public import SparringTorch

/// How much images are varied, in one word, so that methods can be compared with no augmentation, with a little, and with
/// all that is known to keep a picture's class.
public enum AugmentationLevel: String, NamedChoice {
  /// Images as they are.
  case none
  /// Shifts of 2 pixels for grey images, as digits are; of 4 pixels, and mirroring, for colour.
  case weak
  /// What the presets for digits and for photographs do: turned, sized and sheared, or coloured and cut out as well.
  case strong

  /// The level's settings for images of that shape: grey ones are taken for digits on black, colour for photographs.
  /// - Throws: ``DatasetError`` for vectors, of which nobody knows what keeps their class.
  public func augmentation(for shape: ExampleShape) throws(DatasetError) -> Augmentation {
    guard self != .none else { return .none }
    guard case .image(let channels, _, _) = shape else {
      throw DatasetError("augmentation changes pictures, and there are \(shape.plural): leave it at none")
    }
    return switch (self, channels) {
    case (.none, _): .none
    case (.weak, 1): Augmentation(maximumShift: 2)
    case (.strong, 1): Augmentation(maximumShift: 2, rotation: 20, scale: 0.2, shear: 0.3)
    case (.weak, _): Augmentation(maximumShift: 4, horizontalFlip: true, fill: .mirror, referenceSize: 32)
    case (.strong, _):
      Augmentation(
        maximumShift: 4, horizontalFlip: true, scale: 0.15, cutout: 8, brightness: 0.2, contrast: 0.2, saturation: 0.3,
        fill: .mirror, referenceSize: 32)
    }
  }
}
