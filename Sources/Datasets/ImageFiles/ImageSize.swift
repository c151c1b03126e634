/// Height and width in pixels, written as `32` for a square and as `48x64` (height x width) for anything else.
public struct ImageSize: Hashable, Sendable {
  /// Pixels from top to bottom.
  public let height: Int
  /// Pixels from left to right.
  public let width: Int

  /// Of any shape.
  public init(height: Int, width: Int) {
    (self.height, self.width) = (height, width)
  }

  /// A square.
  public init(_ side: Int) {
    self.init(height: side, width: side)
  }

  /// nil for anything but `32`, `48x64` or `48×64`.
  public init?(_ text: String) {
    let sides = text.split(omittingEmptySubsequences: false, whereSeparator: { "xX×".contains($0) }).map { Int($0) }
    guard (1...2).contains(sides.count), let height = sides[0], let width = sides[sides.count - 1] else { return nil }
    self.init(height: height, width: width)
  }
}

extension ImageSize: CustomStringConvertible, Codable {
  /// As it is written.
  public var description: String { height == width ? "\(height)" : "\(height)x\(width)" }

  /// - Throws: ``DatasetError`` that names the key and both forms.
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    let text = try (try? value.decode(String.self)) ?? "\(value.decode(Int.self))"
    guard let size = ImageSize(text) else {
      let key = decoder.codingPath.map(\.stringValue).joined(separator: ".")
      throw DatasetError("\(key) cannot be '\(text)'; use 32, or 48x64 (height x width)")
    }
    self = size
  }

  /// Writes a number for a square, words for anything else.
  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    if height == width { try value.encode(height) } else { try value.encode(description) }
  }
}

extension ImageSize: ExpressibleByIntegerLiteral {
  /// A square.
  public init(integerLiteral side: Int) {
    self.init(side)
  }
}
