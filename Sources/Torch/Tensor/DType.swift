/// A tensor's number format; raw values are LibTorch's own.
public enum DType: Int32, Sendable, CaseIterable {
  case uint8 = 0
  case int8 = 1
  case int16 = 2
  case int32 = 3
  case int64 = 4
  case float16 = 5
  case float32 = 6
  case float64 = 7
  case bool = 11
  case bfloat16 = 15

  /// Bytes of one element.
  public var byteCount: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .int16, .float16, .bfloat16: 2
    case .int32, .float32: 4
    case .int64, .float64: 8
    }
  }

  /// Whether it holds fractions, and so can have gradients.
  public var isFloatingPoint: Bool {
    switch self {
    case .float16, .float32, .float64, .bfloat16: true
    default: false
    }
  }
}

/// A Swift type whose memory layout is that of a tensor's elements.
public protocol TensorElement: BitwiseCopyable, Sendable {
  static var dtype: DType { get }
}

extension UInt8: TensorElement {
  /// Whole numbers from 0 to 255, such as pixels.
  public static var dtype: DType { .uint8 }
}
extension Int8: TensorElement {
  /// Whole numbers from -128 to 127.
  public static var dtype: DType { .int8 }
}
extension Int16: TensorElement {
  /// Whole numbers of two bytes.
  public static var dtype: DType { .int16 }
}
extension Int32: TensorElement {
  /// Whole numbers of four bytes.
  public static var dtype: DType { .int32 }
}
extension Int64: TensorElement {
  /// Whole numbers of eight bytes, such as labels and indices.
  public static var dtype: DType { .int64 }
}
extension Float: TensorElement {
  /// Fractions of four bytes, the usual format.
  public static var dtype: DType { .float32 }
}
extension Double: TensorElement {
  /// Fractions of eight bytes.
  public static var dtype: DType { .float64 }
}
extension Bool: TensorElement {
  /// True or false, one byte, such as masks.
  public static var dtype: DType { .bool }
}
