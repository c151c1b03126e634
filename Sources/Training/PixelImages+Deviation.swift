import SparringDatasets

extension PixelImages {
  /// The standard deviation of each pixel over the images, averaged over pixels, on the scale of
  /// [-1, 1]: near zero when all images are the same.
  var meanPixelDeviation: Double {
    let size = height * width * channels
    guard count > 1, size > 0 else { return .infinity }
    var total = 0.0
    for pixel in 0..<size {
      var (sum, squares) = (0.0, 0.0)
      for image in 0..<count {
        let value = Double(bytes[image * size + pixel])
        sum += value
        squares += value * value
      }
      let mean = sum / Double(count)
      total += max(0, squares / Double(count) - mean * mean).squareRoot()
    }
    return total / Double(size) / 127.5
  }
}
