internal import CSparringTorch

/// An n-dimensional array of numbers that remembers how it was computed.
///
/// Every operation throws ``TorchError`` with LibTorch's own message when shapes or types do not
/// fit. Tensors are not `Sendable`: only plain values cross tasks.
public final class Tensor {
  /// One owned reference to LibTorch's tensor.
  let handle: ct_tensor

  init(owning handle: ct_tensor) {
    self.handle = handle
  }

  deinit { ct_tensor_release(handle) }

  /// The size of each dimension.
  public var shape: [Int] { (0..<rank).map { Int(ct_tensor_size(handle, Int64($0))) } }
  /// The number of dimensions.
  public var rank: Int { Int(ct_tensor_rank(handle)) }
  /// The number of elements.
  public var count: Int { Int(ct_tensor_count(handle)) }
  /// The number format; a format that ``DType`` does not know reads as `float32` after conversion.
  public var dtype: DType { DType(rawValue: ct_tensor_dtype(handle)) ?? .float32 }
  /// Where the elements lie; both sides of an operation must lie on one device.
  public var device: Device { Device(ct_tensor_device(handle)) }
  /// Whether the elements lie in memory in the order `[N, C, H, W]` (or `[N, H, W, C]`).
  public func isContiguous(channelsLast: Bool = false) -> Bool { ct_tensor_is_contiguous(handle, channelsLast) }

  /// The size of one dimension; negative indices count from the end.
  /// - Throws: ``TorchError`` when there is no such dimension.
  public func size(_ dimension: Int) throws(TorchError) -> Int {
    let index = dimension < 0 ? dimension + rank : dimension
    guard (0..<rank).contains(index) else {
      throw TorchError("dimension \(dimension) of a tensor of shape \(shape)")
    }
    return Int(ct_tensor_size(handle, Int64(index)))
  }
}

extension Tensor: CustomStringConvertible {
  /// Format, shape, device and the first eight numbers, for debugging.
  public var description: String {
    let values = (try? array(of: Double.self)) ?? []
    let shown = values.prefix(8).map { String($0) }.joined(separator: ", ")
    return "Tensor(\(dtype), shape \(shape), device \(device): [\(shown)\(values.count > 8 ? ", …" : "")])"
  }
}
