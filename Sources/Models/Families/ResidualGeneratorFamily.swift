public import SparringTorch

/// A residual generator (Gulrajani et al. 2017, appendix; Miyato et al. 2018): a projection to a small map, residual
/// blocks that each double it by repeating pixels, tanh. Images of any size from 4×4, also not square.
///
/// Without normalisation each block's last convolution begins at zero, so that signals neither grow nor fade with the depth
/// (Zhang et al. 2019, "Fixup"; Huang et al. 2024, "R3GAN"), and the average of the weights needs no statistics.
public struct ResidualGeneratorFamily: GeneratorFamily {
  /// As configurations call it.
  public static let name = "residual"

  /// Channels of the largest feature maps; each halving of the size doubles them.
  public var width = 64
  /// No layer has more channels than this.
  public var maximumWidth = 256
  /// `batch`, or `none`.
  public var normalization = Normalization.batch

  /// The usual sizes, to be changed one by one.
  public init() {}

  /// - Throws: ``TorchError`` that names the key out of range.
  public func validate(under key: String) throws(TorchError) {
    try require(width, named: "\(key).width", in: 1...65_536)
    try require(maximumWidth, named: "\(key).maximumWidth", in: width...65_536)
    guard normalization == .batch || normalization == .none else {
      throw TorchError("\(key).normalization is \(normalization.rawValue); a generator has batch or none")
    }
  }

  /// A body with fresh weights.
  public func makeBody(
    exampleShape: [Int], latentSize: Int, using weights: RandomGenerator
  ) throws(TorchError) -> any Layer {
    try ResidualGeneratorBody(
      self, ImageSize(exampleShape, family: Self.name), latentSize: latentSize, using: weights)
  }
}

final class ResidualGeneratorBody: Layer {
  /// Latents `[N, latentSize]` to the smallest map.
  let projection: Linear
  let blocks: [EnlargingBlock]
  let norm: BatchNorm?
  /// The last map to the image's channels; tanh follows.
  let output: Conv2d
  private let growth: MapGrowth
  private let firstWidth: Int

  init(
    _ family: ResidualGeneratorFamily, _ images: ImageSize, latentSize: Int, using weights: RandomGenerator
  ) throws(TorchError) {
    growth = try MapGrowth(images, family: ResidualGeneratorFamily.name)
    let widths = growth.widths(family.width, maximum: family.maximumWidth)
    firstWidth = widths[0]
    projection = try Linear(
      inputFeatures: latentSize, outputFeatures: growth.baseHeight * growth.baseWidth * firstWidth,
      initializer: .glorotUniform, using: weights)
    blocks = try zip(widths, widths.dropFirst()).map { input, output throws(TorchError) in
      try EnlargingBlock(
        inputChannels: input, outputChannels: output, normalization: family.normalization, using: weights)
    }
    norm = family.normalization == .batch ? try BatchNorm(features: family.width, device: weights.device) : nil
    output = try Conv2d(
      inputChannels: family.width, outputChannels: images.channels, kernelSize: 3, padding: .same,
      initializer: .glorotUniform, using: weights)
  }

  func callAsFunction(_ latents: Tensor) throws -> Tensor {
    let base = [-1, growth.baseHeight, growth.baseWidth, firstWidth]
    var maps = try projection(latents).reshaped(base).permuted(0, 3, 1, 2)
    for block in blocks { maps = try block(maps) }
    let last = try norm.map { try $0(maps, leakyReLUSlope: 0) } ?? maps.leakyReLU(slope: EnlargingBlock.slope)
    return try growth.cropped(output(last)).tanh().to(.float32)
  }
}

/// Two 3×3 convolutions beside a shortcut, on maps of twice the height and width.
final class EnlargingBlock: Layer {
  let norm: BatchNorm?
  /// With the normalisation and activation between the two convolutions.
  let first: ConvolutionBlock
  let second: Conv2d
  let projection: Conv2d
  /// Without normalisation, where nothing centres what a rectifier would cut off.
  static let slope = 0.2

  init(
    inputChannels: Int, outputChannels: Int, normalization: Normalization, using weights: RandomGenerator
  ) throws(TorchError) {
    let isNormalized = normalization == .batch
    norm = isNormalized ? try BatchNorm(features: inputChannels, device: weights.device) : nil
    first = try ConvolutionBlock(
      inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: 3, normalization: normalization,
      activation: .leakyReLU(slope: isNormalized ? 0 : Self.slope), using: weights)
    second = try Conv2d(
      inputChannels: outputChannels, outputChannels: outputChannels, kernelSize: 3, padding: .same,
      initializer: isNormalized ? .heNormal() : .zeros, using: weights)
    projection = try Conv2d(
      inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: 1,
      initializer: .glorotUniform, using: weights)
  }

  func callAsFunction(_ maps: Tensor) throws -> Tensor {
    let activated = try norm.map { try $0(maps, leakyReLUSlope: 0) } ?? maps.leakyReLU(slope: Self.slope)
    let branch = try second(first(activated.upsampledNearest()))
    // A 1×1 convolution gives the same before and after pixels are repeated, and costs a quarter before.
    return try projection(maps).upsampledNearest() + branch
  }
}
