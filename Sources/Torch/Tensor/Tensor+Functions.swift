// The functions of neural networks on single tensors.

extension Tensor {
  /// max(x, 0).
  public func relu() throws(TorchError) -> Tensor { try Operators.relu(.tensor(self)) }
  /// max(x, slope·x).
  public func leakyReLU(slope: Double) throws(TorchError) -> Tensor {
    try Operators.leakyRelu(.tensor(self), .double(slope))
  }
  /// x above 0, alpha·(eˣ − 1) below (Clevert et al. 2016).
  public func elu(alpha: Double = 1) throws(TorchError) -> Tensor { try Operators.elu(.tensor(self), .double(alpha)) }
  /// x·Φ(x), Φ the standard normal's distribution function, computed exactly (Hendrycks and Gimpel 2016).
  public func gelu() throws(TorchError) -> Tensor { try Operators.gelu(.tensor(self)) }
  /// x·σ(x).
  public func silu() throws(TorchError) -> Tensor { try Operators.silu(.tensor(self)) }
  /// σ(x) = 1 / (1 + e⁻ˣ), on (0, 1).
  public func sigmoid() throws(TorchError) -> Tensor { try Operators.sigmoid(.tensor(self)) }
  /// The hyperbolic tangent, on (-1, 1).
  public func tanh() throws(TorchError) -> Tensor { try Operators.tanh(.tensor(self)) }
  /// log(1 + exp(x)), linear for large x.
  public func softplus() throws(TorchError) -> Tensor { try Operators.softplus(.tensor(self)) }
  /// eˣ / Σ eˣ along one dimension: probabilities that sum to 1.
  public func softmax(_ dimension: Int = -1) throws(TorchError) -> Tensor {
    try Operators.softmax(.tensor(self), .int(dimension))
  }
  /// x − log Σ eˣ along one dimension: the logarithm of ``softmax(_:)``, without its underflow.
  public func logSoftmax(_ dimension: Int = -1) throws(TorchError) -> Tensor {
    try Operators.logSoftmax(.tensor(self), .int(dimension))
  }

  /// Largest element of each window, `[N, C, H, W]`.
  public func maxPooled(kernelSize: Int, stride: Int? = nil, padding: Int = 0) throws(TorchError) -> Tensor {
    let step = stride ?? kernelSize
    return try Operators.maxPool(
      .tensor(self), .ints([kernelSize, kernelSize]), .ints([step, step]), .ints([padding, padding]))
  }
  /// Largest element of each of `height` × `width` windows that cover the map evenly, `[N, C, height, width]`.
  public func maxPooled(toHeight height: Int, width: Int) throws(TorchError) -> Tensor {
    try Operators.adaptiveMaxPool.results(.tensor(self), .ints([height, width]))[0]
  }
  /// Mean of each window, `[N, C, H, W]`.
  /// - Parameter countsPadding: Whether the border's zeros are part of the mean.
  public func averagePooled(
    kernelSize: Int, stride: Int? = nil, padding: Int = 0, countsPadding: Bool = true
  ) throws(TorchError) -> Tensor {
    let step = stride ?? kernelSize
    return try Operators.averagePool(
      .tensor(self), .ints([kernelSize, kernelSize]), .ints([step, step]), .ints([padding, padding]), false,
      .bool(countsPadding))
  }
  /// The square patches of maps `[N, C, H, W]` at every place, as columns: `[N, C·kernelSize², places]`.
  public func unfolded(kernelSize: Int) throws(TorchError) -> Tensor {
    let (size, one, none) = ([kernelSize, kernelSize], [1, 1], [0, 0])
    return try Operators.unfold(.tensor(self), .ints(size), .ints(one), .ints(none), .ints(one))
  }

  /// Each channel's mean over the image: `[N, C, H, W]` to `[N, C]`.
  public func globallyAveraged() throws(TorchError) -> Tensor { try mean(-2, -1) }

  /// Twice (or `scale` times) the height and width by repeating pixels.
  public func upsampledNearest(scale: Double = 2) throws(TorchError) -> Tensor {
    try Operators.upsampleNearest(.tensor(self), .none, .doubles([scale, scale]))
  }
  /// The images resized to `height` × `width`, bilinear, corners not aligned.
  public func resizedBilinear(height: Int, width: Int) throws(TorchError) -> Tensor {
    try Operators.upsampleBilinear(.tensor(self), .ints([height, width]), false, .none)
  }

  /// What fills positions outside the image when sampling.
  public enum SamplingPadding: Int, Sendable {
    case zeros = 0
    case border = 1
    case reflection = 2
  }

  /// Each image `[N, C, H, W]` seen through its own affine map `theta`, `[N, 2, 3]`, which takes
  /// output positions in [-1, 1]² to input positions; bilinear and differentiable
  /// (Jaderberg et al. 2015, equation 1).
  public func affineSampled(_ theta: Tensor, padding: SamplingPadding = .zeros) throws(TorchError) -> Tensor {
    let grid = try Operators.affineGrid(.tensor(theta), .ints(shape), false)
    return try Operators.gridSample(.tensor(self), .tensor(grid), 0, .int(padding.rawValue), false)
  }
}
