/// Layers one after the other; paths count from zero: `layers.0.weight`.
public final class Sequential: Layer {
  public let layers: [any Layer]

  public init(_ layers: [any Layer]) {
    self.layers = layers
  }

  public func callAsFunction(_ input: Tensor) throws -> Tensor {
    try layers.reduce(input) { try $1($0) }
  }
}

/// A function without parameters as a layer, such as an activation.
public final class Function: Layer {
  private let body: (Tensor) throws -> Tensor

  public init(_ body: @escaping (Tensor) throws -> Tensor) {
    self.body = body
  }

  public func callAsFunction(_ input: Tensor) throws -> Tensor { try body(input) }

  public static var relu: Function { Function { try $0.relu() } }
  public static var tanh: Function { Function { try $0.tanh() } }
  public static var softplus: Function { Function { try $0.softplus() } }
  public static func leakyReLU(slope: Double) -> Function { Function { try $0.leakyReLU(slope: slope) } }
}
