import Foundation
public import SparringTorch

/// NumPy's file of one array, format versions 1.0 to 3.0
/// (numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
///
/// The file may come from a stranger: what its header claims is checked against its size before anything is allocated,
/// and Python objects are never read.
public enum NPY {
  static let signature: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// The array of a file, row-major, on the CPU; unsigned numbers of more than one byte become signed, wider ones.
  /// - Throws: ``DatasetError`` when the file is truncated, too long, or no array of numbers.
  public static func read(_ path: String) throws -> Tensor {
    let data = try FileReading.mapped(path)
    let (header, start) = try header(data, path: path)
    let format = try NPYFormat(header.type, path: path)
    let expected = try byteCount(header, format, path: path)
    let found = data.count - start
    guard found == expected else {
      throw DatasetError(
        "\(path) is \(found < expected ? "truncated" : "too long"): its header promises \(expected) bytes of numbers, "
          + "\(found) follow")
    }
    // In Fortran's order the first index moves fastest: the array is its own transpose in memory.
    let shape = header.isFortranOrder ? header.shape.reversed() : header.shape
    let array = try format.tensor(data[(data.startIndex + start)...], shape: shape, path: path)
    return header.isFortranOrder ? try transposed(array) : array
  }

  /// The shape that a file's header states; nothing else is read.
  static func shape(of path: String) throws -> [Int] { try header(FileReading.mapped(path), path: path).0.shape }

  /// Writes a tensor, row-major and little-endian, replacing the file at once or not at all.
  /// - Throws: ``DatasetError`` when the file cannot be written, or for `bfloat16`, which NumPy lacks.
  public static func write(_ tensor: Tensor, to path: String) throws {
    guard let type = NPYFormat.name(of: tensor.dtype) else {
      throw DatasetError("\(path): NumPy has no numbers of the type \(tensor.dtype)")
    }
    let sizes = tensor.shape.map(String.init).joined(separator: ", ") + (tensor.rank == 1 ? "," : "")
    var text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(sizes)), }"
    // The numbers begin at a multiple of 64 bytes, and the header ends with a new line.
    text += String(repeating: " ", count: 63 - (10 + text.utf8.count) % 64) + "\n"
    let length = text.utf8.count
    var data = Data(signature + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)])
    data += Data(text.utf8)
    data += try tensor.to(.cpu).bytes()
    do {
      try AtomicFile.write(data, to: URL(fileURLWithPath: path))
    } catch {
      throw DatasetError("\(path) cannot be written: \(error)")
    }
  }

  /// The header, and where the numbers begin.
  private static func header(_ data: Data, path: String) throws(DatasetError) -> (NPYHeader, start: Int) {
    let bytes = [UInt8](data.prefix(12))
    guard bytes.starts(with: signature), bytes.count > 9 else {
      throw DatasetError("\(path) is no NumPy array: it does not begin as .npy files do")
    }
    guard (1...3).contains(bytes[6]) else {
      throw DatasetError("\(path) has version \(bytes[6]).\(bytes[7]) of NumPy's format; 1.0 to 3.0 are known")
    }
    let lengthSize = bytes[6] == 1 ? 2 : 4
    guard bytes.count >= 8 + lengthSize else { throw DatasetError("\(path) is truncated within its header") }
    let length = bytes[8..<8 + lengthSize].reversed().reduce(0) { $0 << 8 | Int($1) }
    let start = 8 + lengthSize + length
    guard start <= data.count else {
      throw DatasetError("\(path) is truncated: its header claims \(length) bytes, \(data.count) are in the file")
    }
    guard length <= 1 << 20 else {
      throw DatasetError("\(path) has a header of \(length) bytes, which cannot be right")
    }
    let text = data.dropFirst(8 + lengthSize).prefix(length)
    guard let header = NPYHeader([UInt8](text)) else {
      throw DatasetError("\(path) is no array of plain numbers: its header is \(shortened(text))")
    }
    return (header, start)
  }

  private static func shortened(_ text: Data) -> String {
    let line = String(decoding: text.prefix(80), as: UTF8.self).split(whereSeparator: \.isWhitespace)
    return line.joined(separator: " ") + (text.count > 80 ? "…" : "")
  }

  private static func byteCount(
    _ header: NPYHeader, _ format: NPYFormat, path: String
  ) throws(DatasetError) -> Int {
    var count = format.size
    for size in header.shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow else {
        throw DatasetError(
          "\(path): its header promises \(header.shape.map(String.init).joined(separator: "×")) numbers, "
            + "which cannot be right")
      }
      count = product
    }
    return count
  }

  private static func transposed(_ array: Tensor) throws -> Tensor {
    switch array.rank {
    case 0, 1: array
    case 2: try array.permuted(1, 0).contiguous()
    case 3: try array.permuted(2, 1, 0).contiguous()
    default: try array.permuted(3, 2, 1, 0).contiguous()
    }
  }
}
