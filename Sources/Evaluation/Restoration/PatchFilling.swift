public import SparringTorch

extension HoleFilling {
  /// The nearest-patch filling: from the hole's edge inwards, what is missing of the patch around a pixel is copied from the
  /// known patch that is most like it (Criminisi et al. 2004); where no whole patch is known near by, a pixel is copied by
  /// itself (Efros and Leung 1999).
  ///
  /// - Parameters:
  ///   - patchSize: An odd number of pixels.
  ///   - reach: How far from the pixel patches are looked for, in pixels.
  public static func nearestPatch(
    _ images: Tensor, holes: Tensor, patchSize: Int = 7, reach: Int = 16
  ) throws -> Tensor {
    let (count, shape) = (try images.size(0), images.shape)
    guard count > 0 else { return images }
    let start = try mean(images, holes: holes)
    let filled = try (0..<count).map { index in
      var canvas = try PatchCanvas(
        pixels: start.narrowed(index..<index + 1).array(of: Float.self),
        holes: holes.narrowed(index..<index + 1).array(of: Float.self), height: shape[2], width: shape[3],
        radius: patchSize / 2, reach: reach)
      canvas.fill()
      return try Tensor(canvas.pixels, shape: [1] + shape.dropFirst())
    }
    return try Tensor.concatenate(filled).to(images.device).to(images.dtype)
  }
}

/// One image on the way from its known pixels to a whole.
private struct PatchCanvas {
  /// `[C, H, W]`; what is missing holds the mean until it is filled.
  private(set) var pixels: [Float]
  private let (height, width, channels): (Int, Int, Int)
  private let (radius, reach): (Int, Int)
  /// What was known from the beginning: the only pixels that are copied.
  private let isKnown: [Bool]
  /// What is known by now.
  private var isFilled: [Bool]
  /// Of the patch around each pixel, how many pixels are known by now.
  private var confidence: [Int]

  init(pixels: [Float], holes: [Float], height: Int, width: Int, radius: Int, reach: Int) {
    (self.pixels, self.height, self.width, self.radius, self.reach) = (pixels, height, width, radius, reach)
    channels = pixels.count / (height * width)
    isKnown = holes.map { $0 < 0.5 }
    isFilled = isKnown
    confidence = [Int](repeating: 0, count: height * width)
    for place in isFilled.indices where isFilled[place] { count(place) }
  }

  private func clipped(_ middle: Int, _ by: Int, _ length: Int) -> ClosedRange<Int> {
    max(0, middle - by)...min(length - 1, middle + by)
  }

  private mutating func count(_ place: Int) {
    for row in clipped(place / width, radius, height) {
      for column in clipped(place % width, radius, width) { confidence[row * width + column] += 1 }
    }
  }

  mutating func fill() {
    guard isKnown.contains(true) else { return }
    var missing = isFilled.indices.filter { !isFilled[$0] }
    while !missing.isEmpty {
      let next = missing.max { (confidence[$0], $1) < (confidence[$1], $0) } ?? missing[0]
      let (row, column) = (next / width, next % width)
      if let (from, isWhole) = nearest(to: row, column) {
        let by = isWhole ? radius : 0
        for y in clipped(row, by, height) {
          for x in clipped(column, by, width) where !isFilled[y * width + x] {
            copy((from.row + y - row) * width + from.column + x - column, to: y * width + x)
          }
        }
      }
      if !isFilled[next] { markFilled(next) }
      missing.removeAll { isFilled[$0] }
    }
  }

  private mutating func copy(_ source: Int, to target: Int) {
    for channel in 0..<channels {
      pixels[channel * height * width + target] = pixels[channel * height * width + source]
    }
    markFilled(target)
  }

  private mutating func markFilled(_ place: Int) {
    isFilled[place] = true
    count(place)
  }

  /// The pixel whose patch is most like that around a pixel, and whether all of its patch is known; nil where nothing is
  /// known near by.
  private func nearest(to row: Int, _ column: Int) -> (from: (row: Int, column: Int), isWhole: Bool)? {
    var whole: (from: (row: Int, column: Int), distance: Float)?
    var part: (from: (row: Int, column: Int), distance: Float)?
    for y in clipped(row, reach, height) {
      for x in clipped(column, reach, width) where isKnown[y * width + x] {
        let limit = whole?.distance ?? .infinity
        guard let found = distance(row, column, y, x, limit: limit) else { continue }
        if found.isWhole {
          if found.value < limit { whole = ((y, x), found.value) }
        } else if whole == nil, found.value < part?.distance ?? .infinity {
          part = ((y, x), found.value)
        }
      }
    }
    return whole.map { ($0.from, true) } ?? part.map { ($0.from, false) }
  }

  /// The mean squared difference of two patches where both are known; nil where they share nothing, or where a whole patch is
  /// farther than the limit.
  private func distance(
    _ row: Int, _ column: Int, _ y: Int, _ x: Int, limit: Float
  ) -> (value: Float, isWhole: Bool)? {
    var (sum, shared, isWhole): (Float, Int, Bool) = (0, 0, true)
    for down in -radius...radius where (0..<height).contains(row + down) {
      let isInside = (0..<height).contains(y + down)
      for right in -radius...radius where (0..<width).contains(column + right) {
        let (here, there) = ((row + down) * width + column + right, (y + down) * width + x + right)
        guard isInside, (0..<width).contains(x + right), isKnown[there] else {
          isWhole = false
          continue
        }
        guard isFilled[here] else { continue }
        shared += 1
        for channel in 0..<channels {
          let difference = pixels[channel * height * width + here] - pixels[channel * height * width + there]
          sum += difference * difference
        }
      }
    }
    guard shared > 0 else { return nil }
    let mean = sum / Float(shared)
    return isWhole && mean >= limit ? nil : (mean, isWhole)
  }
}
