/// One of a few words in a configuration; any other word is an error that lists them.
public protocol NamedChoice: RawRepresentable<String>, CaseIterable, Codable, Sendable {}

extension NamedChoice {
  /// - Throws: `DecodingError.dataCorrupted`, described by the words there are, for another one.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let choice = Self(rawValue: try container.decode(String.self)) else {
      let words = Self.allCases.map(\.rawValue).joined(separator: ", ")
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "use \(words)")
    }
    self = choice
  }
}
