import SparringTorch

/// Two 3×3 convolutions beside a shortcut, each behind its normalisation and activation (He et al. 2016, "Identity
/// mappings in deep residual networks"; dropout between the two as in Zagoruyko and Komodakis 2016). Without normalisation
/// the second convolution begins at zero (Zhang et al. 2019, "Fixup").
final class ResidualBlock: Module {
  /// Before everything, and before the shortcut's projection.
  let norm: BatchNorm?
  /// With the normalisation and activation between the two convolutions.
  let first: ConvolutionBlock
  let second: Conv2d
  /// Where the sizes of input and output differ.
  let projection: Conv2d?
  private let dropout: Dropout
  private let slope: Double

  init(
    inputChannels: Int, outputChannels: Int, stride: Int, normalization: Normalization, slope: Double, dropout: Double,
    using weights: RandomGenerator, noise: RandomGenerator
  ) throws(TorchError) {
    norm = normalization == .batch ? try BatchNorm(features: inputChannels, device: weights.device) : nil
    first = try ConvolutionBlock(
      inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: 3, stride: stride,
      normalization: normalization, activation: .leakyReLU(slope: slope), using: weights)
    second = try Conv2d(
      inputChannels: outputChannels, outputChannels: outputChannels, kernelSize: 3, padding: .same,
      hasBias: normalization != .batch, initializer: normalization == .none ? .zeros : .heNormal(slope: slope),
      weightNormalization: normalization.ofWeights, using: weights)
    projection =
      stride == 1 && inputChannels == outputChannels
      ? nil
      : try Conv2d(
        inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: 1, stride: stride, padding: .same,
        hasBias: false, initializer: .heNormal(slope: 1), weightNormalization: normalization.ofWeights, using: weights)
    self.dropout = try Dropout(probability: dropout, using: noise)
    self.slope = slope
  }

  /// `[N, inputChannels, H, W]` to `[N, outputChannels, ⌈H/stride⌉, ⌈W/stride⌉]`.
  func callAsFunction(_ maps: Tensor, countsInStatistics: Bool) throws -> Tensor {
    let activated =
      try norm.map { try $0(maps, leakyReLUSlope: slope, countsInStatistics: countsInStatistics) }
      ?? maps.leakyReLU(slope: slope)
    let branch = try second(dropout(first(activated, countsInStatistics: countsInStatistics)))
    return try (projection.map { try $0(activated) } ?? maps) + branch
  }
}
