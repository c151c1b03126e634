public import SparringTorch

/// A few strided convolutions; the last map, flattened, gives the features. Small and quick, for small pictures.
public struct ConvolutionalFamily: TrunkFamily {
  /// As configurations call it.
  public static let name = "convolutional"

  /// Channels of the convolutions; each halves the height and width.
  public var widths = [32, 64, 128]
  /// How the convolutions are normalised.
  public var normalization = Normalization.weight
  /// The activation is max(x, slope·x).
  public var leakyReLUSlope = 0.1
  /// Standard deviation of the noise on the examples while training.
  public var inputNoise = 0.0
  /// The share of each map but the last that is set to zero while training.
  public var hiddenDropout = 0.0

  /// The usual sizes, to be changed one by one.
  public init() {}

  /// Sizes given by hand.
  public init(
    widths: [Int], normalization: Normalization = .weight, leakyReLUSlope: Double = 0.1, inputNoise: Double = 0,
    hiddenDropout: Double = 0
  ) {
    (self.widths, self.normalization, self.leakyReLUSlope) = (widths, normalization, leakyReLUSlope)
    (self.inputNoise, self.hiddenDropout) = (inputNoise, hiddenDropout)
  }

  /// - Throws: ``TorchError`` that names the key out of range.
  public func validate(under key: String) throws(TorchError) {
    try require(widths: widths, named: "\(key).widths")
    try require(leakyReLUSlope, named: "\(key).leakyReLUSlope", in: 0...1)
    try require(inputNoise, named: "\(key).inputNoise", in: 0...100)
    try require(hiddenDropout, named: "\(key).hiddenDropout", in: 0..<1)
  }

  /// A trunk with fresh weights.
  public func makeTrunk(
    exampleShape: [Int], using weights: RandomGenerator, noise: RandomGenerator
  ) throws(TorchError) -> any Trunk {
    try ConvolutionalTrunk(self, ImageSize(exampleShape, family: Self.name), using: weights, noise: noise)
  }
}

final class ConvolutionalTrunk: Trunk {
  /// 4×4 kernels, stride 2.
  let convolutions: [ConvolutionBlock]
  let featureCount: Int
  let head: HeadStyle
  private let inputNoise: GaussianNoise
  private let hiddenDropout: Dropout

  init(
    _ family: ConvolutionalFamily, _ images: ImageSize, using weights: RandomGenerator, noise: RandomGenerator
  ) throws(TorchError) {
    let widths = family.widths
    convolutions = try zip([images.channels] + widths, widths).map { input, output throws(TorchError) in
      try ConvolutionBlock(
        inputChannels: input, outputChannels: output, kernelSize: 4, stride: 2, normalization: family.normalization,
        activation: .leakyReLU(slope: family.leakyReLUSlope), using: weights)
    }
    let side = { (length: Int) in widths.reduce(length) { size, _ in (size + 1) / 2 } }
    featureCount = side(images.height) * side(images.width) * (widths.last ?? 0)
    var head = HeadStyle()
    head.weightNormalization = family.normalization.ofWeights
    self.head = head
    inputNoise = try GaussianNoise(standardDeviation: family.inputNoise, using: noise)
    hiddenDropout = try Dropout(probability: family.hiddenDropout, using: noise)
  }

  func callAsFunction(_ images: Tensor, countsInStatistics: Bool) throws -> Tensor {
    try features(ofLastLayer: lastMaps(of: images, countsInStatistics: countsInStatistics))
  }

  func layers(of images: Tensor, countsInStatistics: Bool) throws -> [Tensor] {
    var all: [Tensor] = []
    _ = try lastMaps(of: images, countsInStatistics: countsInStatistics) { all.append($0) }
    return all
  }

  private func lastMaps(
    of images: Tensor, countsInStatistics: Bool, showing show: (Tensor) -> Void = { _ in }
  ) throws -> Tensor {
    var maps = try inputNoise(images.contiguous(channelsLast: true))
    for (index, convolution) in convolutions.enumerated() {
      if index > 0 { maps = try hiddenDropout(maps) }
      maps = try convolution(maps, countsInStatistics: countsInStatistics)
      show(maps)
    }
    return maps
  }

  func initialize(by images: Tensor) throws {
    var maps = try images.contiguous(channelsLast: true)
    for convolution in convolutions { maps = try convolution.initialized(by: maps) }
  }
}
