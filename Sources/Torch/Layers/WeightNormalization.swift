/// How a layer rescales its weight before every use.
public enum WeightNormalization: Sendable, Hashable {
  case none
  /// W / σ(W) with σ the largest singular value (Miyato et al. 2018), found by so many power
  /// iterations in each training pass.
  case spectral(iterations: Int = 1)
  /// g·v / ‖v‖ for each output (Salimans and Kingma 2016); the layer's `weight` is v.
  case weight

  /// The normaliser of one weight; nil for ``none``.
  /// - Parameter outputDimension: The dimension that counts the outputs.
  func make(
    for weight: Tensor, outputDimension: Int, using generator: RandomGenerator
  ) throws(TorchError) -> (any WeightNormalizer)? {
    switch self {
    case .none: return nil
    case .weight: return try WeightNorm(weight, outputDimension: outputDimension)
    case .spectral(let iterations):
      return try SpectralNorm(weight, outputDimension: outputDimension, iterations: iterations, using: generator)
    }
  }
}

/// Computes the weight that a layer uses from the one that is trained.
protocol WeightNormalizer: Module {
  func callAsFunction(_ weight: Tensor) throws(TorchError) -> Tensor
}

/// g·v / ‖v‖: the length of each output's weights is trained apart from their direction.
final class WeightNorm: WeightNormalizer {
  /// The lengths, shaped to broadcast against the weight: `[outputs, 1, …]`.
  let g: Parameter
  private let dimensions: [Int]

  /// Begins with the weight's own lengths, so that the layer computes what it would without.
  init(_ weight: Tensor, outputDimension: Int) throws(TorchError) {
    let dimensions = (0..<weight.rank).filter { $0 != outputDimension }
    self.dimensions = dimensions
    g = try Parameter(withoutGradients { () throws(TorchError) in try length(of: weight, over: dimensions) })
  }

  func callAsFunction(_ weight: Tensor) throws(TorchError) -> Tensor {
    try weight * (g.value / length(of: weight, over: dimensions))
  }
}

private func length(of weight: Tensor, over dimensions: [Int]) throws(TorchError) -> Tensor {
  try Operators.norm(.tensor(weight), 2.0, .ints(dimensions), /* keepdim: */ true)
}

/// W / σ(W), which bounds the layer's Lipschitz constant by one.
///
/// σ = uᵀWv, where u and v come from power iteration and count as constants in the gradient.
final class SpectralNorm: WeightNormalizer, ModeDependent {
  /// The left singular vector, `[outputs]`.
  let u: Parameter
  /// The right singular vector, `[weights of one output]`.
  let v: Parameter
  var isTraining = true
  /// Keeps u and v as they are.
  var isFrozen = false
  private let outputDimension: Int
  private let iterations: Int

  init(
    _ weight: Tensor, outputDimension: Int, iterations: Int, using generator: RandomGenerator
  ) throws(TorchError) {
    guard iterations > 0 else { throw TorchError("spectral normalisation needs at least one power iteration") }
    (self.outputDimension, self.iterations) = (outputDimension, iterations)
    // As many iterations as it takes for a fair estimate before the first step.
    let pair = try withoutGradients { () throws(TorchError) in
      let matrix = try matrix(of: weight, outputDimension)
      let start = try Tensor.normal([try matrix.size(1)], using: generator).to(weight.dtype)
      return try iterate(matrix, from: unit(start), count: 15)
    }
    u = try Parameter(pair.u, role: .buffer)
    v = try Parameter(pair.v, role: .buffer)
  }

  func callAsFunction(_ weight: Tensor) throws(TorchError) -> Tensor {
    let matrix = try matrix(of: weight, outputDimension)
    // New tensors, not the buffers themselves: a second pass must not change what the first one's
    // gradient refers to.
    let (left, right) = try withoutGradients { () throws(TorchError) in
      guard isTraining, !isFrozen else { return (try u.value.cloned(), try v.value.cloned()) }
      let pair = try iterate(matrix, from: v.value, count: iterations)
      try u.value.copy(from: pair.u)
      try v.value.copy(from: pair.v)
      return (pair.u, pair.v)
    }
    return try weight / (left * matrix.matmul(right)).sum()
  }
}

/// A weight as a matrix with one row for each output.
private func matrix(of weight: Tensor, _ outputDimension: Int) throws(TorchError) -> Tensor {
  let front = outputDimension == 0 ? weight : try weight.transposed(0, outputDimension)
  return try front.reshaped([try front.size(0), -1])
}

/// Power iteration from a right singular vector, in PyTorch's order.
private func iterate(
  _ matrix: Tensor, from start: Tensor, count: Int
) throws(TorchError) -> (u: Tensor, v: Tensor) {
  var v = start
  var u = v
  for _ in 0..<count {
    u = try unit(matrix.matmul(v))
    v = try unit(matrix.transposed().matmul(u))
  }
  return (u, v)
}

/// A vector of length one.
private func unit(_ vector: Tensor) throws(TorchError) -> Tensor {
  try vector / vector.norm().clamped(low: 1e-12, high: .infinity)
}
