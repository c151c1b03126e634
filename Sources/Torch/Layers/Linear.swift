/// y = x·Wᵀ + b, `[N, inputFeatures]` to `[N, outputFeatures]`.
public final class Linear: Layer {
  /// `[outputFeatures, inputFeatures]`.
  public let weight: Parameter
  /// `[outputFeatures]`.
  public let bias: Parameter?

  public init(
    inputFeatures: Int, outputFeatures: Int, hasBias: Bool = true, initializer: Initializer = .fanInUniform,
    biasInitializer: Initializer = .zeros, using generator: RandomGenerator
  ) throws(TorchError) {
    func make(_ shape: [Int], _ initializer: Initializer) throws(TorchError) -> Parameter {
      try Parameter(initializer.make(shape, fanIn: inputFeatures, fanOut: outputFeatures, using: generator))
    }
    weight = try make([outputFeatures, inputFeatures], initializer)
    bias = hasBias ? try make([outputFeatures], biasInitializer) : nil
  }

  public func callAsFunction(_ input: Tensor) throws(TorchError) -> Tensor {
    try Operators.linear(.tensor(input), .tensor(weight.value), .optional(bias?.value))
  }
}
