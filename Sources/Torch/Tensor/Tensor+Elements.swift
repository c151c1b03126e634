internal import CSparringTorch
public import Foundation

// Swift's numbers and raw bytes in and out.

extension Tensor {
  /// A tensor from raw bytes, row-major, in this machine's byte order.
  /// - Throws: ``TorchError`` when the bytes do not fill the shape exactly.
  public convenience init(bytes: Data, shape: [Int], dtype: DType) throws(TorchError) {
    let made: Result<ct_tensor, TorchError> = bytes.withUnsafeBytes { Tensor.make($0, shape, dtype) }
    self.init(owning: try made.get())
  }

  /// A tensor from numbers in row-major order.
  /// - Throws: ``TorchError`` when the numbers do not fill the shape exactly.
  public convenience init<Element: TensorElement>(_ elements: [Element], shape: [Int]) throws(TorchError) {
    let made: Result<ct_tensor, TorchError> = elements.withUnsafeBytes { Tensor.make($0, shape, Element.dtype) }
    self.init(owning: try made.get())
  }

  /// A vector, `[elements.count]`.
  public convenience init<Element: TensorElement>(_ elements: [Element]) throws(TorchError) {
    try self.init(elements, shape: [elements.count])
  }

  /// Indices, `[indices.count]` of `int64`.
  public convenience init(indices: [Int]) throws(TorchError) {
    try self.init(indices.map(Int64.init), shape: [indices.count])
  }

  private static func make(
    _ bytes: UnsafeRawBufferPointer, _ shape: [Int], _ dtype: DType
  ) -> Result<ct_tensor, TorchError> {
    guard shape.allSatisfy({ $0 >= 0 }) else { return .failure(TorchError("a tensor cannot have shape \(shape)")) }
    var created: ct_tensor?
    let sizes = shape.map(Int64.init)
    do throws(TorchError) {
      try check(
        ct_tensor_from_bytes(bytes.baseAddress, bytes.count, sizes, sizes.count, dtype.rawValue, &created))
    } catch {
      return .failure(error)
    }
    return created.map(Result.success) ?? .failure(TorchError("no tensor was made"))
  }

  /// The elements in row-major order, converted to `Element` where the format differs.
  public func array<Element: TensorElement>(of type: Element.Type = Element.self) throws(TorchError) -> [Element] {
    // On the CPU first: not every device has every format.
    let source = dtype == Element.dtype ? self : try to(.cpu).to(Element.dtype)
    var message: UnsafeMutablePointer<CChar>?
    let elements = [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      message = ct_tensor_to_bytes(source.handle, buffer.baseAddress, count * MemoryLayout<Element>.stride)
      initialized = message == nil ? count : 0
    }
    withExtendedLifetime(source) {}
    try check(message)
    return elements
  }

  /// The elements as integers, row-major.
  public func integers() throws(TorchError) -> [Int] { try array(of: Int64.self).map(Int.init) }

  /// The only element as a number.
  /// - Throws: ``TorchError`` when the tensor holds more or fewer than one.
  public func item() throws(TorchError) -> Double {
    guard count == 1 else { throw TorchError("a tensor of shape \(shape) is no single number") }
    return try array(of: Double.self)[0]
  }

  /// The elements' bytes in row-major order.
  public func bytes() throws(TorchError) -> Data {
    var data = Data(count: count * dtype.byteCount)
    let size = data.count
    let message = data.withUnsafeMutableBytes { ct_tensor_to_bytes(handle, $0.baseAddress, size) }
    try check(message)
    return data
  }
}
