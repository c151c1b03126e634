public import SparringTorch

/// A network for the shortest training on many labelled pictures of 32×32, after Jordan 2024 ("94% on CIFAR-10 in 3.29
/// seconds on a single GPU"): a first layer of 2×2 patches, three stages of two convolutions with batch normalisation
/// and GELU, each after a pooling, and small logits.
///
/// The first layer's weights are the whitening of the training images' patches where a recipe initialises by data
/// (``Trunk/initialize(by:)``), else random, and stay as they are; its bias is trained. The other convolutions begin as the
/// identity, as far as they have as many inputs.
public struct FastFamily: TrunkFamily {
  /// As configurations call it.
  public static let name = "fast"

  /// Channels of the three stages.
  public var widths = [64, 256, 256]
  /// Channels of the first layer.
  public var patchChannels = 24
  /// What the logits are multiplied with.
  public var logitScale = 1.0 / 9

  /// The usual sizes, to be changed one by one.
  public init() {}

  /// - Throws: ``TorchError`` that names the key out of range.
  public func validate(under key: String) throws(TorchError) {
    try require(widths: widths, named: "\(key).widths")
    try require(patchChannels, named: "\(key).patchChannels", in: 1...65_536)
    try require(logitScale, named: "\(key).logitScale", in: 1e-6...1e6)
  }

  /// A trunk with fresh weights.
  public func makeTrunk(
    exampleShape: [Int], using weights: RandomGenerator, noise: RandomGenerator
  ) throws(TorchError) -> any Trunk {
    let images = try ImageSize(exampleShape, family: Self.name)
    let least = 1 << widths.count
    guard min(images.height, images.width) > least else {
      throw TorchError(
        "the \(Self.name) family with \(widths.count) stages takes images larger than \(least)×\(least), not \(images.height)×\(images.width)"
      )
    }
    return try FastTrunk(self, images, using: weights)
  }
}

final class FastTrunk: Trunk {
  /// 2×2 patches.
  let patches: ConvolutionBlock
  let stages: [FastStage]
  let featureCount: Int
  let head: HeadStyle

  init(_ family: FastFamily, _ images: ImageSize, using weights: RandomGenerator) throws(TorchError) {
    patches = try ConvolutionBlock(
      inputChannels: images.channels, outputChannels: family.patchChannels, kernelSize: 2, padding: .explicit(0),
      activation: .gelu, using: weights)
    try patches.convolution.weight.freeze(as: .buffer)
    stages = try zip([family.patchChannels] + family.widths, family.widths).map { input, output throws(TorchError) in
      try FastStage(inputChannels: input, outputChannels: output, using: weights)
    }
    featureCount = family.widths.last ?? family.patchChannels
    var head = HeadStyle()
    head.scale = family.logitScale
    self.head = head
  }

  /// Whitens the patches: the first layer's weights are the eigenvectors of the patches' covariance, each over the root of
  /// its eigenvalue and in both directions, the largest first.
  func initialize(by images: Tensor) throws {
    let weight = patches.convolution.weight.value
    let (channels, numbers) = (try weight.size(0), weight.count / (try weight.size(0)))
    guard channels.isMultiple(of: 2), channels <= 2 * numbers else {
      throw TorchError(
        "whitening needs an even number of first channels, at most \(2 * numbers): patchChannels is \(channels)")
    }
    try withoutGradients {
      let examples = try images.unfolded(kernelSize: 2).permuted(0, 2, 1).reshaped(-1, numbers)
      let centred = try examples - examples.mean(0)
      let covariance = try centred.transposed().matmul(centred) * (1 / Double(try examples.size(0)))
      let (values, vectors) = try covariance.symmetricEigen()
      let largest = try vectors.transposed().narrowed(numbers - channels / 2..<numbers).flipped(0)
      let roots = try (values.narrowed(numbers - channels / 2..<numbers).flipped(0) + Self.leastVariance).squareRoot()
      let half = try (largest / roots.reshaped(-1, 1)).reshaped([channels / 2] + weight.shape.dropFirst())
      try weight.copy(from: .concatenate([half, -half]))
    }
  }

  /// So that directions in which patches hardly differ are not blown up.
  private static let leastVariance = 1e-3

  func callAsFunction(_ images: Tensor, countsInStatistics: Bool) throws -> Tensor {
    var maps = try patches(images.contiguous(channelsLast: true))
    for stage in stages { maps = try stage(maps, countsInStatistics: countsInStatistics) }
    return try maps.flattened(from: 2).maximum(along: -1)
  }
}

/// A convolution, a pooling that halves, and another convolution.
final class FastStage: Module {
  let widening: Conv2d
  let norm: BatchNorm
  let second: ConvolutionBlock

  init(inputChannels: Int, outputChannels: Int, using weights: RandomGenerator) throws(TorchError) {
    widening = try Conv2d(
      inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: 3, padding: .same, hasBias: false,
      initializer: .identity, using: weights)
    norm = try BatchNorm(features: outputChannels, device: weights.device)
    second = try ConvolutionBlock(
      inputChannels: outputChannels, outputChannels: outputChannels, kernelSize: 3, normalization: .batch,
      activation: .gelu, initializer: .identity, using: weights)
  }

  func callAsFunction(_ maps: Tensor, countsInStatistics: Bool) throws -> Tensor {
    let pooled = try widening(maps).maxPooled(kernelSize: 2)
    let activated = try norm(pooled, leakyReLUSlope: 1, countsInStatistics: countsInStatistics).gelu()
    return try second(activated, countsInStatistics: countsInStatistics)
  }
}
