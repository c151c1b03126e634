import SparringDatasets

/// How varied and how rough images are, by their pixels on [-1, 1] alone. The watch compares what a generator draws from
/// fixed latents with as many real images.
struct SampleStatistics: Sendable {
  /// The standard deviation of each pixel over the images, averaged over the pixels: near zero when all images are the
  /// same.
  let deviation: Double
  /// The distance of an image to the most alike other one, root mean square over the pixels, averaged over the images: near
  /// zero when there are but a few images, however much those differ.
  let nearestDistance: Double
  /// The mean difference between neighbouring pixels of an image: high for noise, which is varied enough. nil where
  /// neighbours have nothing to do with each other.
  let roughness: Double?

  /// - Parameter areVectors: Whether the pictures are strips of vectors.
  init(_ images: PixelImages, areVectors: Bool = false) {
    deviation = images.meanPixelDeviation
    nearestDistance = images.meanNearestDistance
    roughness = areVectors ? nil : images.meanNeighbourDifference
  }
}

extension PixelImages {
  private var size: Int { height * width * channels }

  /// See ``SampleStatistics/deviation``; infinite for fewer than two images.
  var meanPixelDeviation: Double {
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

  /// See ``SampleStatistics/nearestDistance``; infinite for fewer than two images.
  var meanNearestDistance: Double {
    guard count > 1, size > 0 else { return .infinity }
    var nearest = [Int](repeating: .max, count: count)
    bytes.withUnsafeBufferPointer { bytes in
      for first in 0..<count {
        for second in first + 1..<count {
          var sum = 0
          for pixel in 0..<size {
            let difference = Int(bytes[first * size + pixel]) - Int(bytes[second * size + pixel])
            sum += difference * difference
          }
          nearest[first] = min(nearest[first], sum)
          nearest[second] = min(nearest[second], sum)
        }
      }
    }
    return nearest.reduce(0) { $0 + (Double($1) / Double(size)).squareRoot() } / Double(count) / 127.5
  }

  /// See ``SampleStatistics/roughness``; zero for images of one pixel.
  var meanNeighbourDifference: Double {
    var (sum, pairs) = (0, 0)
    bytes.withUnsafeBufferPointer { bytes in
      for line in 0..<count * height {
        let isLast = line % height == height - 1
        for place in 0..<width * channels {
          let here = line * width * channels + place
          if place + channels < width * channels {
            sum += abs(Int(bytes[here]) - Int(bytes[here + channels]))
            pairs += 1
          }
          if !isLast {
            sum += abs(Int(bytes[here]) - Int(bytes[here + width * channels]))
            pairs += 1
          }
        }
      }
    }
    return pairs == 0 ? 0 : Double(sum) / Double(pairs) / 127.5
  }
}
