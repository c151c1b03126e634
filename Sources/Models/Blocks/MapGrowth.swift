import SparringTorch

/// How a generator grows from a small map to images of any size: the smaller side begins at 4 to 7 and is doubled; what
/// is too much at the end is cut off around the centre.
struct MapGrowth {
  let doublings: Int
  let (baseHeight, baseWidth): (Int, Int)
  private let (height, width): (Int, Int)

  /// - Throws: ``TorchError`` for images smaller than 4 pixels.
  init(_ images: ImageSize, family: String) throws(TorchError) {
    (height, width) = (images.height, images.width)
    guard min(height, width) >= 4 else {
      throw TorchError("the \(family) family makes images of at least 4×4, not \(height)×\(width)")
    }
    var doublings = 0
    while min(images.height, images.width) >> (doublings + 1) >= 4 { doublings += 1 }
    self.doublings = doublings
    (baseHeight, baseWidth) = (
      Self.divided(images.height, by: 1 << doublings), Self.divided(images.width, by: 1 << doublings)
    )
  }

  /// Channels before each doubling and after the last: the last is `width`, each one before twice as many.
  func widths(_ width: Int, maximum: Int) -> [Int] {
    (0...doublings).reversed().map { min($0 < 62 ? width << $0 : maximum, maximum) }
  }

  /// The middle of maps `[N, C, H', W']` that have grown, `[N, C, H, W]`.
  func cropped(_ maps: Tensor) throws(TorchError) -> Tensor {
    let (rows, columns) = (baseHeight << doublings, baseWidth << doublings)
    var maps = maps
    if rows > height { maps = try maps.narrowed((rows - height) / 2..<(rows - height) / 2 + height, along: 2) }
    if columns > width {
      maps = try maps.narrowed((columns - width) / 2..<(columns - width) / 2 + width, along: 3)
    }
    return maps
  }

  private static func divided(_ length: Int, by parts: Int) -> Int { (length + parts - 1) / parts }
}
