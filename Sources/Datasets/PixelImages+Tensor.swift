public import SparringTorch

extension PixelImages {
  /// Images from a tensor `[N, C, H, W]`: `uint8` as it is, floating-point numbers from [-1, 1] (numbers
  /// outside are moved to the nearer end).
  /// - Throws: ``DatasetError`` for another shape or format.
  public init(_ images: Tensor) throws {
    guard images.rank == 4, images.dtype == .uint8 || images.dtype.isFloatingPoint else {
      throw DatasetError("pictures need a tensor [N, C, H, W] of uint8 or floating point, not \(images)")
    }
    let pixels =
      images.dtype == .uint8
      ? images
      : try ((images.detached().to(.float32) + 1) * 127.5).rounded().clamped(low: 0, high: 255).to(.uint8)
    let shape = images.shape
    try self.init(
      bytes: pixels.permuted(0, 2, 3, 1).contiguous().array(of: UInt8.self), count: shape[0], height: shape[2],
      width: shape[3], channels: shape[1])
  }

  /// The pixels from 0 to 255, `[N, C, H, W]` of `uint8`.
  public func tensor() throws -> Tensor {
    try Tensor(bytes, shape: [count, height, width, channels]).permuted(0, 3, 1, 2).contiguous()
  }

  /// All images side by side in one, row by row, with a small gap between them.
  ///
  /// - Parameters:
  ///   - columns: Images in a row.
  ///   - gap: Pixels between neighbours.
  ///   - gapBrightness: From 0 (black) to 255 (white); also fills what is left of the last row.
  /// - Throws: ``DatasetError`` when there are no images or the layout is impossible.
  public func grid(columns: Int, gap: Int = 2, gapBrightness: UInt8 = 255) throws(DatasetError) -> PixelImages {
    guard count > 0, columns > 0, gap >= 0 else {
      throw DatasetError("\(count) images cannot be laid out in \(columns) columns with a gap of \(gap)")
    }
    let columns = min(columns, count)
    let rows = (count + columns - 1) / columns
    let (totalHeight, totalWidth) = (rows * (height + gap) - gap, columns * (width + gap) - gap)
    var tiled = [UInt8](repeating: gapBrightness, count: totalHeight * totalWidth * channels)
    let lineLength = width * channels
    for image in 0..<count {
      let (top, left) = (image / columns * (height + gap), image % columns * (width + gap))
      for line in 0..<height {
        let source = (image * height + line) * lineLength
        let target = ((top + line) * totalWidth + left) * channels
        tiled.replaceSubrange(target..<target + lineLength, with: bytes[source..<source + lineLength])
      }
    }
    return try PixelImages(bytes: tiled, count: 1, height: totalHeight, width: totalWidth, channels: channels)
  }
}
