public import SparringTorch

/// Damaged images, with what is known of the damage as further channels, to images of the same size.
public final class Restorer: Module {
  /// The network itself.
  public let body: any Layer

  /// Fresh weights.
  /// - Parameters:
  ///   - inputChannels: Of the images and of what is known of them.
  ///   - outputChannels: Of the images.
  /// - Throws: ``TorchError`` for sizes out of range.
  public init(
    _ configuration: RestorerConfiguration, inputChannels: Int, outputChannels: Int, using weights: RandomGenerator
  ) throws(TorchError) {
    try configuration.validate(under: "model.restorer")
    body = try configuration.family.makeBody(
      inputChannels: inputChannels, outputChannels: outputChannels, using: weights)
  }

  /// `[N, inputChannels, H, W]` to `[N, outputChannels, H, W]` of `float32`, without bounds.
  public func callAsFunction(_ images: Tensor) throws -> Tensor { try body(images) }
}

/// What a restorer is.
public struct RestorerConfiguration: Codable, Sendable {
  /// From images to images.
  public var family: any RestorerFamily

  /// A family with its sizes.
  public init(_ family: any RestorerFamily) { self.family = family }

  private enum Key: String, CodingKey {
    case family
  }

  /// The same with another family, in its usual sizes; nil where none has that name.
  public func choosing(family name: String) -> RestorerConfiguration? {
    NetworkFamilies.restorer(named: name).map { RestorerConfiguration($0.init()) }
  }

  /// - Throws: `DecodingError` for an unknown family.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    let name = try values.decode(String.self, forKey: .family)
    guard let type = NetworkFamilies.restorer(named: name) else {
      throw DecodingError.dataCorruptedError(forKey: .family, in: values, debugDescription: "no such family")
    }
    family = try type.init(from: decoder)
  }

  /// The family's name, then its keys.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(type(of: family).name, forKey: .family)
    try family.encode(to: encoder)
  }

  /// - Parameter key: Where this stands, such as `model.restorer`.
  /// - Throws: ``TorchError`` that names the key out of range.
  public func validate(under key: String) throws(TorchError) { try family.validate(under: key) }
}
