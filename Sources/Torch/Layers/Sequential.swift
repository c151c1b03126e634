/// Layers one after the other; paths count from zero: `layers.0.weight`.
public final class Sequential: Layer {
  /// In the order of the forward pass.
  public let layers: [any Layer]

  /// - Parameter layers: In the order of the forward pass.
  public init(_ layers: [any Layer]) {
    self.layers = layers
  }

  /// The last layer's output.
  public func callAsFunction(_ input: Tensor) throws -> Tensor {
    try layers.reduce(input) { try $1($0) }
  }
}

/// A function without parameters as a layer, such as an activation.
public final class Function: Layer {
  private let body: (Tensor) throws -> Tensor

  /// - Parameter body: The function.
  public init(_ body: @escaping (Tensor) throws -> Tensor) {
    self.body = body
  }

  /// The function's value.
  public func callAsFunction(_ input: Tensor) throws -> Tensor { try body(input) }

  /// max(x, 0).
  public static var relu: Function { Function { try $0.relu() } }
  /// max(x, slope·x), for a slope in [0, 1].
  public static func leakyReLU(slope: Double) -> Function { Function { try $0.leakyReLU(slope: slope) } }
  /// x above 0, α·(exp(x) − 1) below (Clevert et al. 2016).
  public static func elu(alpha: Double = 1) -> Function { Function { try $0.elu(alpha: alpha) } }
  /// x·Φ(x) with the normal distribution function Φ (Hendrycks and Gimpel 2016).
  public static var gelu: Function { Function { try $0.gelu() } }
  /// x·σ(x) (Ramachandran et al. 2017).
  public static var silu: Function { Function { try $0.silu() } }
  /// 1 / (1 + exp(−x)).
  public static var sigmoid: Function { Function { try $0.sigmoid() } }
  /// The hyperbolic tangent, in (−1, 1).
  public static var tanh: Function { Function { try $0.tanh() } }
  /// log(1 + exp(x)).
  public static var softplus: Function { Function { try $0.softplus() } }
  /// Twice (or `scale` times) the height and width by repeating pixels.
  public static func upsampleNearest(scale: Double = 2) -> Function {
    Function { try $0.upsampledNearest(scale: scale) }
  }
}
