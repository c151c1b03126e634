public import SparringTorch

/// The discriminator of the reference DCGAN: that of Keras's deep convolutional GAN with Keras's defaults, which are
/// LeakyReLU slope 0.3, Glorot-uniform kernels and TensorFlow's `same` padding (after Radford et al. 2016). Keras's has no
/// normalisation; that of Radford et al. has it after every convolution but the first.
public struct DCGANFamily: TrunkFamily {
  /// As configurations call it.
  public static let name = "dcgan"

  /// Channels of the largest feature map; each halving of the size doubles them.
  public var width = 64
  /// No layer has more channels than this.
  public var maximumWidth = 1024
  /// Of every convolution but the first: `none`, as in Keras, or `batch`, as in Radford et al. 2016.
  public var normalization = Normalization.none

  /// The reference's sizes, to be changed one by one.
  public init() {}

  /// Sizes given by hand.
  public init(width: Int, maximumWidth: Int = 1024, normalization: Normalization = .none) {
    (self.width, self.maximumWidth, self.normalization) = (width, maximumWidth, normalization)
  }

  /// - Throws: ``TorchError`` that names the key out of range.
  public func validate(under key: String) throws(TorchError) {
    try require(width, named: "\(key).width", in: 1...65_536)
    try require(maximumWidth, named: "\(key).maximumWidth", in: width...65_536)
    guard normalization == .batch || normalization == .none else {
      throw TorchError("\(key).normalization is \(normalization.rawValue); a dcgan has batch or none")
    }
  }

  /// A trunk with fresh weights.
  public func makeTrunk(
    exampleShape: [Int], using weights: RandomGenerator, noise: RandomGenerator
  ) throws(TorchError) -> any Trunk {
    try DCGANTrunk(self, ImageSize(exampleShape, family: Self.name), using: weights)
  }
}

/// Keras's defaults that differ from LibTorch's.
private enum Keras {
  static let activation = Activation.leakyReLU(slope: 0.3)

  /// Keras keeps 0.99 of the old statistics.
  static func batchNorm(_ features: Int, _ device: Device) throws(TorchError) -> BatchNorm {
    try BatchNorm(features: features, momentum: 0.01, epsilon: 1e-3, usesBiasedVariance: true, device: device)
  }
}

final class DCGANTrunk: Trunk {
  /// 3×3 kernels, stride 2: each halves the height and width, until one of them is at most 4.
  let convolutions: [ConvolutionBlock]
  let featureCount: Int
  var head: HeadStyle {
    var head = HeadStyle()
    (head.initializer, head.biasesDiscriminator) = (.glorotUniform, false)
    return head
  }

  init(_ family: DCGANFamily, _ images: ImageSize, using weights: RandomGenerator) throws(TorchError) {
    var (height, width, widths) = (images.height, images.width, [Int]())
    while min(height, width) > 4 {
      widths.append(min(widths.last.map { $0 * 2 } ?? family.width, family.maximumWidth))
      (height, width) = ((height + 1) / 2, (width + 1) / 2)
    }
    convolutions = try zip([images.channels] + widths, widths).enumerated().map { index, sizes throws(TorchError) in
      try ConvolutionBlock(
        inputChannels: sizes.0, outputChannels: sizes.1, kernelSize: 3, stride: 2,
        normalization: index > 0 ? family.normalization : .none, activation: Keras.activation,
        initializer: .glorotUniform, using: weights)
    }
    featureCount = height * width * (widths.last ?? images.channels)
  }

  func callAsFunction(_ images: Tensor, countsInStatistics: Bool) throws -> Tensor {
    // Keras flattens row, column, channel.
    try features(ofLastLayer: lastMaps(of: images, countsInStatistics: countsInStatistics))
  }

  func layers(of images: Tensor, countsInStatistics: Bool) throws -> [Tensor] {
    var all: [Tensor] = []
    let last = try lastMaps(of: images, countsInStatistics: countsInStatistics) { all.append($0) }
    return all.isEmpty ? [last] : all
  }

