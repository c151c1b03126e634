// Element by element; shapes broadcast from the right as in NumPy.

extension Tensor {
  /// left + right.
  public static func + (left: Tensor, right: Tensor) throws(TorchError) -> Tensor {
    try Operators.add(.tensor(left), .tensor(right))
  }
  /// The number added to every element.
  public static func + (left: Tensor, right: Double) throws(TorchError) -> Tensor {
    try Operators.addScalar(.tensor(left), .double(right))
  }
  /// The number added to every element.
  public static func + (left: Double, right: Tensor) throws(TorchError) -> Tensor { try right + left }

  /// left − right.
  public static func - (left: Tensor, right: Tensor) throws(TorchError) -> Tensor {
    try Operators.sub(.tensor(left), .tensor(right))
  }
  /// The number taken from every element.
  public static func - (left: Tensor, right: Double) throws(TorchError) -> Tensor {
    try Operators.subScalar(.tensor(left), .double(right))
  }
  /// Every element taken from the number.
  public static func - (left: Double, right: Tensor) throws(TorchError) -> Tensor {
    try Operators.rsubScalar(.tensor(right), .double(left))
  }

  /// left · right, element by element; ``matmul(_:)`` is the matrix product.
  public static func * (left: Tensor, right: Tensor) throws(TorchError) -> Tensor {
    try Operators.mul(.tensor(left), .tensor(right))
  }
  /// Every element times the number.
  public static func * (left: Tensor, right: Double) throws(TorchError) -> Tensor {
    try Operators.mulScalar(.tensor(left), .double(right))
  }
  /// Every element times the number.
  public static func * (left: Double, right: Tensor) throws(TorchError) -> Tensor { try right * left }

  /// left / right; integers are divided as `float32`. Division by zero gives ±∞ or NaN.
  public static func / (left: Tensor, right: Tensor) throws(TorchError) -> Tensor {
    try Operators.div(.tensor(left), .tensor(right))
  }
  /// Every element divided by the number; integers as `float32`.
  public static func / (left: Tensor, right: Double) throws(TorchError) -> Tensor {
    try Operators.divScalar(.tensor(left), .double(right))
  }

  /// −x.
  /// - Throws: ``TorchError`` for `bool`.
  public static prefix func - (operand: Tensor) throws(TorchError) -> Tensor { try Operators.neg(.tensor(operand)) }

  /// xᵖ with p the exponent; NaN for negative x and a fractional p.
  public func power(_ exponent: Double) throws(TorchError) -> Tensor {
    try Operators.powScalar(.tensor(self), .double(exponent))
  }
  /// x².
  public func squared() throws(TorchError) -> Tensor { try power(2) }
  /// |x|.
  public func absolute() throws(TorchError) -> Tensor { try Operators.abs(.tensor(self)) }
  /// eˣ; integers give `float32`.
  public func exponential() throws(TorchError) -> Tensor { try Operators.exp(.tensor(self)) }
  /// The natural logarithm: −∞ at 0, NaN below. Integers give `float32`.
  public func logarithm() throws(TorchError) -> Tensor { try Operators.log(.tensor(self)) }
  /// √x, NaN for negative x; integers give `float32`.
  public func squareRoot() throws(TorchError) -> Tensor { try Operators.sqrt(.tensor(self)) }
  /// sin x, x in radians.
  public func sine() throws(TorchError) -> Tensor { try Operators.sin(.tensor(self)) }
  /// cos x, x in radians.
  public func cosine() throws(TorchError) -> Tensor { try Operators.cos(.tensor(self)) }
  /// The largest whole number not above x, in x's own format.
  public func floor() throws(TorchError) -> Tensor { try Operators.floor(.tensor(self)) }
  /// The nearest whole number, halves to the even one, in x's own format.
  public func rounded() throws(TorchError) -> Tensor { try Operators.round(.tensor(self)) }

  /// The matrix product of the last two dimensions; leading dimensions broadcast.
  public func matmul(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operators.matmul(.tensor(self), .tensor(other))
  }

  /// Numbers outside [`low`, `high`] moved to the nearer end.
  public func clamped(low: Double, high: Double) throws(TorchError) -> Tensor {
    try Operators.clamp(.tensor(self), .double(low), .double(high))
  }
  /// The smaller of each two elements; NaN where either is NaN.
  public func minimum(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operators.minimum(.tensor(self), .tensor(other))
  }
  /// The larger of each two elements; NaN where either is NaN.
  public func maximum(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operators.maximum(.tensor(self), .tensor(other))
  }
}

// Comparisons give `bool` tensors.
extension Tensor {
  /// Where two elements are equal; NaN equals nothing.
  public func isEqual(to other: Tensor) throws(TorchError) -> Tensor {
    try Operators.equal(.tensor(self), .tensor(other))
  }
  /// Where an element equals the number.
  public func isEqual(to value: Double) throws(TorchError) -> Tensor {
    try Operators.equalScalar(.tensor(self), .double(value))
  }
  /// x > value.
  public func isGreater(than value: Double) throws(TorchError) -> Tensor {
    try Operators.greater(.tensor(self), .double(value))
  }
  /// x > y with y the other's element.
  public func isGreater(than other: Tensor) throws(TorchError) -> Tensor {
    try Operators.greaterTensor(.tensor(self), .tensor(other))
  }
  /// x ≥ value.
  public func isAtLeast(_ value: Double) throws(TorchError) -> Tensor {
    try Operators.greaterEqual(.tensor(self), .double(value))
  }
  /// x < value.
  public func isLess(than value: Double) throws(TorchError) -> Tensor {
    try Operators.less(.tensor(self), .double(value))
  }
  /// Where both elements differ from zero.
  public func logicalAnd(_ other: Tensor) throws(TorchError) -> Tensor {
    try Operators.logicalAnd(.tensor(self), .tensor(other))
  }
  /// Where an element is zero or false.
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
