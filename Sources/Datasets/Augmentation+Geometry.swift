import SparringTorch

// Where each pixel comes from.
extension Augmentation {
  /// -1 for the images to be mirrored, 1 for the others, `[N]`.
  private func flips(_ count: Int, _ generator: RandomGenerator) throws -> Tensor {
    guard horizontalFlip else { return try Tensor.ones([count], device: generator.device) }
    return try Tensor.bernoulli([count], probability: 0.5, using: generator) * 2 - 1
  }

  func flipped(_ images: Tensor, using generator: RandomGenerator) throws -> Tensor {
    let count = try images.size(0)
    let keeps = try flips(count, generator).to(images.device).isGreater(than: 0).reshaped(count, 1, 1, 1)
    return try images.selected(where: keeps, otherwise: images.flipped(3))
  }

  /// Shifts by whole pixels and flips, exactly: every output pixel is a copy of one input pixel.
  func shifted(_ images: Tensor, using generator: RandomGenerator) throws -> Tensor {
    let (count, channels, height, width) = (
      try images.size(0), try images.size(1), try images.size(2), try images.size(3)
    )
    let shifts = try Tensor.randomIntegers([2, count, 1], in: -maximumShift..<maximumShift + 1, using: generator)
    let mirrored = try flips(count, generator).isLess(than: 0).reshaped(count, 1)
    let device = generator.device
    let ascending = try Tensor.range(to: Double(width), dtype: .int64, device: device).reshaped(1, width).expanded([
      count, width,
    ])
    let columns = try Double(width - 1) - ascending
    let rows = try Tensor.range(to: Double(height), dtype: .int64, device: device) - shifts[0]
    let source = try columns.selected(where: mirrored, otherwise: ascending) - shifts[1]

    // A margin of one pixel carries the fill; positions outside are moved into it.
    let margin = fill == .black ? 1 : 0
    let padded = margin == 0 ? images : try images.padded([1, 1, 1, 1], value: -1)
    let paddedWidth = width + 2 * margin
    let lines = try inside(rows, height).reshaped(count, 1, height, 1) * Double(paddedWidth)
    let places = try lines + inside(source, width).reshaped(count, 1, 1, width)
    let flat = try places.to(.int64).reshaped(count, 1, height * width).expanded([count, channels, height * width])
    return try padded.reshaped(count, channels, -1).gather(flat.to(images.device), along: 2)
      .reshaped(count, channels, height, width)
  }

  /// Positions along an axis of `length` pixels brought inside as `fill` says.
  private func inside(_ positions: Tensor, _ length: Int) throws -> Tensor {
    let last = Double(length - 1)
    switch fill {
    case .black: return try (positions + 1).clamped(low: 0, high: Double(length + 1))
    case .edge: return try positions.clamped(low: 0, high: last)
    case .mirror: return try (last - (last - positions.absolute()).absolute()).clamped(low: 0, high: last)
    }
  }

  /// Rotation, scale, shear, flip and shift in one bilinear interpolation.
  func warped(_ images: Tensor, using generator: RandomGenerator) throws -> Tensor {
    let count = try images.size(0)
    func draw(_ low: Double, _ high: Double) throws -> Tensor {
      try Tensor.uniform([count], low: low, high: high, using: generator)
    }
    let shift = Double(maximumShift)
    let theta = try Self.affineMaps(
      angle: draw(-rotation, rotation) * (Double.pi / 180), size: draw(1 - scale, 1 + scale),
      slant: draw(-shear, shear),
      across: draw(-shift, shift), down: draw(-shift, shift), mirror: flips(count, generator),
      height: Double(images.size(2)), width: Double(images.size(3)))
    return try sampled(images, theta.to(images.device).to(images.dtype))
  }

  /// What takes each output position to the input position shown there, `[N, 2, 3]`, from `[N]` each.
  ///
  /// In pixels from the centre, x right and y down:
  /// input = (1/size) · R(angle) · [[1, slant], [0, 1]] · diag(mirror, 1) · output + (across, down).
  static func affineMaps(
    angle: Tensor, size: Tensor, slant: Tensor, across: Tensor, down: Tensor, mirror: Tensor, height: Double,
    width: Double
  ) throws -> Tensor {
    let (cosine, sine) = (try angle.cosine() / size, try angle.sine() / size)
    // Sampling positions run from -1 to 1 along each axis, whatever its length in pixels.
    let entries = [
      try cosine * mirror, try (slant * cosine - sine) * (height / width), try across * (2 / width),
      try sine * mirror * (width / height), try slant * sine + cosine, try down * (2 / height),
    ]
    return try Tensor.stack(entries, along: 1).reshaped(-1, 2, 3)
  }

  func sampled(_ images: Tensor, _ theta: Tensor) throws -> Tensor {
    switch fill {
    // Outside, sampling gives zero: black is zero while the images are moved up by one.
    case .black: return try (images + 1).affineSampled(theta, padding: .zeros) - 1
    case .edge: return try images.affineSampled(theta, padding: .border)
    case .mirror: return try images.affineSampled(theta, padding: .reflection)
    }
  }
}
