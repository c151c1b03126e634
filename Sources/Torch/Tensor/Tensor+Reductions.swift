// Sums, means and extremes. No dimensions means all of them.

extension Tensor {
  /// The sum over the dimensions; integers and `bool` sum as `int64`.
  /// - Parameter keepingDimensions: Whether the summed dimensions stay, with size one, so that the result
  ///   broadcasts against the tensor; counts only where dimensions are given.
  public func sum(_ dimensions: Int..., keepingDimensions: Bool = false) throws(TorchError) -> Tensor {
    dimensions.isEmpty
      ? try Operators.sumAll(.tensor(self))
      : try Operators.sum(.tensor(self), .ints(dimensions), .bool(keepingDimensions))
  }

  /// The mean over the dimensions, NaN over no elements.
  /// - Parameter keepingDimensions: As for ``sum(_:keepingDimensions:)``.
  /// - Throws: ``TorchError`` for integers, whose mean would be no integer.
  public func mean(_ dimensions: Int..., keepingDimensions: Bool = false) throws(TorchError) -> Tensor {
    dimensions.isEmpty
      ? try Operators.meanAll(.tensor(self))
      : try Operators.mean(.tensor(self), .ints(dimensions), .bool(keepingDimensions))
  }

  /// The variance, divided by `n - correction`.
  public func variance(
    _ dimensions: Int..., correction: Int = 1, keepingDimensions: Bool = false
  ) throws(TorchError) -> Tensor {
    try Operators.variance(
      .tensor(self), dimensions.isEmpty ? .none : .ints(dimensions), .int(correction), .bool(keepingDimensions))
  }

  /// The largest of all elements, a scalar.
  /// - Throws: ``TorchError`` when there are no elements.
  public func maximum() throws(TorchError) -> Tensor { try Operators.maximumAll(.tensor(self)) }
  /// The smallest of all elements, a scalar.
  /// - Throws: ``TorchError`` when there are no elements.
  public func minimum() throws(TorchError) -> Tensor { try Operators.minimumAll(.tensor(self)) }

  /// The largest element along one dimension.
  public func maximum(along dimension: Int, keepingDimensions: Bool = false) throws(TorchError) -> Tensor {
    try Operators.amax(.tensor(self), .ints([dimension]), .bool(keepingDimensions))
  }
  /// The smallest element along one dimension.
  public func minimum(along dimension: Int, keepingDimensions: Bool = false) throws(TorchError) -> Tensor {
    try Operators.amin(.tensor(self), .ints([dimension]), .bool(keepingDimensions))
  }
  /// The index of the largest element along one dimension, as `int64`.
  public func argmax(_ dimension: Int = -1) throws(TorchError) -> Tensor {
    try Operators.argmax(.tensor(self), .int(dimension))
  }
  /// log Σ exp(x) along one dimension, computed without overflow.
  public func logSumExp(_ dimension: Int = -1, keepingDimension: Bool = false) throws(TorchError) -> Tensor {
    try Operators.logSumExp(.tensor(self), .ints([dimension]), .bool(keepingDimension))
  }
  /// √Σx² over the dimensions.
  public func norm(_ dimensions: Int..., keepingDimensions: Bool = false) throws(TorchError) -> Tensor {
    try Operators.norm(
      .tensor(self), 2.0, dimensions.isEmpty ? .none : .ints(dimensions), .bool(keepingDimensions))
  }
  /// The `count` largest elements along the last dimension and their indices.
  public func largest(_ count: Int) throws(TorchError) -> (values: Tensor, indices: Tensor) {
    let both = try Operators.topk.results(.tensor(self), .int(count))
    return (both[0], both[1])
  }
  /// Eigenvalues (ascending) and eigenvectors (columns) of a symmetric matrix.
  public func symmetricEigen() throws(TorchError) -> (values: Tensor, vectors: Tensor) {
    let both = try Operators.eigenvaluesSymmetric.results(.tensor(self))
    return (both[0], both[1])
  }
}
