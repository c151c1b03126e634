public import SparringTorch

/// Pre-activation residual networks (He et al. 2016) in the widths of Zagoruyko and Komodakis 2016: three stages of
/// residual blocks, each half as high and wide as the one before, then the mean over the last map. Depth 10 and width 1
/// is the smallest, depth 28 and width 2 (Wide-ResNet-28-2) the usual one for few labels, depth 28 and width 10 the
/// largest of that paper.
public struct ResidualFamily: TrunkFamily {
  /// As configurations call it.
  public static let name = "residual"

  /// Convolutions from end to end: 6·n + 4.
  public var depth = 16
  /// Multiplies the channels of the stages, 16, 32 and 64.
  public var width = 1
  /// Halves height and width before the first stage so many times, for larger pictures.
  public var firstHalvings = 0
  /// How the convolutions are normalised.
  public var normalization = Normalization.batch
  /// The activation is max(x, slope·x).
  public var leakyReLUSlope = 0.0
  /// The share of each block's inner map that is set to zero while training.
  public var blockDropout = 0.0

  /// The usual sizes, to be changed one by one.
  public init() {}

  /// - Throws: ``TorchError`` that names the key out of range.
  public func validate(under key: String) throws(TorchError) {
    guard depth >= 10, depth <= 1000, (depth - 4) % 6 == 0 else {
      throw TorchError("\(key).depth is \(depth); use 10, 16, 22, 28 or another 6·n + 4 up to 1,000")
    }
    try require(width, named: "\(key).width", in: 1...1024)
    try require(firstHalvings, named: "\(key).firstHalvings", in: 0...8)
    try require(leakyReLUSlope, named: "\(key).leakyReLUSlope", in: 0...1)
    try require(blockDropout, named: "\(key).blockDropout", in: 0..<1)
  }

  /// A trunk with fresh weights.
  public func makeTrunk(
    exampleShape: [Int], using weights: RandomGenerator, noise: RandomGenerator
  ) throws(TorchError) -> any Trunk {
    try ResidualTrunk(self, ImageSize(exampleShape, family: Self.name), using: weights, noise: noise)
  }
}

final class ResidualTrunk: Trunk {
  /// To the first stage's channels; the first of them sees the image.
  let stem: [Conv2d]
  let blocks: [ResidualBlock]
  /// After the last block.
  let norm: BatchNorm?
  let featureCount: Int
  let head: HeadStyle
  private let slope: Double

  init(
    _ family: ResidualFamily, _ images: ImageSize, using weights: RandomGenerator, noise: RandomGenerator
  ) throws(TorchError) {
    let stages = [16, 32, 64].map { $0 * family.width }
    let normalization = family.normalization
    let strides = [1] + [Int](repeating: 2, count: family.firstHalvings)
    stem = try strides.enumerated().map { index, stride throws(TorchError) in
      try Conv2d(
        inputChannels: index == 0 ? images.channels : 16, outputChannels: 16, kernelSize: 3, stride: stride,
        padding: .same, hasBias: normalization != .batch, initializer: .heNormal(slope: family.leakyReLUSlope),
        weightNormalization: normalization.ofWeights, using: weights)
    }
    var (blocks, channels): ([ResidualBlock], Int) = ([], 16)
    for (stage, width) in stages.enumerated() {
      for index in 0..<(family.depth - 4) / 6 {
        blocks.append(
          try ResidualBlock(
            inputChannels: channels, outputChannels: width, stride: stage > 0 && index == 0 ? 2 : 1,
            normalization: normalization, slope: family.leakyReLUSlope, dropout: family.blockDropout, using: weights,
            noise: noise))
        channels = width
      }
    }
    self.blocks = blocks
    norm = normalization == .batch ? try BatchNorm(features: channels, device: weights.device) : nil
    (featureCount, slope) = (channels, family.leakyReLUSlope)
    var head = HeadStyle()
    head.weightNormalization = normalization.ofWeights
    self.head = head
  }

  func callAsFunction(_ images: Tensor, countsInStatistics: Bool) throws -> Tensor {
    var maps = try images.contiguous(channelsLast: true)
    for (index, convolution) in stem.enumerated() {
      maps = try convolution(maps, leakyReLUSlope: index < stem.count - 1 ? slope : 1)
    }
    for block in blocks { maps = try block(maps, countsInStatistics: countsInStatistics) }
    let last =
      try norm.map { try $0(maps, leakyReLUSlope: slope, countsInStatistics: countsInStatistics) }
      ?? maps.leakyReLU(slope: slope)
    return try last.globallyAveraged()
  }
}
