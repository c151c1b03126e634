/// The shape of one example: a picture, or a row of numbers.
public enum ExampleShape: Codable, Hashable, Sendable {
  /// Batches are `[N, channels, height, width]`; 1 channel is grey, 3 are red, green and blue.
  case image(channels: Int, height: Int, width: Int)
  /// Batches are `[N, features]`.
  case vector(features: Int)

  /// The sizes of one example, such as `[3, 48, 64]` or `[20]`.
  public var sizes: [Int] {
    switch self {
    case .image(let channels, let height, let width): [channels, height, width]
    case .vector(let features): [features]
    }
  }

  /// The numbers in one example.
  public var numberCount: Int { sizes.reduce(1, *) }

  /// Whether examples can be shown as pictures, cropped, turned and augmented.
  public var isImage: Bool {
    if case .image = self { true } else { false }
  }

  /// What one example is called: `image` or `vector`.
  public var singular: String { isImage ? "image" : "vector" }
  /// What several are called: `images` or `vectors`.
  public var plural: String { singular + "s" }

  /// - Throws: ``DatasetError`` for sizes that no data set has; shapes are also read from files.
  public func validate(name: String) throws(DatasetError) {
    switch self {
    case .image(let channels, let height, let width):
      guard channels == 1 || channels == 3 else {
        throw DatasetError("\(name): images of \(channels) channels, not 1 or 3")
      }
      try ReadingLimits.current.check(ImageSize(height: height, width: width), named: "\(name): the size of the images")
    case .vector(let features):
      guard (1...Self.mostFeatures).contains(features) else {
        throw DatasetError("\(name): vectors of \(features) features; at least 1 and at most \(Self.mostFeatures)")
      }
    }
  }

  static let mostFeatures = 1 << 24
}

extension ExampleShape {
  /// Such as `48×64 colour` or `20 features`.
  public var shortDescription: String {
    switch self {
    case .image(let channels, let height, let width): "\(height)×\(width) \(channels == 1 ? "grey" : "colour")"
    case .vector: description
    }
  }
}

extension ExampleShape: CustomStringConvertible {
  /// Such as `48×64 pixels in colour`, `28×28 pixels in grey` or `20 features`.
  public var description: String {
    switch self {
    case .image(let channels, let height, let width):
      "\(height)×\(width) pixels in \(channels == 1 ? "grey" : "colour")"
    case .vector(let features): "\(features) feature\(features == 1 ? "" : "s")"
    }
  }
}