  private func lastMaps(
    of images: Tensor, countsInStatistics: Bool, showing show: (Tensor) -> Void = { _ in }
  ) throws -> Tensor {
    var maps = try images.contiguous(channelsLast: true)
    for convolution in convolutions {
      maps = try convolution(maps, countsInStatistics: countsInStatistics)
      show(maps)
    }
    return maps
  }
}

/// The generator of the reference DCGAN, with Keras's defaults: batch normalisation with momentum 0.99 and ε = 10⁻³.
/// Images of any size from 4×4, also not square.
public struct DCGANGeneratorFamily: GeneratorFamily {
  /// As configurations call it.
  public static let name = "dcgan"

  /// Channels of the largest feature maps; each halving of the size doubles them.
  public var width = 64
  /// No layer has more channels than this.
  public var maximumWidth = 1024

  /// The reference's sizes, to be changed one by one.
  public init() {}

  /// Sizes given by hand.
  public init(width: Int, maximumWidth: Int = 1024) {
    (self.width, self.maximumWidth) = (width, maximumWidth)
  }

  /// - Throws: ``TorchError`` that names the key out of range.
  public func validate(under key: String) throws(TorchError) {
    try require(width, named: "\(key).width", in: 1...65_536)
    try require(maximumWidth, named: "\(key).maximumWidth", in: width...65_536)
  }

  /// A body with fresh weights.
  public func makeBody(
    exampleShape: [Int], latentSize: Int, using weights: RandomGenerator
  ) throws(TorchError) -> any Layer {
    try DCGANGeneratorBody(
      self, ImageSize(exampleShape, family: Self.name), latentSize: latentSize, using: weights)
  }
}

/// A projection to a small map, transposed convolutions that double it, tanh.
final class DCGANGeneratorBody: Layer {
  /// Latents `[N, latentSize]` to the values of the smallest feature map, `[N, side·side·channels]`.
  let projection: Linear
  /// Normalises the projection, before it becomes a map.
  let projectionNorm: BatchNorm
  /// 4×4 kernels, stride 2: each doubles the height and width.
  let upsamplings: [TransposedConvolutionBlock]
  /// The last map to the image's channels, 3×3 kernels; tanh follows.
  let output: Conv2d
  private let growth: MapGrowth
  private let firstWidth: Int

  init(
    _ family: DCGANGeneratorFamily, _ images: ImageSize, latentSize: Int, using weights: RandomGenerator
  ) throws(TorchError) {
    growth = try MapGrowth(images, family: DCGANGeneratorFamily.name)
    let widths = growth.widths(family.width, maximum: family.maximumWidth)
    firstWidth = widths[0]
    let features = growth.baseHeight * growth.baseWidth * firstWidth
    projection = try Linear(
      inputFeatures: latentSize, outputFeatures: features, hasBias: false, initializer: .glorotUniform, using: weights)
    projectionNorm = try Keras.batchNorm(features, weights.device)
    upsamplings = try zip(widths, widths.dropFirst()).map { input, output throws(TorchError) in
      try TransposedConvolutionBlock(
        ConvTranspose2d(
          inputChannels: input, outputChannels: output, kernelSize: 4, stride: 2, padding: .same,
          initializer: .glorotUniform, using: weights),
        norm: Keras.batchNorm(output, weights.device), activation: Keras.activation)
    }
    output = try Conv2d(
      inputChannels: family.width, outputChannels: images.channels, kernelSize: 3, padding: .same,
      initializer: .glorotUniform, using: weights)
  }

  func callAsFunction(_ latents: Tensor) throws -> Tensor {
    let projected = try projectionNorm(projection(latents), leakyReLUSlope: Keras.activation.fusedSlope)
    // Keras numbers the features row, column, channel; so this is also channels-last in memory.
    var maps = try projected.reshaped([-1, growth.baseHeight, growth.baseWidth, firstWidth]).permuted(0, 3, 1, 2)
    for upsampling in upsamplings { maps = try upsampling(maps) }
    return try growth.cropped(output(maps)).tanh().to(.float32)
  }
}
