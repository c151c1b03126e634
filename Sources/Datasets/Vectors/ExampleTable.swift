import SparringTorch

/// The rows of one file, before they are scaled or parted: examples, and a class for some of them.
struct ExampleTable {
  /// The file.
  let path: String
  /// `[N, F]` of any number format, or `[N, C, H, W]` of `uint8`; N at least 1.
  let examples: Tensor
  /// What the file calls each row's class; nil where it has none.
  let labels: [String?]
  /// What each feature is called, where the file says.
  var featureNames: [String]?
  /// The line of each row, where the file has lines.
  var lines: [Int]?

  var count: Int { labels.count }
  var shape: ExampleShape {
    let sizes = examples.shape
    return sizes.count == 4
      ? .image(channels: sizes[1], height: sizes[2], width: sizes[3]) : .vector(features: sizes[1])
  }

  /// How a message names a row.
  func rowName(_ row: Int) -> String { lines.map { "line \($0[row])" } ?? "row \(row)" }
}

// Arrays as examples and labels.
extension ExampleTable {
  /// - Parameters:
  ///   - array: `[N, F]` of numbers, or pictures of `uint8`: `[N, H, W]`, `[N, H, W, C]` or `[N, C, H, W]`.
  ///   - labels: Whole numbers, `[N]`; -1 for none.
  ///   - what: The file, and where it holds several arrays the name of this one.
  /// - Throws: ``DatasetError`` for another shape, pictures that could be read in two ways, and numbers that are not
  ///   finite.
  init(path: String, array: Tensor, labels: Tensor?, what: String, labelsIn labelWhat: String) throws {
    examples = try Self.examples(array, what: what)
    let count = examples.shape[0]
    self.labels =
      try labels.map { try Self.labels($0, count: count, what: labelWhat) } ?? Array(repeating: nil, count: count)
    self.path = path
    if examples.rank == 2 { try requireFinite(what) }
  }

  private static func examples(_ array: Tensor, what: String) throws -> Tensor {
    guard array.count > 0 else { throw DatasetError("\(what) holds no examples: its shape is \(array.shape)") }
    switch array.rank {
    case 2: return array.dtype == .bool ? try array.to(.uint8) : array
    case 3, 4: break
    default:
      throw DatasetError(
        "\(what) has the shape \(array.shape): examples are rows [N, F], or pictures of bytes [N, H, W] to [N, C, H, W]"
      )
    }
    guard array.dtype == .uint8 else {
      throw DatasetError(
        "\(what) has the shape \(array.shape) of pictures but holds \(array.dtype): pictures are bytes (uint8) from 0 "
          + "to 255, vectors have two dimensions")
    }
    if array.rank == 3 { return try array.unsqueezed(1) }
    let (first, last) = ([1, 3].contains(array.shape[1]), [1, 3].contains(array.shape[3]))
    guard first != last else {
      throw DatasetError(
        first
          ? "\(what) has the shape \(array.shape), which may be [N, C, H, W] or [N, H, W, C]: save it in another size"
          : "\(what) has the shape \(array.shape), but pictures have 1 or 3 channels, first or last")
    }
    return first ? array : try array.permuted(0, 3, 1, 2).contiguous()
  }

  private static func labels(_ labels: Tensor, count: Int, what: String) throws -> [String?] {
    guard labels.shape == [count] || labels.shape == [count, 1] else {
      throw DatasetError("\(what) has the shape \(labels.shape), but \(count) examples need \(count) labels")
    }
    return try labels.array(of: Double.self).enumerated().map { row, value in
      guard value == value.rounded(), value >= -1, value < 0x1p53 else {
        throw DatasetError("\(what), row \(row): the label \(value) is no whole number from 0, nor -1 for none")
      }
      return value < 0 ? nil : "\(Int(value))"
    }
  }

  private static let largest = 1e30

  private func requireFinite(_ what: String) throws {
    guard examples.dtype.isFloatingPoint else { return }
    let size = max(1, 1 << 20 / max(1, examples.shape[1]))
    var row = 0
    for part in try examples.split(into: size) {
      // What is not a number makes the largest not a number either.
      if try !(part.to(.float64).absolute().maximum().item() <= Self.largest) {
        let values = try part.array(of: Double.self)
        guard let place = values.firstIndex(where: { !($0.magnitude <= Self.largest) }) else { continue }
        let width = examples.shape[1]
        throw DatasetError(
          "\(what), row \(row + place / width), feature \(place % width) is \(values[place]): a feature is a number "
            + "between -1e30 and 1e30")
      }
      row += size
    }
  }
}
