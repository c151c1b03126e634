public import SparringTorch

/// What the numbers that networks see mean: how those of a file become those of a batch, and back.
///
/// A vector's numbers are measured on the training part alone, and kept with the facts of a run, so that what it
/// classifies later is scaled alike and what it generates comes back in the units of the file.
public struct Scaling: Codable, Hashable, Sendable {
  /// Where centres and spreads come from.
  public enum Kind: String, NamedChoice {
    /// Bytes from 0 to 255, to [-1, 1]: images.
    case bytes
    /// The smallest to the largest number of all features, to [-1, 1].
    case range
    /// Each feature's own smallest to largest number, to [-1, 1].
    case featureRange = "feature-range"
    /// Each feature's mean to 0, its standard deviation to 1.
    case standard
    /// Each feature's mean to 0, and all divided by one number: the mean of their variances to 1.
    case sharedStandard = "shared-standard"
    /// As in the file.
    case none
  }

  /// Where the numbers come from.
  public let kind: Kind
  /// What is taken off: one number for all features, or one for each.
  public let centers: [Double]
  /// What the rest is divided by: one number for all features, or one for each; never 0.
  public let spreads: [Double]

  /// Bytes from 0 to 255, to [-1, 1].
  public static let bytes = Scaling(kind: .bytes, centers: [127.5], spreads: [127.5])
  /// Numbers as they are.
  public static let none = Scaling(kind: .none, centers: [0], spreads: [1])

  init(kind: Kind, centers: [Double], spreads: [Double]) {
    (self.kind, self.centers, self.spreads) = (kind, centers, spreads)
  }

  /// Where the scaled numbers of the training part lie; nil where they have no bounds worth the name.
  public var range: ClosedRange<Double>? {
    switch kind {
    case .bytes, .range, .featureRange: -1...1
    case .standard, .sharedStandard, .none: nil
    }
  }

  /// The numbers of a file as networks see them: `float32` of the same shape.
  /// - Parameter numbers: `[N, C, H, W]` of bytes, or `[N, features]` of any format, on the CPU.
  public func scaled(_ numbers: Tensor) throws -> Tensor {
    if kind == .bytes { return try numbers.to(.float32) / 127.5 - 1 }
    if kind == .none { return try numbers.to(.float32) }
    // Worked out in double precision, a few rows at a time: numbers may be large and lie close together.
    let (center, spread) = (try Tensor(centers), try Tensor(spreads))
    let parts = try numbers.split(into: rowsAtOnce(numbers)).map { rows in
      try ((rows.to(.float64) - center) / spread).to(.float32)
    }
    return parts.count == 1 ? parts[0] : try Tensor.concatenate(parts)
  }

  /// What ``scaled(_:)`` was made from, as `float32` on the CPU.
  public func unscaled(_ numbers: Tensor) throws -> Tensor {
    let (center, spread) = (try Tensor(centers), try Tensor(spreads))
    return try (numbers.to(.cpu).to(.float64) * spread + center).to(.float32)
  }

  private func rowsAtOnce(_ numbers: Tensor) -> Int {
    max(1, 1 << 20 / max(1, numbers.shape.dropFirst().reduce(1, *)))
  }

  /// - Throws: ``DatasetError`` when the numbers do not fit examples of a shape; they are also read from files.
  func validate(_ shape: ExampleShape, name: String) throws(DatasetError) {
    let counts = kind == .bytes ? [1] : [1, shape.numberCount]
    guard (kind == .bytes) == shape.isImage, counts.contains(centers.count), centers.count == spreads.count,
      centers.allSatisfy(\.isFinite), spreads.allSatisfy({ $0.isFinite && $0 > 0 })
    else {
      throw DatasetError("\(name): the scaling '\(kind.rawValue)' does not fit \(shape.plural) of \(shape)")
    }
  }
}
