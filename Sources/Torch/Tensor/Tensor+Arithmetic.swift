// Element by element; shapes broadcast from the right as in NumPy.

extension Tensor {
  public static func + (left: Tensor, right: Tensor) throws(TorchError) -> Tensor {
    try Operators.add(.tensor(left), .tensor(right))
  }
  public static func + (left: Tensor, right: Double) throws(TorchError) -> Tensor {
    try Operators.addScalar(.tensor(left), .double(right))
  }
  public static func + (left: Double, right: Tensor) throws(TorchError) -> Tensor { try right + left }

  public static func - (left: Tensor, right: Tensor) throws(TorchError) -> Tensor {
    try Operators.sub(.tensor(left), .tensor(right))
  }
  public static func - (left: Tensor, right: Double) throws(TorchError) -> Tensor {
    try Operators.subScalar(.tensor(left), .double(right))
  }
  public static func - (left: Double, right: Tensor) throws(TorchError) -> Tensor {
    try Operators.rsubScalar(.tensor(right), .double(left))
  }

  public static func * (left: Tensor, right: Tensor) throws(TorchError) -> Tensor {
    try Operators.mul(.tensor(left), .tensor(right))
  }
  public static func * (left: Tensor, right: Double) throws(TorchError) -> Tensor {
    try Operators.mulScalar(.tensor(left), .double(right))
  }
  public static func * (left: Double, right: Tensor) throws(TorchError) -> Tensor { try right * left }

  public static func / (left: Tensor, right: Tensor) throws(TorchError) -> Tensor {
    try Operators.div(.tensor(left), .tensor(right))
  }
  public static func / (left: Tensor, right: Double) throws(TorchError) -> Tensor {
    try Operators.divScalar(.tensor(left), .double(right))
  }

  public static prefix func - (operand: Tensor) throws(TorchError) -> Tensor { try Operators.neg(.tensor(operand)) }

  public func power(_ exponent: Double) throws(TorchError) -> Tensor {
    try Operators.powScalar(.tensor(self), .double(exponent))
  }
  public func squared() throws(TorchError) -> Tensor { try power(2) }
  public func absolute() throws(TorchError) -> Tensor { try Operators.abs(.tensor(self)) }
  public func exponential() throws(TorchError) -> Tensor { try Operators.exp(.tensor(self)) }
  public func logarithm() throws(TorchError) -> Tensor { try Operators.log(.tensor(self)) }
  public func squareRoot() throws(TorchError) -> Tensor { try Operators.sqrt(.tensor(self)) }
  public func reciprocalSquareRoot() throws(TorchError) -> Tensor { try Operators.rsqrt(.tensor(self)) }
  public func sine() throws(TorchError) -> Tensor { try Operators.sin(.tensor(self)) }
  public func cosine() throws(TorchError) -> Tensor { try Operators.cos(.tensor(self)) }
  public func floor() throws(TorchError) -> Tensor { try Operators.floor(.tensor(self)) }
  public func rounded() throws(TorchError) -> Tensor { try Operators.round(.tensor(self)) }

  /// The matrix product of the last two dimensions; leading dimensions broadcast.
  public func matmul(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operators.matmul(.tensor(self), .tensor(other))
  }

  /// Numbers outside [`low`, `high`] moved to the nearer end.
  public func clamped(low: Double, high: Double) throws(TorchError) -> Tensor {
    try Operators.clamp(.tensor(self), .double(low), .double(high))
  }
  public func minimum(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operators.minimum(.tensor(self), .tensor(other))
  }
  public func maximum(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operators.maximum(.tensor(self), .tensor(other))
  }
}

// Comparisons give `bool` tensors.
extension Tensor {
  public func isEqual(to other: Tensor) throws(TorchError) -> Tensor {
    try Operators.equal(.tensor(self), .tensor(other))
  }
  public func isEqual(to value: Double) throws(TorchError) -> Tensor {
    try Operators.equalScalar(.tensor(self), .double(value))
  }
  public func isGreater(than value: Double) throws(TorchError) -> Tensor {
    try Operators.greater(.tensor(self), .double(value))
  }
  public func isGreater(than other: Tensor) throws(TorchError) -> Tensor {
    try Operators.greaterTensor(.tensor(self), .tensor(other))
  }
  public func isAtLeast(_ value: Double) throws(TorchError) -> Tensor {
    try Operators.greaterEqual(.tensor(self), .double(value))
  }
  public func isLess(than value: Double) throws(TorchError) -> Tensor {
    try Operators.less(.tensor(self), .double(value))
  }
  public func isAtMost(_ value: Double) throws(TorchError) -> Tensor {
    try Operators.lessEqual(.tensor(self), .double(value))
  }
  public func logicalAnd(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operators.logicalAnd(.tensor(self), .tensor(other))
  }
  public func logicalNot() throws(TorchError) -> Tensor { try Operators.logicalNot(.tensor(self)) }

  /// Elements of `self` where `mask` holds, of `other` elsewhere.
  public func selected(where mask: Tensor, otherwise other: Tensor) throws(TorchError) -> Tensor {
    try Operators.whereSelf(.tensor(mask), .tensor(self), .tensor(other))
  }
  /// `value` where `mask` holds, the element elsewhere.
  public func filled(where mask: Tensor, with value: Double) throws(TorchError) -> Tensor {
    try Operators.maskedFill(.tensor(self), .tensor(mask), .double(value))
  }
  /// Whether no element is infinite or not a number.
  public func isFinite() throws(TorchError) -> Bool {
    try Operators.all(.tensor(try Operators.isFinite(.tensor(self)))).item() != 0
  }
}
