/// How a layer's weights begin.
public enum Initializer: Sendable {
  /// All 0.
  case zeros
  /// All 1.
  case ones
  /// All the same number.
  case constant(Double)
  /// Normal with mean 0.
  case normal(standardDeviation: Double)
  /// Uniform on ±bound.
  case uniform(bound: Double)
  /// Uniform on ±√(6 / (fan in + fan out)) (Glorot and Bengio 2010), Keras's default.
  case glorotUniform
  /// Uniform on ±√(1 / fan in), PyTorch's default for linear layers and convolutions.
  case fanInUniform
  /// Normal with deviation √(2 / ((1 + slope²)·fan in)) (He et al. 2015).
  case heNormal(slope: Double = 0)
  /// As ``fanInUniform``, but that the first outputs of a convolution repeat its inputs, as far as there are as many.
  case identity

  /// A new tensor of this distribution.
  /// - Parameters:
  ///   - fanIn: Inputs that feed one output.
  ///   - fanOut: Outputs that one input feeds.
  /// - Throws: ``TorchError`` also where it would not fit into memory.
  public func make(
    _ shape: [Int], fanIn: Int, fanOut: Int, using generator: RandomGenerator
  ) throws(TorchError) -> Tensor {
    try WeightBudget.spend(on: shape)
    func uniform(_ bound: Double) throws(TorchError) -> Tensor {
      try Tensor.uniform(shape, low: -bound, high: bound, using: generator)
    }
    switch self {
    case .zeros: return try Tensor.zeros(shape, device: generator.device)
    case .ones: return try Tensor.ones(shape, device: generator.device)
    case .constant(let value): return try Tensor.full(shape, value, device: generator.device)
    case .normal(let deviation): return try Tensor.normal(shape, using: generator) * deviation
    case .uniform(let bound): return try uniform(bound)
    case .glorotUniform: return try uniform((6 / Double(max(1, fanIn + fanOut))).squareRoot())
    case .fanInUniform: return try uniform((1 / Double(max(1, fanIn))).squareRoot())
    case .identity:
      let rest = try uniform((1 / Double(max(1, fanIn))).squareRoot())
      let (count, inputs, window) = (min(shape[0], shape[1]), shape[1], shape.dropFirst(2).reduce(1, *))
      var middles = [Float](repeating: 0, count: count * inputs * window)
      // The middle of kernels of odd sizes.
      for index in 0..<count { middles[(index * inputs + index) * window + window / 2] = 1 }
      let repeated = try Tensor(middles, shape: [count] + shape.dropFirst()).to(generator.device)
      return try .concatenate([repeated, rest.narrowed(count..<shape[0])])
    case .heNormal(let slope):
      let deviation = (2 / ((1 + slope * slope) * Double(max(1, fanIn)))).squareRoot()
      return try Tensor.normal(shape, using: generator) * deviation
    }
  }
}
