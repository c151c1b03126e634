internal import Datasets

extension PixelImages {
  /// The images side by side in rows, as one image with a thin line between them.
  func grid() throws(DatasetError) -> PixelImages {
    guard count > 1 else { return self }
    let columns = Int(Double(count).squareRoot().rounded(.up))
    let rows = (count + columns - 1) / columns
    let gap = 1
    let (gridWidth, gridHeight) = (columns * (width + gap) - gap, rows * (height + gap) - gap)
    var pixels = [UInt8](repeating: 255, count: gridWidth * gridHeight * channels)
    for image in 0..<count {
      let (top, left) = (image / columns * (height + gap), image % columns * (width + gap))
      for y in 0..<height {
        let source = (image * height + y) * width * channels
        let target = ((top + y) * gridWidth + left) * channels
        pixels.replaceSubrange(target..<target + width * channels, with: bytes[source..<source + width * channels])
      }
    }
    return try PixelImages(bytes: pixels, count: 1, height: gridHeight, width: gridWidth, channels: channels)
  }
}
