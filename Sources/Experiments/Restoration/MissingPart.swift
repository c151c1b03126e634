public import SparringDatasets
public import SparringTorch

/// What is missing of a picture, as people say it.
public enum MissingPart: Sendable, Hashable {
  /// Where another picture is white, or lighter than mid-grey, seen on black where it is transparent.
  case mask(WholePicture, name: String)
  /// A rectangle in pixels; x and y count from the left and the top.
  case box(x: Int, y: Int, width: Int, height: Int)
  /// That share of the pixels, anywhere.
  case random(Double)
  /// Where the picture is transparent, more than by half.
  case transparent

  /// `[1, 1, H, W]` of `float32`, 1 where a pixel is missing and 0 elsewhere.
  /// - Parameters:
  ///   - name: What to call the picture in messages.
  ///   - random: What ``random(_:)`` flows from.
  /// - Throws: ``DatasetError`` where the two do not fit, or where nothing is missing or everything.
  public func holes(of picture: WholePicture, named name: String, using random: RandomGenerator) throws -> Tensor {
    let (height, width) = (picture.height, picture.width)
    let missing: [Bool]
    switch self {
    case .mask(let mask, let maskName):
      guard mask.height == height, mask.width == width else {
        throw DatasetError(
          "\(name) has \(width)×\(height) pixels, but the mask \(maskName) has \(mask.width)×\(mask.height): they must "
            + "be of one size")
      }
      let channels = mask.pixels.channels
      missing = (0..<height * width).map { place in
        let light = mask.pixels.bytes[place * channels..<(place + 1) * channels].reduce(0) { $0 + Int($1) }
        return light * Int(mask.opacity?.bytes[place] ?? 255) >= 128 * channels * 255
      }
    case .box(let x, let y, let boxWidth, let boxHeight):
      guard x <= width - boxWidth, y <= height - boxHeight else {
        throw DatasetError(
          "\(name) has \(width)×\(height) pixels: the box \(x),\(y),\(boxWidth),\(boxHeight) reaches beyond it")
      }
      missing = (0..<height * width).map { place in
        (y..<y + boxHeight).contains(place / width) && (x..<x + boxWidth).contains(place % width)
      }
    case .random(let share):
      let draws = try Tensor.uniform([height * width], using: random).array(of: Float.self)
      missing = draws.map { Double($0) < share }
    case .transparent:
      guard let opacity = picture.opacity else {
        throw DatasetError("\(name) has no transparent pixels, so nothing is missing: give --mask, --box or --random")
      }
      missing = opacity.bytes.map { $0 < 128 }
    }
    guard missing.contains(true) else {
      throw DatasetError("nothing of \(name) is missing, so there is nothing to fill")
    }
    guard missing.contains(false) else { throw DatasetError("all of \(name) is missing: nothing is left to go by") }
    return try Tensor(missing.map { $0 ? Float(1) : 0 }, shape: [1, 1, height, width])
  }
}
