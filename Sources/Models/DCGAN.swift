public import SparringTorch

/// The sizes of the reference DCGAN family.
///
/// The networks are those of Keras's deep convolutional GAN with Keras's defaults: LeakyReLU slope
/// 0.3, batch normalisation with momentum 0.99 and ε = 10⁻³, Glorot-uniform kernels, TensorFlow's
/// `same` padding (after Radford et al. 2016).
public struct DCGANConfiguration: Codable, Sendable, Hashable {
  /// Height and width: 28, 32, 64 or 128.
  public var imageSize: Int
  /// 1 or 3.
  public var channels: Int
  /// How many normal numbers an image is made from.
  public var latentSize: Int
  /// Channels of the largest feature maps; each halving of the size doubles them.
  public var width: Int
  /// No layer has more channels than this.
  public var maximumWidth: Int

  /// The sizes for CIFAR-10; ``validate()`` checks those given.
  public init(imageSize: Int = 32, channels: Int = 3, latentSize: Int = 100, width: Int = 64, maximumWidth: Int = 1024)
  {
    (self.imageSize, self.channels, self.latentSize) = (imageSize, channels, latentSize)
    (self.width, self.maximumWidth) = (width, maximumWidth)
  }

  /// - Throws: ``TorchError`` naming the value out of range.
  public func validate() throws(TorchError) {
    guard [28, 32, 64, 128].contains(imageSize) else {
      throw TorchError("images of \(imageSize)×\(imageSize): the DCGAN family comes in 28, 32, 64 and 128")
    }
    guard channels == 1 || channels == 3 else { throw TorchError("channels is \(channels); use 1 or 3") }
    let sane = 1...65_536
    guard sane.contains(latentSize), sane.contains(width), sane.contains(maximumWidth), maximumWidth >= width else {
      throw TorchError(
        "latentSize, width and maximumWidth must be 1 to 65,536, the last at least the width")
    }
  }

  /// The side of the smallest feature map of the generator: 7 for 28×28, otherwise 4.
  var baseSize: Int { imageSize == 28 ? 7 : 4 }

  /// Channels after the projection and after each doubling: 512, 256, 128, 64 at 32×32.
  var generatorWidths: [Int] {
    var widths: [Int] = []
    var size = imageSize
    var channels = width
    while size >= baseSize {
      widths.insert(min(channels, maximumWidth), at: 0)
      (size, channels) = (size / 2, channels * 2)
    }
    return widths
  }

  /// Channels after each halving: 64, 128, 256 at 32×32, until the map is 4×4.
  var discriminatorWidths: [Int] {
    var widths: [Int] = []
    var size = imageSize
    var channels = width
    while size > 4 {
      widths.append(min(channels, maximumWidth))
      (size, channels) = ((size + 1) / 2, channels * 2)
    }
    return widths
  }
}

/// Keras's defaults that differ from LibTorch's.
private enum Keras {
  static let leakyReLUSlope = 0.3
  /// Keras keeps 0.99 of the old statistics.
  static let batchNormMomentum = 0.01
  static let batchNormEpsilon = 1e-3

  static func batchNorm(_ features: Int, _ device: Device) throws(TorchError) -> BatchNorm {
    try BatchNorm(
      features: features, momentum: batchNormMomentum, epsilon: batchNormEpsilon, usesBiasedVariance: true,
      device: device)
  }
}

/// Noise to images: a projection to a small map, transposed convolutions that double it, tanh.
public final class DCGANGenerator: Layer {
  /// Latents `[N, latentSize]` to the values of the smallest feature map, `[N, side·side·channels]`.
  public let projection: Linear
  /// Normalises the projection, before it becomes a map.
  public let projectionNorm: BatchNorm
  /// 4×4 kernels, stride 2: each doubles the height and width.
  public let upsamplings: [ConvTranspose2d]
  /// One after each of the upsamplings.
  public let norms: [BatchNorm]
  /// The last map to the image's channels, 3×3 kernels; tanh follows.
  public let output: Conv2d
  /// How many normal numbers an image is made from.
  public var latentSize: Int { configuration.latentSize }
  private let configuration: DCGANConfiguration

  /// - Throws: ``TorchError`` for sizes outside the family.
  public init(_ configuration: DCGANConfiguration, using generator: RandomGenerator) throws(TorchError) {
    try configuration.validate()
    let widths = configuration.generatorWidths
    let features = configuration.baseSize * configuration.baseSize * widths[0]
    projection = try Linear(
      inputFeatures: configuration.latentSize, outputFeatures: features, hasBias: false, initializer: .glorotUniform,
      using: generator)
    projectionNorm = try Keras.batchNorm(features, generator.device)
    upsamplings = try zip(widths, widths.dropFirst()).map { input, output throws(TorchError) in
      try ConvTranspose2d(
        inputChannels: input, outputChannels: output, kernelSize: 4, stride: 2, padding: .same,
        initializer: .glorotUniform, using: generator)
    }
    norms = try widths.dropFirst().map { width throws(TorchError) in try Keras.batchNorm(width, generator.device) }
    output = try Conv2d(
      inputChannels: configuration.width, outputChannels: configuration.channels, kernelSize: 3, padding: .same,
      initializer: .glorotUniform, using: generator)
    self.configuration = configuration
  }

  /// - Parameter latents: `[N, latentSize]`, standard normal.
  /// - Returns: Images `[N, C, H, W]` on [-1, 1].
  public func callAsFunction(_ latents: Tensor) throws -> Tensor {
    let base = configuration.baseSize
    let projected = try projectionNorm(projection(latents), leakyReLUSlope: Keras.leakyReLUSlope)
    // Keras numbers the features row, column, channel; so this is also channels-last in memory.
    var maps = try projected.reshaped([-1, base, base, configuration.generatorWidths[0]]).permuted(0, 3, 1, 2)
    for (upsampling, norm) in zip(upsamplings, norms) {
      maps = try upsampling(maps, normalizedBy: norm, leakyReLUSlope: Keras.leakyReLUSlope)
    }
    return try output(maps).tanh().to(.float32)
  }
}

/// Images to one logit: strided convolutions, then one linear unit. No normalisation, so a batch of
/// real images does not see the generated ones.
public final class DCGANDiscriminator: Layer {
  /// 3×3 kernels, stride 2: each halves the height and width.
  public let convolutions: [Conv2d]
  /// The last map, flattened, to one logit.
  public let output: Linear

  /// - Throws: ``TorchError`` for sizes outside the family.
  public init(_ configuration: DCGANConfiguration, using generator: RandomGenerator) throws(TorchError) {
    try configuration.validate()
    let widths = configuration.discriminatorWidths
    convolutions = try zip([configuration.channels] + widths, widths).map { input, output throws(TorchError) in
      try Conv2d(
        inputChannels: input, outputChannels: output, kernelSize: 3, stride: 2, padding: .same,
        initializer: .glorotUniform, using: generator)
    }
    output = try Linear(
      inputFeatures: 16 * (widths.last ?? 0), outputFeatures: 1, hasBias: false, initializer: .glorotUniform,
      using: generator)
  }

  /// - Parameter images: `[N, C, H, W]` on [-1, 1].
  /// - Returns: Logits `[N, 1]`; above zero means "real".
  public func callAsFunction(_ images: Tensor) throws -> Tensor {
    var maps = try images.contiguous(channelsLast: true)
    for convolution in convolutions { maps = try convolution(maps, leakyReLUSlope: Keras.leakyReLUSlope) }
    // Keras flattens row, column, channel.
    return try output(maps.permuted(0, 2, 3, 1).flattened()).to(.float32)
  }
}
