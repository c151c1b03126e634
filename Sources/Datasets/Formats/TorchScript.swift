import Foundation

/// The numbers in a TorchScript file. Such a file is a zip: beside code and a pickled tree of objects, which are left
/// alone, each tensor's bytes lie in an entry of their own, `data/0`, `data/1` and so on, in the order of the tree.
enum TorchScript {
  /// The bytes of each tensor.
  ///
  /// - Parameters:
  ///   - count: Tensors that the file is known to hold.
  ///   - mostBytes: All that they may have between them.
  /// - Throws: ``DatasetError`` for a broken zip, or one with other tensors.
  static func tensors(in path: String, count: Int, mostBytes: Int) throws(DatasetError) -> [Data] {
    var found: [Int: Data] = [:]
    var rest = mostBytes
    try Archive.forEachEntry(ofZip: path) { parts, size, contents throws(DatasetError) in
      guard parts.count >= 2, parts[parts.count - 2] == "data", let place = parts.last.flatMap({ Int($0) }) else {
        return
      }
      guard (0..<count).contains(place), found[place] == nil, size <= rest else {
        throw DatasetError("\(path) was refused: its tensor \(place) is none of the \(count) expected")
      }
      let data = try contents()
      guard data.count == size else { throw DatasetError("\(path) is a broken archive: fetch it again") }
      rest -= size
      found[place] = data
    }
    guard found.count == count else { throw DatasetError("\(path) holds \(found.count) tensors, not \(count)") }
    return (0..<count).compactMap { found[$0] }
  }
}
