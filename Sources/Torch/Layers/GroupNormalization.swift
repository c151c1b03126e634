/// Group normalisation (Wu and He 2018): each image's channels, in groups, to mean 0 and variance 1,
/// then γ·x + β. Over `[N, C, …]`.
public final class GroupNorm: Layer {
  /// γ, `[channels]`.
  public let weight: Parameter
  /// β, `[channels]`.
  public let bias: Parameter
  private let groups: Int
  private let epsilon: Double

  /// - Parameters:
  ///   - groups: Divides `channels`; 1 normalises the whole image at once.
  ///   - epsilon: Added to the variance.
  /// - Throws: ``TorchError`` when `groups` does not divide `channels`.
  public init(groups: Int, channels: Int, epsilon: Double = 1e-5, device: Device = .cpu) throws(TorchError) {
    guard groups > 0, channels > 0, channels % groups == 0 else {
      throw TorchError("\(channels) channels cannot be normalised in \(groups) groups")
    }
    weight = try Parameter(Tensor.ones([channels], device: device))
    bias = try Parameter(Tensor.zeros([channels], device: device))
    (self.groups, self.epsilon) = (groups, epsilon)
  }

  /// The normalised input, of its shape.
  public func callAsFunction(_ input: Tensor) throws(TorchError) -> Tensor {
    try Operators.groupNorm(
      .tensor(input), .int(groups), .tensor(weight.value), .tensor(bias.value), .double(epsilon))
  }
}

/// Instance normalisation (Ulyanov et al. 2016): each channel of each image `[N, C, H, W]` to mean 0
/// and variance 1.
public final class InstanceNorm: Layer {
  /// γ, `[channels]`; nil where the layer is not affine.
  public let weight: Parameter?
  /// β, `[channels]`; nil where the layer is not affine.
  public let bias: Parameter?
  private let channels: Int
  private let epsilon: Double

  /// - Parameters:
  ///   - isAffine: Scales and shifts the result by trained γ and β.
  ///   - epsilon: Added to the variance.
  public init(
    channels: Int, isAffine: Bool = false, epsilon: Double = 1e-5, device: Device = .cpu
  ) throws(TorchError) {
    weight = isAffine ? try Parameter(Tensor.ones([channels], device: device)) : nil
    bias = isAffine ? try Parameter(Tensor.zeros([channels], device: device)) : nil
    (self.channels, self.epsilon) = (channels, epsilon)
  }

  /// The normalised input, of its shape.
  /// - Throws: ``TorchError`` when the input has another number of channels, or one element each.
  public func callAsFunction(_ input: Tensor) throws(TorchError) -> Tensor {
    guard input.rank > 2, try input.size(1) == channels, input.shape.dropFirst(2).reduce(1, *) > 1 else {
      throw TorchError(
        "instance normalisation of \(channels) channels needs images of more than one pixel, not shape \(input.shape)")
    }
    return try Operators.instanceNorm(
      .tensor(input), .optional(weight?.value), .optional(bias?.value), .none, .none, /* use_input_stats: */ true, 0.0,
      .double(epsilon), /* cudnn_enabled: */ true)
  }
}
