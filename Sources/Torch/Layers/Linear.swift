/// y = x·Wᵀ + b, `[N, inputFeatures]` to `[N, outputFeatures]`.
public final class Linear: Layer {
  /// `[outputFeatures, inputFeatures]`.
  public let weight: Parameter
  /// `[outputFeatures]`.
  public let bias: Parameter?
  let weightNorm: (any WeightNormalizer)?

  /// - Parameters:
  ///   - initializer: The weight's distribution.
  ///   - weightNormalization: How the weight is rescaled before use.
  ///   - generator: Where the numbers come from, on the layer's device.
  public init(
    inputFeatures: Int, outputFeatures: Int, hasBias: Bool = true, initializer: Initializer = .fanInUniform,
    biasInitializer: Initializer = .zeros, weightNormalization: WeightNormalization = .none,
    using generator: RandomGenerator
  ) throws(TorchError) {
    func make(_ shape: [Int], _ initializer: Initializer) throws(TorchError) -> Parameter {
      try Parameter(initializer.make(shape, fanIn: inputFeatures, fanOut: outputFeatures, using: generator))
    }
    weight = try make([outputFeatures, inputFeatures], initializer)
    bias = hasBias ? try make([outputFeatures], biasInitializer) : nil
    weightNorm = try weightNormalization.make(for: weight.value, outputDimension: 0, using: generator)
  }

  /// `[…, inputFeatures]` to `[…, outputFeatures]`.
  public func callAsFunction(_ input: Tensor) throws(TorchError) -> Tensor {
    try Operators.linear(.tensor(input), .tensor(try weightNorm?(weight.value) ?? weight.value), .optional(bias?.value))
  }
}
