extension Conv2d {
  /// Data-dependent initialisation (Salimans and Kingma 2016, section 3): scales the weights and shifts the bias so that
  /// the outputs for these maps `[N, inputChannels, H, W]` have mean 0 and deviation 1 in each channel.
  /// - Throws: ``TorchError`` for a layer without bias, or with spectral normalisation, which would undo the scale.
  public func initialize(by maps: Tensor) throws(TorchError) {
    try withoutGradients { () throws(TorchError) in
      let sums = try self(maps).to(.float32)
      try standardize(
        mean: sums.mean(0, 2, 3), deviation: sums.variance(0, 2, 3).squareRoot(), weight: weight, bias: bias,
        normalizer: weightNorm)
    }
  }
}

extension Linear {
  /// Data-dependent initialisation (Salimans and Kingma 2016, section 3): scales the weights and shifts the bias so that
  /// the outputs for these rows `[N, inputFeatures]` have mean 0 and deviation 1 in each feature.
  /// - Throws: ``TorchError`` for a layer without bias, or with spectral normalisation, which would undo the scale.
  public func initialize(by rows: Tensor) throws(TorchError) {
    try withoutGradients { () throws(TorchError) in
      let sums = try self(rows).to(.float32)
      try standardize(
        mean: sums.mean(0), deviation: sums.variance(0).squareRoot(), weight: weight, bias: bias,
        normalizer: weightNorm)
    }
  }
}

/// - Parameters:
///   - mean: Of each output, `[outputs]`.
///   - deviation: Of each output, `[outputs]`; an output that never changes keeps its scale.
private func standardize(
  mean: Tensor, deviation: Tensor, weight: Parameter, bias: Parameter?, normalizer: (any WeightNormalizer)?
) throws(TorchError) {
  guard let bias else { throw TorchError("data-dependent initialisation shifts the bias, and this layer has none") }
  let factor =
    try deviation.isAtLeast(1e-6).to(.float32) * (deviation.clamped(low: 1e-6, high: .infinity).power(-1) - 1) + 1
  let shape = [-1] + [Int](repeating: 1, count: weight.value.rank - 1)
  switch normalizer {
  case nil: try weight.value.copy(from: weight.value * factor.reshaped(shape))
  case let norm as WeightNorm: try norm.g.value.copy(from: norm.g.value * factor.reshaped(shape))
  default: throw TorchError("data-dependent initialisation cannot scale a layer of spectral normalisation")
  }
  try bias.value.copy(from: (bias.value - mean) * factor)
}
