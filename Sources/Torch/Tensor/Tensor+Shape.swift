// Views, joins and selections. Views share memory with their source.

extension Tensor {
  /// The same elements in another shape; one dimension may be -1 and is worked out.
  public func reshaped(_ shape: [Int]) throws(TorchError) -> Tensor {
    try Operators.reshape(.tensor(self), .ints(shape))
  }
  /// The same with the sizes written out: `reshaped(-1, 3, 32, 32)`.
  public func reshaped(_ shape: Int...) throws(TorchError) -> Tensor { try reshaped(shape) }

  /// The dimensions in another order: `permuted(0, 2, 3, 1)` takes `[N, C, H, W]` to `[N, H, W, C]`.
  public func permuted(_ dimensions: Int...) throws(TorchError) -> Tensor {
    try Operators.permute(.tensor(self), .ints(dimensions))
  }
  /// Two dimensions swapped; the last two, unless told: `[…, M, N]` to `[…, N, M]`.
  public func transposed(_ first: Int = -2, _ second: Int = -1) throws(TorchError) -> Tensor {
    try Operators.transpose(.tensor(self), .int(first), .int(second))
  }
  /// Dimensions of size one repeated to `shape` without a copy; -1 keeps a size.
  public func expanded(_ shape: [Int]) throws(TorchError) -> Tensor {
    try Operators.expand(.tensor(self), .ints(shape))
  }
  /// A new dimension of size one before `dimension`; -1 puts it last.
  public func unsqueezed(_ dimension: Int) throws(TorchError) -> Tensor {
    try Operators.unsqueeze(.tensor(self), .int(dimension))
  }
  /// Drops `dimension` where its size is one; otherwise the shape stays.
  public func squeezed(_ dimension: Int) throws(TorchError) -> Tensor {
    try Operators.squeeze(.tensor(self), .int(dimension))
  }
  /// Joins the dimensions from `start` to the last: `[N, C, H, W]` to `[N, C·H·W]`.
  public func flattened(from start: Int = 1) throws(TorchError) -> Tensor {
    try Operators.flatten(.tensor(self), .int(start))
  }
  /// A copy with the order along the given dimensions reversed; `[N, C, H, W]` mirrored by -1.
  public func flipped(_ dimensions: Int...) throws(TorchError) -> Tensor {
    try Operators.flip(.tensor(self), .ints(dimensions))
  }
  /// Zeros (or `value`) around the last dimensions: `[left, right, top, bottom, …]`.
  public func padded(_ amounts: [Int], value: Double = 0) throws(TorchError) -> Tensor {
    try Operators.pad(.tensor(self), .ints(amounts), .string("constant"), .double(value))
  }

  /// The tensors one after the other along a dimension that they have: two `[N, F]` make `[2·N, F]`.
  /// - Throws: ``TorchError`` when their other sizes differ or there are none.
  public static func concatenate(_ tensors: [Tensor], along dimension: Int = 0) throws(TorchError) -> Tensor {
    try Operators.concatenate(.tensors(tensors), .int(dimension))
  }
  /// The tensors side by side along a new dimension: M of `[F]` make `[M, F]`.
  /// - Throws: ``TorchError`` when their shapes differ or there are none.
  public static func stack(_ tensors: [Tensor], along dimension: Int = 0) throws(TorchError) -> Tensor {
    try Operators.stack(.tensors(tensors), .int(dimension))
  }

  /// The rows named by `indices` (`int64`, `[M]`) along one dimension.
  public func indexSelect(_ indices: Tensor, along dimension: Int = 0) throws(TorchError) -> Tensor {
    try Operators.indexSelect(.tensor(self), .int(dimension), .tensor(indices))
  }
  /// One element per row: `result[i, j] = self[i, indices[i, j]]` along `dimension`.
  public func gather(_ indices: Tensor, along dimension: Int) throws(TorchError) -> Tensor {
    try Operators.gather(.tensor(self), .int(dimension), .tensor(indices))
  }
  /// The rows where a `bool` mask over the first dimension holds.
  public func rows(where mask: Tensor) throws(TorchError) -> Tensor {
    try Operators.index(.tensor(self), .optionalTensors([mask]))
  }
  /// Labels `[N]` as rows of zeros with a single one, `[N, classCount]`, `int64`.
  public func oneHot(classCount: Int) throws(TorchError) -> Tensor {
    try Operators.oneHot(.tensor(self), .int(classCount))
  }
  /// Elements `range` along one dimension, as a view.
  public func narrowed(_ range: Range<Int>, along dimension: Int = 0) throws(TorchError) -> Tensor {
    try Operators.slice(.tensor(self), .int(dimension), .int(range.lowerBound), .int(range.upperBound), 1)
  }
  /// Consecutive pieces of `size` rows; the last may be shorter.
  public func split(into size: Int, along dimension: Int = 0) throws(TorchError) -> [Tensor] {
    guard size > 0 else { throw TorchError("a tensor cannot be split into pieces of \(size)") }
    let length = try self.size(dimension)
    return try stride(from: 0, to: length, by: size).map { start throws(TorchError) in
      try narrowed(start..<min(start + size, length), along: dimension)
    }
  }
}

/// One dimension's part of a subscript.
public enum TensorIndex: Sendable, ExpressibleByIntegerLiteral {
  /// One position; the dimension disappears. Negative positions count from the end.
  case at(Int)
  /// The positions of a range.
  case range(Range<Int>)
  /// The whole dimension.
  case all
  /// A new dimension of size one.
  case new

  /// A plain number is one position: `tensor[0]` is `tensor[.at(0)]`.
  public init(integerLiteral value: Int) { self = .at(value) }
}

extension Tensor {
  /// A view by position: `try images[0, .all, .range(0..<4)]`.
  public subscript(_ indices: TensorIndex...) -> Tensor {
    get throws {
      var view = self
      var dimension = 0
      for index in indices {
        switch index {
        case .at(let position): view = try Operators.select(.tensor(view), .int(dimension), .int(position))
        case .range(let range):
          view = try view.narrowed(range, along: dimension)
          dimension += 1
        case .all: dimension += 1
        case .new:
          view = try view.unsqueezed(dimension)
          dimension += 1
        }
      }
      return view
    }
  }
}
