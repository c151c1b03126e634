public import SparringTorch

extension PixelImages {
  /// Vectors as pictures to look at: a strip for each, a cell for each feature, from dark (low) to bright (high).
  ///
  /// - Parameters:
  ///   - vectors: `[N, F]`, scaled as networks see them. More than 1024 features are shown by the means of neighbours.
  ///   - scaling: Says which numbers are low and which are high.
  /// - Throws: ``DatasetError`` for a tensor of another rank.
  public init(stripsOf vectors: Tensor, scaling: Scaling) throws {
    guard vectors.rank == 2, vectors.count > 0 else {
      throw DatasetError("strips show vectors [N, F], not a tensor of shape \(vectors.shape)")
    }
    let (count, features) = (vectors.shape[0], vectors.shape[1])
    let numbers = try vectors.array(of: Float.self)
    let reach: Float =
      switch scaling.kind {
      case .bytes, .range, .featureRange: 1
      case .standard, .sharedStandard: 3
      case .none: max(numbers.lazy.map(\.magnitude).filter(\.isFinite).max() ?? 0, .leastNormalMagnitude)
      }
    let cells = min(features, 1024)
    let (height, side) = (6, max(1, min(8, 512 / cells)))
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count * height * cells * side)
    for row in 0..<count {
      var line: [UInt8] = []
      for cell in 0..<cells {
        let part = numbers[row * features + cell * features / cells..<row * features + (cell + 1) * features / cells]
        let mean = part.reduce(0, +) / Float(part.count)
        let brightness = mean.isFinite ? max(0, min(255, ((mean / reach + 1) * 127.5).rounded())) : 0
        line += repeatElement(UInt8(brightness), count: side)
      }
      for _ in 0..<height { bytes += line }
    }
    try self.init(bytes: bytes, count: count, height: height, width: cells * side, channels: 1)
  }

  /// How many images side by side make a grid about as wide as high.
  public var squarestColumns: Int {
    max(1, Int((Double(count) * Double(height) / Double(max(1, width))).squareRoot().rounded(.up)))
  }
}
