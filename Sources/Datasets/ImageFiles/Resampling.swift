/// A picture brought to a size, in one of the ways of ``PictureFit``.
///
/// Plain bytes in and out, so that many threads may do it at once. Each output pixel is the mean of the source under a
/// triangle as wide as the scaling asks for (what PyTorch calls antialiased bilinear interpolation), so that fine
/// patterns turn grey when they shrink.
struct Resampling {
  private let rows: Axis
  private let columns: Axis
  private let size: ImageSize
  /// Where the picture lies in the result: all of it, but for a padded one.
  private let place: (rows: Range<Int>, columns: Range<Int>)

  /// - Parameters:
  ///   - height: Of the source; at least 1.
  ///   - width: Of the source; at least 1.
  ///   - size: Of the result; at least 1×1.
  init(height: Int, width: Int, to size: ImageSize, fit: PictureFit = .crop) {
    self.size = size
    guard fit == .crop else {
      // Padded: one side fits, the other is rounded to whole pixels.
      let share = min(Double(size.height) / Double(height), Double(size.width) / Double(width))
      func side(_ length: Int, of whole: Int) -> Range<Int> {
        let covered = fit == .stretch ? whole : min(whole, max(1, Int((Double(length) * share).rounded())))
        return (whole - covered) / 2..<(whole - covered) / 2 + covered
      }
      place = (side(height, of: size.height), side(width, of: size.width))
      rows = Axis(length: height, part: Double(height), count: place.rows.count)
      columns = Axis(length: width, part: Double(width), count: place.columns.count)
      return
    }
    place = (0..<size.height, 0..<size.width)
    // The part of the source that has the shape of the result; the rest is cut off evenly.
    let isTooWide = size.height * width >= size.width * height
    let partHeight = isTooWide ? Double(height) : Double(size.height * width) / Double(size.width)
    let partWidth = isTooWide ? Double(size.width * height) / Double(size.height) : Double(width)
    rows = Axis(length: height, part: min(partHeight, Double(height)), count: size.height)
    columns = Axis(length: width, part: min(partWidth, Double(width)), count: size.width)
  }

  /// - Parameters:
  ///   - picture: One picture of the size that was given, with 3 channels.
  ///   - channels: 3, or 1 for grey (0.299 R + 0.587 G + 0.114 B, ITU-R BT.601).
  /// - Returns: `[channels, height, width]` row-major.
  func callAsFunction(_ picture: PixelImages, channels: Int) -> [UInt8] {
    let narrow = shrinkRows(of: picture)
    var result = [UInt8](repeating: 128, count: channels * size.height * size.width)
    let lineLength = place.columns.count * 3
    var line = [Float](repeating: 0, count: lineLength)
    for row in 0..<place.rows.count {
      for index in 0..<lineLength { line[index] = 0 }
      let taps = rows.taps(row)
      for (offset, weight) in taps.weights.enumerated() {
        let start = (taps.first + offset - rows.first) * lineLength
        for index in 0..<lineLength { line[index] += weight * narrow[start + index] }
      }
      for column in 0..<place.columns.count {
        let (red, green, blue) = (line[column * 3], line[column * 3 + 1], line[column * 3 + 2])
        let values = channels == 1 ? [0.299 * red + 0.587 * green + 0.114 * blue] : [red, green, blue]
        for (channel, value) in values.enumerated() {
          let line = channel * size.height + place.rows.lowerBound + row
          result[line * size.width + place.columns.lowerBound + column] = Self.byte(value)
        }
      }
    }
    return result
  }

  /// Every source row that is needed, brought to the result's width: `[rows, width, 3]`.
  private func shrinkRows(of picture: PixelImages) -> [Float] {
    let width = place.columns.count
    var narrow = [Float](repeating: 0, count: (rows.last - rows.first) * width * 3)
    picture.bytes.withUnsafeBufferPointer { bytes in
      narrow.withUnsafeMutableBufferPointer { narrow in
        for row in rows.first..<rows.last {
          let source = row * picture.width * 3
          for column in 0..<width {
            let taps = columns.taps(column)
            var (red, green, blue): (Float, Float, Float) = (0, 0, 0)
            var place = source + taps.first * 3
            for weight in taps.weights {
              red += weight * Float(bytes[place])
              green += weight * Float(bytes[place + 1])
              blue += weight * Float(bytes[place + 2])
              place += 3
            }
            let target = ((row - rows.first) * width + column) * 3
            (narrow[target], narrow[target + 1], narrow[target + 2]) = (red, green, blue)
          }
        }
      }
    }
    return narrow
  }

  private static func byte(_ value: Float) -> UInt8 {
    UInt8(min(255, max(0, value.rounded(.toNearestOrEven))))
  }
}

/// What each output position along one axis is made of.
private struct Axis {
  /// The source positions that are needed at all.
  private(set) var first = Int.max
  private(set) var last = 0
  private var starts: [Int] = []
  private var ends: [Int] = [0]
  private var weights: [Float] = []

  /// - Parameter part: How much of the `length` source positions the `count` output positions cover.
  init(length: Int, part: Double, count: Int) {
    let scale = part / Double(count)
    let reach = max(1, scale)
    let margin = (Double(length) - part) / 2
    // Whole pixels stay whole: an odd margin is cut off unevenly instead.
    let origin = part == part.rounded() ? margin.rounded(.down) : margin
    let (lowest, highest) = (Int(origin), min(length, Int((origin + part).rounded(.up))))
    for position in 0..<count {
      let center = origin + scale * (Double(position) + 0.5)
      let start = max(Int(center - reach + 0.5), lowest)
      let end = min(Int(center + reach + 0.5), highest)
      let triangle = (start..<end).map { max(0, 1 - abs(Double($0) + 0.5 - center) / reach) }
      let sum = triangle.reduce(0, +)
      starts.append(start)
      weights += triangle.map { Float($0 / sum) }
      ends.append(weights.count)
      (first, last) = (min(first, start), max(last, end))
    }
  }

  func taps(_ position: Int) -> (first: Int, weights: ArraySlice<Float>) {
    (starts[position], weights[ends[position]..<ends[position + 1]])
  }
}
