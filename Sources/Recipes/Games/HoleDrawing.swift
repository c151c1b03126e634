public import SparringTorch

/// Which parts of images are missing, drawn anew for every image. Nothing is read back from the device.
public struct HoleDrawing: Sendable, Hashable {
  /// The shapes that are drawn.
  public enum Kind: String, NamedChoice {
    /// Each image gets one of the others.
    case mixed
    /// One rectangle.
    case boxes
    /// Single pixels anywhere: a tenth to three quarters of them.
    case pixels
    /// A brush drawn along four lines.
    case strokes
  }

  /// The shapes that are drawn.
  public let kind: Kind
  /// The longest side of a rectangle, as a share of the image's; the shortest is a third of it.
  public let largestBox: Double

  /// Holes `[N, 1, H, W]` of `float32`, 1 where a pixel is missing and 0 elsewhere, on the generator's device.
  public func callAsFunction(
    count: Int, height: Int, width: Int, using random: RandomGenerator
  ) throws(TorchError) -> Tensor {
    let canvas = try Canvas(count: count, height: height, width: width, random: random)
    switch kind {
    case .boxes: return try canvas.boxes(upTo: largestBox)
    case .pixels: return try canvas.pixels()
    case .strokes: return try canvas.strokes()
    case .mixed:
      let choice = try canvas.draw(from: 0, to: 3)
      let others = try canvas.pixels().selected(where: choice.isLess(than: 2), otherwise: canvas.strokes())
      return try canvas.boxes(upTo: largestBox).selected(where: choice.isLess(than: 1), otherwise: others)
    }
  }
}

/// Where the pixels of images lie, on [0, 1].
private struct Canvas {
  let (count, height, width): (Int, Int, Int)
  let random: RandomGenerator
  /// The middle of each row, `[1, 1, H, 1]`.
  let rows: Tensor
  /// The middle of each column, `[1, 1, 1, W]`.
  let columns: Tensor

  init(count: Int, height: Int, width: Int, random: RandomGenerator) throws(TorchError) {
    (self.count, self.height, self.width, self.random) = (count, height, width, random)
    func middles(_ length: Int) throws(TorchError) -> Tensor {
      try (Tensor.range(to: Double(length), device: random.device) + 0.5) * (1 / Double(length))
    }
    rows = try middles(height).reshaped(1, 1, height, 1)
    columns = try middles(width).reshaped(1, 1, 1, width)
  }

  /// A number for each image, `[N, each, 1, 1]`.
  func draw(from low: Double, to high: Double, each: Int = 1) throws(TorchError) -> Tensor {
    try .uniform([count, each, 1, 1], low: low, high: high, using: random)
  }

  func boxes(upTo largest: Double) throws(TorchError) -> Tensor {
    func covered(_ places: Tensor) throws(TorchError) -> Tensor {
      let length = try draw(from: largest / 3, to: largest)
      let offset = try places - draw(from: 0, to: 1) * (1 - length)
      return try offset.isAtLeast(0).logicalAnd((length - offset).isGreater(than: 0))
    }
    return try covered(rows).logicalAnd(covered(columns)).to(.float32)
  }

  func pixels() throws(TorchError) -> Tensor {
    let share = try draw(from: 0.1, to: 0.75)
    return try (share - Tensor.uniform([count, 1, height, width], using: random)).isGreater(than: 0).to(.float32)
  }

  func strokes() throws(TorchError) -> Tensor {
    let lines = 4
    func corners() throws(TorchError) -> (from: Tensor, along: Tensor) {
      let all = try draw(from: 0, to: 1, each: lines + 1)
      let from = try all.narrowed(0..<lines, along: 1)
      return (from, try all.narrowed(1..<lines + 1, along: 1) - from)
    }
    let (vertical, horizontal) = (try corners(), try corners())
    let (down, right) = (try rows - vertical.from, try columns - horizontal.from)
    // The nearest point of each line, `[N, lines, H, W]`.
    let squaredLength = try vertical.along.squared() + horizontal.along.squared()
    let share = try ((down * vertical.along + right * horizontal.along) / (squaredLength + 1e-9))
      .clamped(low: 0, high: 1)
    let distance = try (down - share * vertical.along).squared() + (right - share * horizontal.along).squared()
    // Never thinner than a pixel.
    let thickness = try draw(from: 0.02, to: 0.06) + 0.5 / Double(min(height, width))
    return try (thickness.squared() - distance.minimum(along: 1, keepingDimensions: true)).isGreater(than: 0)
      .to(.float32)
  }
}
