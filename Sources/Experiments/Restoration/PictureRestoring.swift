public import SparringDatasets
import SparringRecipes
public import SparringTorch

/// Fills what is missing of pictures of any size, grey or in colour, by a trained run.
public struct PictureCompletion {
  private let recipe: any ImageCompleting
  private let channels: ChannelFit

  /// nil where the run's recipe does not complete images.
  public init?(_ run: TrainedRun) {
    guard let recipe = run.recipe as? any ImageCompleting else { return nil }
    (self.recipe, channels) = (recipe, ChannelFit(run))
  }

  /// Whether several fillings of one picture differ.
  public var isStochastic: Bool { recipe.isStochastic }

  /// The picture with its holes filled; what is known stays as it is, to the bit, also its transparency.
  ///
  /// - Parameters:
  ///   - holes: `[1, 1, H, W]`, 1 where a pixel is missing (``MissingPart``).
  ///   - keepsOpacity: Whether the picture stays as transparent as it was.
  ///   - random: What the filling flows from, where the run gives several; on the run's device.
  public func callAsFunction(
    _ picture: WholePicture, holes: Tensor, keepsOpacity: Bool = true, using random: RandomGenerator
  ) throws -> WholePicture {
    let filled = try channels.restoring(picture) { images in
      let all = try holes.to(images.device).expanded([images.size(0), 1, picture.height, picture.width])
      return try fill(images, holes: all, using: random)
    }
    return try WholePicture(filled, opacity: keepsOpacity ? picture.opacity : nil)
  }

  private func fill(_ images: Tensor, holes: Tensor, using random: RandomGenerator) throws -> Tensor {
    let (height, width) = (try images.size(2), try images.size(3))
    guard try isTooWide(holes) else {
      let state = try random.state()
      return try PictureTiles.map(height: height, width: width) { rows, columns in
        // Every part of a picture is filled in the same manner.
        try random.setState(state)
        func part(_ maps: Tensor) throws -> Tensor { try maps.narrowed(rows, along: 2).narrowed(columns, along: 3) }
        return try recipe.complete(part(images), holes: part(holes), using: random)
      }
    }
    // Wider than training has shown: it is filled at half the size.
    let known = try images * (1 - holes)
    let edges = [0, width % 2, 0, height % 2]
    let weights = try (1 - holes).paddedByEdge(edges).averagePooled(kernelSize: 2)
    let empty = try weights.isEqual(to: 0).to(.float32)
    let half = try known.paddedByEdge(edges).averagePooled(kernelSize: 2) / (weights + empty)
    let filled = try fill(half, holes: empty, using: random)
    let enlarged = try filled.resizedBicubic(height: 2 * filled.size(2), width: 2 * filled.size(3))
      .clamped(low: -1, high: 1).narrowed(0..<height, along: 2).narrowed(0..<width, along: 3)
    return try known + enlarged * holes
  }

  /// How far fillings of one picture are apart, in levels of 255: the difference of a missing pixel's values in one and the
  /// next, averaged. Near zero where latents have come to mean nothing, which is how the modes of what restores collapse.
  /// - Parameter holes: `[1, 1, H, W]`, 1 where a pixel is missing.
  public static func spread(of fillings: [WholePicture], holes: Tensor) throws -> Double {
    let missing = try holes.to(.cpu)
    let count = try missing.sum().item() * Double(fillings.first?.pixels.channels ?? 1) * Double(fillings.count - 1)
    guard count > 0 else { return 0 }
    let sum = try zip(fillings, fillings.dropFirst()).reduce(0.0) { sum, pair in
      let levels = try (pair.0.pixels.tensor().to(.float32), pair.1.pixels.tensor().to(.float32))
      return try sum + ((levels.0 - levels.1).absolute() * missing).sum().item()
    }
    return sum / count
  }

  /// Whether some missing pixel is farther from a known one than the widest holes of training have it.
  private func isTooWide(_ holes: Tensor) throws -> Bool {
    let reach = recipe.largestHole / 2 + 1
    guard try min(holes.size(2), holes.size(3)) > 2 * reach else { return false }
    let near = try (1 - holes).maxPooled(kernelSize: 2 * reach + 1, stride: 1, padding: reach)
    return try near.minimum().item() == 0
  }
}

/// Enlarges pictures of any size, grey or in colour, or takes noise out of them, by a trained run.
public struct PictureEnhancement {
  private let recipe: any ImageEnhancing
  private let channels: ChannelFit

  /// nil where the run's recipe does not enhance images.
  public init?(_ run: TrainedRun) {
    guard let recipe = run.recipe as? any ImageEnhancing else { return nil }
    (self.recipe, channels) = (recipe, ChannelFit(run))
  }

  /// How many times as high and wide pictures become.
  public var scale: Int { recipe.scale }
  /// The standard deviations of noise that the run knows, in levels of 255.
  public var noiseLevels: ClosedRange<Double> { recipe.noiseLevels }

  /// - Parameter noise: The standard deviation of the picture's noise, in levels of 255.
  public func callAsFunction(_ picture: WholePicture, noise: Double) throws -> WholePicture {
    let enhanced = try channels.restoring(picture) { images in
      try PictureTiles.map(height: picture.height, width: picture.width, scale: scale) { rows, columns in
        try recipe.enhance(images.narrowed(rows, along: 2).narrowed(columns, along: 3), noise: noise)
      }
    }
    let opacity = try picture.opacity.map { opacity in
      try PixelImages(
        Scaling.bytes.scaled(opacity.tensor())
          .resizedBicubic(height: picture.height * scale, width: picture.width * scale))
    }
    return try WholePicture(enhanced, opacity: scale > 1 ? opacity : picture.opacity)
  }
}

/// Grey pictures for a network of colour pictures, and the reverse.
private struct ChannelFit {
  let channels: Int
  let device: Device

  init(_ run: TrainedRun) { (channels, device) = (run.facts.shape.sizes[0], run.device) }

  /// - Parameter body: Images `[N, channels, H, W]` on [-1, 1] to images of as many channels.
  /// - Returns: A picture of as many channels as the given one.
  func restoring(_ picture: WholePicture, _ body: (Tensor) throws -> Tensor) throws -> PixelImages {
    let images = try Scaling.bytes.scaled(picture.pixels.tensor()).to(device)
    switch (picture.pixels.channels, channels) {
    case (1, 3):
      // Three equal channels, and their mean.
      let shape = [1, 3, picture.height, picture.width]
      return try PixelImages(body(images.expanded(shape)).mean(1, keepingDimensions: true))
    case (3, 1):
      // Each channel as a grey picture.
      return try PixelImages(body(images.transposed(0, 1)).transposed(0, 1))
    default: return try PixelImages(body(images))
    }
  }
}
