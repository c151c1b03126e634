public import SparringTorch

/// The function after a convolution and its normalisation.
public enum Activation: Sendable, Hashable {
  case none
  /// max(x, slope·x), for a slope from 0 to 1; 0 is ReLU.
  case leakyReLU(slope: Double)
  /// x·Φ(x) (Hendrycks and Gimpel 2016).
  case gelu

  /// The slope that a fused kernel applies; 1 leaves the numbers as they are.
  var fusedSlope: Double {
    if case .leakyReLU(let slope) = self { slope } else { 1 }
  }

  /// What remains to be done after the fused slope.
  func rest(_ maps: Tensor) throws(TorchError) -> Tensor { self == .gelu ? try maps.gelu() : maps }
}

/// A convolution, its normalisation and its activation as one layer. Where they can be computed in one pass they are,
/// and in inference the normalisation is part of the weights.
public final class ConvolutionBlock: Module {
  /// Without a bias where batch normalisation follows, which has its own.
  public let convolution: Conv2d
  /// With ``Normalization/batch``.
  public let norm: BatchNorm?
  private let activation: Activation

  /// - Parameters:
  ///   - normalization: Batch normalisation stands between the convolution and the activation.
  ///   - hasBias: Whether the convolution has a bias; left out, it has one unless batch normalisation follows.
  ///   - norm: Batch normalisation with numbers of its own, instead of that of `normalization`.
  public init(
    inputChannels: Int, outputChannels: Int, kernelSize: Int, stride: Int = 1, padding: Padding = .same,
    normalization: Normalization = .none, activation: Activation = .none, hasBias: Bool? = nil,
    initializer: Initializer? = nil, using weights: RandomGenerator
  ) throws(TorchError) {
    convolution = try Conv2d(
      inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: kernelSize, stride: stride,
      padding: padding, hasBias: hasBias ?? (normalization != .batch),
      initializer: initializer ?? .heNormal(slope: activation.fusedSlope),
      weightNormalization: normalization.ofWeights, using: weights)
    norm = normalization == .batch ? try BatchNorm(features: outputChannels, device: weights.device) : nil
    self.activation = activation
  }

  /// `[N, inputChannels, H, W]` to `[N, outputChannels, H', W']`.
  /// - Parameter countsInStatistics: Whether the input moves the running statistics.
  public func callAsFunction(_ maps: Tensor, countsInStatistics: Bool = true) throws -> Tensor {
    guard let norm else { return try activation.rest(convolution(maps, leakyReLUSlope: activation.fusedSlope)) }
    return try activation.rest(
      convolution(
        maps, normalizedBy: norm, leakyReLUSlope: activation.fusedSlope, countsInStatistics: countsInStatistics))
  }
}

extension ConvolutionBlock {
  /// The block's output for these maps, after its data-dependent initialisation by them (``Trunk/initialize(by:)``).
  func initialized(by maps: Tensor) throws -> Tensor {
    if norm == nil { try convolution.initialize(by: maps) }
    return try self(maps, countsInStatistics: false)
  }
}

extension LinearBlock {
  /// The block's output for these features, after its data-dependent initialisation by them (``Trunk/initialize(by:)``).
  func initialized(by features: Tensor) throws -> Tensor {
    if norm == nil { try linear.initialize(by: features) }
    return try self(features, countsInStatistics: false)
  }
}

/// A transposed convolution, its normalisation and its activation as one layer, like ``ConvolutionBlock``.
public final class TransposedConvolutionBlock: Layer {
  /// Enlarges.
  public let convolution: ConvTranspose2d
  /// After the convolution.
  public let norm: BatchNorm
  private let activation: Activation

  /// - Parameter norm: Normalises the convolution's outputs.
  public init(_ convolution: ConvTranspose2d, norm: BatchNorm, activation: Activation) {
    (self.convolution, self.norm, self.activation) = (convolution, norm, activation)
  }

  /// `[N, inputChannels, H, W]` to `[N, outputChannels, H', W']`.
  public func callAsFunction(_ maps: Tensor) throws -> Tensor {
    try activation.rest(convolution(maps, normalizedBy: norm, leakyReLUSlope: activation.fusedSlope))
  }
}

/// A linear layer, its normalisation and its activation as one layer.
public final class LinearBlock: Module {
  /// Without a bias where batch normalisation follows.
  public let linear: Linear
  /// With ``Normalization/batch``.
  public let norm: BatchNorm?
  private let activation: Activation

  /// A layer with fresh weights.
  public init(
    inputFeatures: Int, outputFeatures: Int, normalization: Normalization, activation: Activation,
    using weights: RandomGenerator
  ) throws(TorchError) {
    linear = try Linear(
      inputFeatures: inputFeatures, outputFeatures: outputFeatures, hasBias: normalization != .batch,
      initializer: .heNormal(slope: activation.fusedSlope), weightNormalization: normalization.ofWeights,
      using: weights)
    norm = normalization == .batch ? try BatchNorm(features: outputFeatures, device: weights.device) : nil
    self.activation = activation
  }

  /// `[N, inputFeatures]` to `[N, outputFeatures]`.
  /// - Parameter countsInStatistics: Whether the input moves the running statistics.
  public func callAsFunction(_ features: Tensor, countsInStatistics: Bool = true) throws -> Tensor {
    let sums = try linear(features)
    if let norm {
      return try activation.rest(
        norm(sums, leakyReLUSlope: activation.fusedSlope, countsInStatistics: countsInStatistics))
    }
    return try activation.rest(activation.fusedSlope == 1 ? sums : sums.leakyReLU(slope: activation.fusedSlope))
  }
}
