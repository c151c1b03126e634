public import SparringTorch

/// Linear layers over all of an example's numbers: the only trunk for vectors, and for pictures whose neighbourhoods
/// mean nothing. Noise on the examples and between the layers as in Salimans et al. 2016.
public struct FullyConnectedFamily: TrunkFamily {
  /// As configurations call it.
  public static let name = "fully-connected"

  /// Units of the layers; none leaves a linear classifier, or discriminator, of the examples themselves.
  public var widths = [1200, 1200]
  /// How the layers are normalised.
  public var normalization = Normalization.batch
  /// The activation is max(x, slope·x).
  public var leakyReLUSlope = 0.0
  /// Standard deviation of the noise on the examples while training.
  public var inputNoise = 0.0
  /// Standard deviation of the noise between the layers while training.
  public var hiddenNoise = 0.0

  /// The usual sizes, to be changed one by one.
  public init() {}

  /// - Throws: ``TorchError`` that names the key out of range.
  public func validate(under key: String) throws(TorchError) {
    if !widths.isEmpty { try require(widths: widths, named: "\(key).widths") }
    try require(leakyReLUSlope, named: "\(key).leakyReLUSlope", in: 0...1)
    try require(inputNoise, named: "\(key).inputNoise", in: 0...100)
    try require(hiddenNoise, named: "\(key).hiddenNoise", in: 0...100)
  }

  /// A trunk with fresh weights.
  public func makeTrunk(
    exampleShape: [Int], using weights: RandomGenerator, noise: RandomGenerator
  ) throws(TorchError) -> any Trunk {
    try FullyConnectedTrunk(self, inputs: exampleShape.reduce(1, *), using: weights, noise: noise)
  }
}

final class FullyConnectedTrunk: Trunk {
  let layers: [LinearBlock]
  let featureCount: Int
  let head: HeadStyle
  private let inputNoise: GaussianNoise
  private let hiddenNoise: GaussianNoise

  init(
    _ family: FullyConnectedFamily, inputs: Int, using weights: RandomGenerator, noise: RandomGenerator
  ) throws(TorchError) {
    layers = try zip([inputs] + family.widths, family.widths).map { input, output throws(TorchError) in
      try LinearBlock(
        inputFeatures: input, outputFeatures: output, normalization: family.normalization,
        activation: .leakyReLU(slope: family.leakyReLUSlope), using: weights)
    }
    featureCount = family.widths.last ?? inputs
    var head = HeadStyle()
    head.weightNormalization = family.normalization.ofWeights
    self.head = head
    inputNoise = try GaussianNoise(standardDeviation: family.inputNoise, using: noise)
    hiddenNoise = try GaussianNoise(standardDeviation: family.hiddenNoise, using: noise)
  }

  func callAsFunction(_ examples: Tensor, countsInStatistics: Bool) throws -> Tensor {
    try features(of: examples, countsInStatistics: countsInStatistics)
  }

  func layers(of examples: Tensor, countsInStatistics: Bool) throws -> [Tensor] {
    var all: [Tensor] = []
    let features = try features(of: examples, countsInStatistics: countsInStatistics) { all.append($0) }
    return all.isEmpty ? [features] : all
  }

  private func features(
    of examples: Tensor, countsInStatistics: Bool, showing show: (Tensor) -> Void = { _ in }
  ) throws -> Tensor {
    var features = try inputNoise(examples.flattened())
    for (index, layer) in layers.enumerated() {
      if index > 0 { features = try hiddenNoise(features) }
      features = try layer(features, countsInStatistics: countsInStatistics)
      show(features)
    }
    return features
  }

  func initialize(by examples: Tensor) throws {
    var features = try examples.flattened()
    for layer in layers { features = try layer.initialized(by: features) }
  }
}
