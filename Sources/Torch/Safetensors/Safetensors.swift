public import Foundation

/// Named tensors in one file that runs no code when read: the format of Hugging Face's
/// `safetensors`, which Python and others read and write too.
public enum Safetensors {
  /// Reads every tensor of a file, on the CPU, and its metadata.
  ///
  /// The file may come from a stranger: whatever its header claims is checked against the file before
  /// anything is allocated.
  /// - Throws: ``SafetensorsError`` when the file cannot be read or is not sound in every respect.
  public static func read(
    _ file: URL
  ) throws(SafetensorsError) -> (tensors: [String: Tensor], metadata: [String: String]) {
    func wrong(_ reason: String) -> SafetensorsError { SafetensorsError(file: file.path, reason: reason) }
    let data: Data
    do {
      data = try Data(contentsOf: file, options: .alwaysMapped)
    } catch {
      throw wrong("cannot be read: \(error.localizedDescription)")
    }
    guard data.count >= 8 else { throw wrong("is no safetensors file: it has only \(data.count) bytes") }
    let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(SafetensorsHeader.largestSize) else {
      throw wrong("is no safetensors file, or a hostile one: its header claims \(length) bytes")
    }
    let start = 8 + Int(length)
    guard start <= data.count else {
      throw wrong("is truncated: its header claims \(length) bytes, but \(data.count - 8) follow")
    }
    do {
      let header = try SafetensorsHeader(parsing: data[8..<start], payload: data.count - start)
      var tensors: [String: Tensor] = [:]
      for entry in header.entries {
        let range = start + entry.range.lowerBound..<start + entry.range.upperBound
        tensors[entry.name] = try tensor(entry, data[range])
      }
      return (tensors, header.metadata)
    } catch let problem as HeaderProblem {
      throw wrong(problem.reason)
    } catch {
      throw wrong("\(error)")
    }
  }

  private static func tensor(_ entry: SafetensorsHeader.Entry, _ bytes: Data) throws(TorchError) -> Tensor {
    guard entry.dtype == .bool else { return try Tensor(bytes: bytes, shape: entry.shape, dtype: entry.dtype) }
    // Any byte but 0 and 1 would be undefined behaviour in a bool; let LibTorch decide what is not zero.
    return try Tensor(bytes: bytes, shape: entry.shape, dtype: .uint8).to(.bool)
  }

  /// Writes tensors and metadata to a file, replacing it at once or not at all.
  ///
  /// The same contents always give the same bytes.
  /// - Throws: ``SafetensorsError`` when the file cannot be written, as on a full disk; a file that
  ///   was there before is then still whole.
  public static func write(
    _ tensors: [String: Tensor], metadata: [String: String] = [:], to file: URL
  ) throws(SafetensorsError) {
    do {
      try writeAtomically(to: file) { output in
        let (header, ordered) = try layout(tensors, metadata)
        let text = try header.encoded()
        guard text.count <= SafetensorsHeader.largestSize else { throw TorchError("has too large a header") }
        try output.write(Data((0..<8).map { UInt8(truncatingIfNeeded: text.count >> ($0 * 8)) }))
        try output.write(text)
        for tensor in ordered { try output.write(try tensor.bytes()) }
      }
    } catch {
      throw SafetensorsError(file: file.path, reason: "cannot be written: \(error)")
    }
  }

  /// Widest elements first, so that each tensor is aligned; then by name.
  private static func layout(
    _ tensors: [String: Tensor], _ metadata: [String: String]
  ) throws(TorchError) -> (header: SafetensorsHeader, ordered: [Tensor]) {
    guard tensors[SafetensorsHeader.metadataKey] == nil else {
      throw TorchError("no tensor may be called '\(SafetensorsHeader.metadataKey)'")
    }
    let ordered = tensors.sorted { (-$0.value.dtype.byteCount, $0.key) < (-$1.value.dtype.byteCount, $1.key) }
    var begin = 0
    let entries = ordered.map { name, tensor in
      let end = begin + tensor.count * tensor.dtype.byteCount
      defer { begin = end }
      return SafetensorsHeader.Entry(name: name, dtype: tensor.dtype, shape: tensor.shape, range: begin..<end)
    }
    return (SafetensorsHeader(entries: entries, metadata: metadata), ordered.map(\.value))
  }
}
