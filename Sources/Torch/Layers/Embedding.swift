/// A trained vector for each of `count` things, such as classes: indices `[…]` of `int64` to
/// `[…, features]`.
public final class Embedding: Layer {
  /// `[count, features]`.
  public let weight: Parameter

  /// - Parameters:
  ///   - count: The number of things; indices lie below it.
  ///   - features: The length of each vector.
  public init(
    count: Int, features: Int, initializer: Initializer = .normal(standardDeviation: 1),
    using generator: RandomGenerator
  ) throws(TorchError) {
    weight = try Parameter(initializer.make([count, features], fanIn: count, fanOut: features, using: generator))
  }

  /// The vectors of the indices.
  /// - Throws: ``TorchError`` when an index is out of range or the input is not of integers.
  public func callAsFunction(_ indices: Tensor) throws(TorchError) -> Tensor {
    try Operators.embedding(.tensor(weight.value), .tensor(indices))
  }
}
