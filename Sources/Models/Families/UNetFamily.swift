public import SparringTorch

/// U-shaped networks (Ronneberger et al. 2015): maps are halved in height and width from level to level and doubled again on
/// the way back, where those of the same size on the way down join them. Residual blocks without normalisation, so that one
/// image by itself is restored as it is in a batch. Images of any size.
public struct UNetFamily: RestorerFamily {
  /// As configurations call it.
  public static let name = "u-net"

  /// Channels of the levels, from the image's size down; each halves height and width.
  public var widths = [24, 48, 96]
  /// Residual blocks of each level, on the way down and on the way back alike.
  public var blocks = 1
  /// The activation is max(x, slope·x).
  public var leakyReLUSlope = 0.1

  /// The usual sizes, to be changed one by one.
  public init() {}

  /// Sizes given by hand.
  public init(widths: [Int], blocks: Int = 1) {
    (self.widths, self.blocks) = (widths, blocks)
  }

  /// - Throws: ``TorchError`` that names the key out of range.
  public func validate(under key: String) throws(TorchError) {
    try require(widths: widths, named: "\(key).widths")
    try require(widths.count, named: "the number of \(key).widths", in: 1...12)
    try require(blocks, named: "\(key).blocks", in: 1...64)
    try require(leakyReLUSlope, named: "\(key).leakyReLUSlope", in: 0...1)
  }

  /// A body with fresh weights.
  public func makeBody(
    inputChannels: Int, outputChannels: Int, using weights: RandomGenerator
  ) throws(TorchError) -> any Layer {
    try UNet(self, inputChannels: inputChannels, outputChannels: outputChannels, using: weights)
  }
}

final class UNet: Layer {
  /// 3×3, from the image's channels to those of the first level.
  let entry: Conv2d
  /// From the image's size down; the last is the smallest.
  let down: [UNetLevel]
  /// 4×4 with stride 2, from each level to the one below.
  let halvings: [Conv2d]
  /// 1×1, from each level to the channels of the one above, before its pixels are repeated.
  let narrowings: [Conv2d]
  /// 3×3, of the maps from below and those from the way down.
  let joints: [Conv2d]
  /// From the image's size down, without the smallest level.
  let up: [UNetLevel]
  /// 3×3, from the first level to the image's channels; begins at zero, for a network that adds to what it is shown.
  let exit: Conv2d
  private let slope: Double
  /// What height and width are to be multiples of.
  private let multiple: Int

  init(
    _ family: UNetFamily, inputChannels: Int, outputChannels: Int, using weights: RandomGenerator
  ) throws(TorchError) {
    let widths = family.widths
    slope = family.leakyReLUSlope
    multiple = 1 << (widths.count - 1)
    func convolution(
      _ inputs: Int, _ outputs: Int, kernelSize: Int = 3, stride: Int = 1
    ) throws(TorchError) -> Conv2d {
      try Conv2d(
        inputChannels: inputs, outputChannels: outputs, kernelSize: kernelSize, stride: stride, padding: .same,
        initializer: .heNormal(slope: 1), using: weights)
    }
    func level(_ channels: Int) throws(TorchError) -> UNetLevel {
      try UNetLevel(channels: channels, blocks: family.blocks, slope: family.leakyReLUSlope, using: weights)
    }
    let pairs = Array(zip(widths, widths.dropFirst()))
    entry = try convolution(inputChannels, widths[0])
    down = try widths.map(level)
    halvings = try pairs.map { above, below throws(TorchError) in
      try convolution(above, below, kernelSize: 4, stride: 2)
    }
    narrowings = try pairs.map { above, below throws(TorchError) in try convolution(below, above, kernelSize: 1) }
    joints = try pairs.map { above, _ throws(TorchError) in try convolution(2 * above, above) }
    up = try widths.dropLast().map(level)
    exit = try Conv2d(
      inputChannels: widths[0], outputChannels: outputChannels, kernelSize: 3, padding: .same, initializer: .zeros,
      using: weights)
  }

  /// `[N, inputChannels, H, W]` to `[N, outputChannels, H, W]`, in fp32.
  func callAsFunction(_ images: Tensor) throws -> Tensor {
    let (height, width) = (try images.size(2), try images.size(3))
    // Edge pixels are repeated until every level can be halved; what they became is cut off again. Below and to the right
    // alone, so that the parts of a larger image are halved where the whole would be.
    let (rows, columns) = (rounded(height) - height, rounded(width) - width)
    let padded = rows + columns == 0 ? images : try images.paddedByEdge([0, columns, 0, rows])
    let made = try exit(body(padded.contiguous(channelsLast: true))).to(.float32)
    guard rows + columns > 0 else { return made }
    return try made.narrowed(0..<height, along: 2).narrowed(0..<width, along: 3)
  }

  private func body(_ images: Tensor) throws -> Tensor {
    var (maps, passed): (Tensor, [Tensor]) = (try entry(images), [])
    for (index, level) in down.enumerated() {
      if index > 0 { maps = try halvings[index - 1](maps) }
      maps = try level(maps)
      passed.append(maps)
    }
    for index in up.indices.reversed() {
      // A 1×1 convolution gives the same before and after pixels are repeated, and costs a quarter before.
      let enlarged = try narrowings[index](maps).upsampledNearest()
      maps = try up[index](joints[index](.concatenate([passed[index], enlarged], along: 1)))
    }
    return try maps.leakyReLU(slope: slope)
  }

  private func rounded(_ length: Int) -> Int { (length + multiple - 1) / multiple * multiple }
}

/// The residual blocks of one size.
final class UNetLevel: Layer {
  let blocks: [UNetBlock]

  init(channels: Int, blocks: Int, slope: Double, using weights: RandomGenerator) throws(TorchError) {
    self.blocks = try (0..<blocks).map { _ throws(TorchError) in
      try UNetBlock(channels: channels, slope: slope, using: weights)
    }
  }

  func callAsFunction(_ maps: Tensor) throws -> Tensor { try blocks.reduce(maps) { try $1($0) } }
}

/// Two 3×3 convolutions beside a shortcut, each behind its activation; the second begins at zero, so that a block begins as
/// the identity, which takes the place of normalisation (Zhang et al. 2019, "Fixup initialization").
final class UNetBlock: Layer {
  let first: Conv2d
  let second: Conv2d
  private let slope: Double

  init(channels: Int, slope: Double, using weights: RandomGenerator) throws(TorchError) {
    func convolution(_ initializer: Initializer) throws(TorchError) -> Conv2d {
      try Conv2d(
        inputChannels: channels, outputChannels: channels, kernelSize: 3, padding: .same, initializer: initializer,
        using: weights)
    }
    first = try convolution(.heNormal(slope: slope))
    second = try convolution(.zeros)
    self.slope = slope
  }

  func callAsFunction(_ maps: Tensor) throws -> Tensor {
    try maps + second(first(maps.leakyReLU(slope: slope), leakyReLUSlope: slope))
  }
}
