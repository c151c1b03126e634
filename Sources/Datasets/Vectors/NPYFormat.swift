import Foundation
import SparringTorch

/// How a `.npy` file stores one number.
struct NPYFormat {
  /// Bytes of one number.
  let size: Int
  private let kind: Character
  private let isBigEndian: Bool

  private static let sizes: [Character: [Int]] = ["f": [2, 4, 8], "i": [1, 2, 4, 8], "u": [1, 2, 4, 8], "b": [1]]

  /// - Parameter type: As NumPy writes it, such as `<f4`.
  /// - Throws: ``DatasetError`` for text, complex numbers, dates and Python objects.
  init(_ type: String, path: String) throws(DatasetError) {
    let letters = Array(type)
    guard letters.count > 2, "<>|=".contains(letters[0]), let size = Int(String(letters[2...])),
      Self.sizes[letters[1]]?.contains(size) == true
    else {
      if let kind = letters.dropFirst().first, "US".contains(kind) {
        throw DatasetError(
          "\(path) holds text: save whole numbers, such as numpy.unique(words, return_inverse=True)[1] for classes")
      }
      let what = type.hasSuffix("O") ? "Python objects" : "entries of the type '\(type)'"
      throw DatasetError("\(path) holds \(what): save numbers, such as array.astype('float32')")
    }
    (self.size, kind, isBigEndian) = (size, letters[1], letters[0] == ">" && size > 1)
  }

  /// The type of a tensor's numbers as NumPy writes it; nil for those that it lacks.
  static func name(of dtype: DType) -> String? {
    switch dtype {
    case .uint8: "|u1"
    case .int8: "|i1"
    case .int16: "<i2"
    case .int32: "<i4"
    case .int64: "<i8"
    case .float16: "<f2"
    case .float32: "<f4"
    case .float64: "<f8"
    case .bool: "|b1"
    case .bfloat16: nil
    }
  }

  /// Numbers as a tensor; their count fits `shape`.
  func tensor(_ bytes: Data, shape: [Int], path: String) throws -> Tensor {
    let bytes = isBigEndian ? swapped(bytes) : bytes
    switch (kind, size) {
    case ("f", 2): return try Tensor(bytes: bytes, shape: shape, dtype: .float16)
    case ("f", 4): return try Tensor(bytes: bytes, shape: shape, dtype: .float32)
    case ("f", _): return try Tensor(bytes: bytes, shape: shape, dtype: .float64)
    case ("i", 1): return try Tensor(bytes: bytes, shape: shape, dtype: .int8)
    case ("i", 2): return try Tensor(bytes: bytes, shape: shape, dtype: .int16)
    case ("i", 4): return try Tensor(bytes: bytes, shape: shape, dtype: .int32)
    case ("i", _): return try Tensor(bytes: bytes, shape: shape, dtype: .int64)
    case ("u", 2): return try Tensor(numbers(bytes, as: UInt16.self).map(Int32.init), shape: shape)
    case ("u", 4): return try Tensor(numbers(bytes, as: UInt32.self).map(Int64.init), shape: shape)
    case ("u", 8):
      let signed = numbers(bytes, as: UInt64.self).map { Int64(exactly: $0) }
      guard !signed.contains(nil) else { throw DatasetError("\(path) holds whole numbers above \(Int64.max)") }
      return try Tensor(signed.compactMap(\.self), shape: shape)
    // A truth value is any byte: 0, or not.
    default: return try Tensor(bytes: bytes, shape: shape, dtype: .uint8)
    }
  }

  private func swapped(_ bytes: Data) -> Data {
    var turned = [UInt8](bytes)
    for start in stride(from: 0, to: turned.count, by: size) { turned[start..<start + size].reverse() }
    return Data(turned)
  }

  private func numbers<Number: FixedWidthInteger & BitwiseCopyable>(_ bytes: Data, as type: Number.Type) -> [Number] {
    bytes.withUnsafeBytes { buffer in
      stride(from: 0, to: buffer.count, by: size).map {
        Number(littleEndian: buffer.loadUnaligned(fromByteOffset: $0, as: Number.self))
      }
    }
  }
}
