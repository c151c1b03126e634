/// The Python dictionary at the head of a `.npy` file: three keys in any order.
struct NPYHeader: Equatable {
  /// As NumPy writes it, such as `<f4`.
  let type: String
  let isFortranOrder: Bool
  /// At most four sizes.
  let shape: [Int]

  /// nil for anything but a type in one word, a truth value and a tuple of sizes.
  init?(_ text: [UInt8]) {
    var scanner = Scanner(text: text)
    var (type, order, shape): (String?, Bool?, [Int]?)
    guard scanner.take("{") else { return nil }
    while !scanner.take("}") {
      guard let key = scanner.string(), scanner.take(":") else { return nil }
      switch key {
      case "descr" where type == nil: type = scanner.string()
      case "fortran_order" where order == nil: order = scanner.truth()
      case "shape" where shape == nil: shape = scanner.sizes()
      default: return nil
      }
      if !scanner.take(",") {
        guard scanner.take("}") else { return nil }
        break
      }
    }
    guard scanner.isAtEnd, let type, let order, let shape, shape.count <= 4 else { return nil }
    (self.type, isFortranOrder, self.shape) = (type, order, shape)
  }
}

/// Reads the few literals of Python that such a header holds.
private struct Scanner {
  let text: [UInt8]
  var position = 0

  var isAtEnd: Bool {
    mutating get {
      skipSpace()
      return position == text.count
    }
  }

  private mutating func skipSpace() {
    while position < text.count, [0x20, 0x09, 0x0a, 0x0d].contains(text[position]) { position += 1 }
  }

  mutating func take(_ word: StaticString) -> Bool {
    skipSpace()
    let bytes = word.withUTF8Buffer { Array($0) }
    guard text[position...].starts(with: bytes) else { return false }
    position += bytes.count
    return true
  }

  /// Without escapes: no type or key needs one.
  mutating func string() -> String? {
    skipSpace()
    guard position < text.count, let quote = [0x22, 0x27].first(where: { $0 == text[position] }),
      let end = text[(position + 1)...].firstIndex(of: quote)
    else { return nil }
    defer { position = end + 1 }
    return String(decoding: text[(position + 1)..<end], as: UTF8.self)
  }

  mutating func truth() -> Bool? { take("True") ? true : take("False") ? false : nil }

  /// `(3, 4)`, `(3,)`, `()`; Python 2 wrote `(3L,)`.
  mutating func sizes() -> [Int]? {
    guard take("(") else { return nil }
    var sizes: [Int] = []
    while !take(")") {
      guard let size = number() else { return nil }
      sizes.append(size)
      _ = take("L")
      if !take(",") { return take(")") ? sizes : nil }
    }
    return sizes
  }

  private mutating func number() -> Int? {
    skipSpace()
    let digits = text[position...].prefix { (0x30...0x39).contains($0) }
    position += digits.count
    return Int(String(decoding: digits, as: UTF8.self))
  }
}
