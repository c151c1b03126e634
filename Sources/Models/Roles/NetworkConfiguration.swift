public import SparringTorch

/// What a classifier, a discriminator or an encoder stands on.
///
/// In a configuration the keys of the family stand beside those of the role: `{family: residual, depth: 16, dropout: 0}`.
public struct TrunkConfiguration: Codable, Sendable {
  /// From examples to features.
  public var family: any TrunkFamily
  /// The share of features set to zero before the last layer while training.
  public var dropout = 0.0
  /// A run's folder, or a checkpoint, whose trunk this one begins with, a `.safetensors` file of a ResNet-18 in
  /// PyTorch's names, or the name of published weights (`inception`); empty for fresh weights.
  public var from = ""
  /// Whether the trunk stays as it began, and only what stands on it is trained.
  public var frozen = false

  /// A family with its sizes.
  public init(_ family: any TrunkFamily, dropout: Double = 0) {
    (self.family, self.dropout) = (family, dropout)
  }

  private enum Key: String, CodingKey {
    case family, dropout, from, frozen
  }

  /// The keys that every family's network has in this role.
  public static let commonKeys = ["dropout", "from", "frozen"]

  /// The same with another family, in its usual sizes; nil where none has that name.
  public func choosing(family name: String) -> TrunkConfiguration? {
    NetworkFamilies.trunk(named: name).map { type in
      var other = self
      other.family = type.init()
      return other
    }
  }

  /// - Throws: `DecodingError` for an unknown family.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    let name = try values.decode(String.self, forKey: .family)
    guard let type = NetworkFamilies.trunk(named: name) else {
      throw DecodingError.dataCorruptedError(forKey: .family, in: values, debugDescription: "no such family")
    }
    family = try type.init(from: decoder)
    dropout = try values.decode(Double.self, forKey: .dropout)
    from = try values.decode(String.self, forKey: .from)
    frozen = try values.decode(Bool.self, forKey: .frozen)
  }

  /// The role's keys, then the family's.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(type(of: family).name, forKey: .family)
    try values.encode(dropout, forKey: .dropout)
    try values.encode(from, forKey: .from)
    try values.encode(frozen, forKey: .frozen)
    try family.encode(to: encoder)
  }

  /// - Parameter key: Where this stands, such as `model.classifier`.
  /// - Throws: ``TorchError`` that names the key out of range.
  public func validate(under key: String) throws(TorchError) {
    try require(dropout, named: "\(key).dropout", in: 0..<1)
    try family.validate(under: key)
  }

  func trunk(
    exampleShape: [Int], using weights: RandomGenerator, noise: RandomGenerator
  ) throws(TorchError) -> any Trunk {
    try validate(under: "model")
    return try family.makeTrunk(exampleShape: exampleShape, using: weights, noise: noise)
  }
}

/// What a generator is.
public struct GeneratorConfiguration: Codable, Sendable {
  /// From latents to examples.
  public var family: any GeneratorFamily
  /// How many normal numbers an example is made from.
  public var latentSize = 100

  /// A family with its sizes.
  public init(_ family: any GeneratorFamily, latentSize: Int = 100) {
    (self.family, self.latentSize) = (family, latentSize)
  }

  private enum Key: String, CodingKey {
    case family, latentSize
  }

  /// The keys that every family's generator has.
  public static let commonKeys = ["latentSize"]

  /// The same with another family, in its usual sizes; nil where none has that name.
  public func choosing(family name: String) -> GeneratorConfiguration? {
    NetworkFamilies.generator(named: name).map { GeneratorConfiguration($0.init(), latentSize: latentSize) }
  }

  /// - Throws: `DecodingError` for an unknown family.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    let name = try values.decode(String.self, forKey: .family)
    guard let type = NetworkFamilies.generator(named: name) else {
      throw DecodingError.dataCorruptedError(forKey: .family, in: values, debugDescription: "no such family")
    }
    family = try type.init(from: decoder)
    latentSize = try values.decode(Int.self, forKey: .latentSize)
  }

  /// The role's keys, then the family's.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(type(of: family).name, forKey: .family)
    try values.encode(latentSize, forKey: .latentSize)
    try family.encode(to: encoder)
  }

  /// - Parameter key: Where this stands, such as `model.generator`.
  /// - Throws: ``TorchError`` that names the key out of range.
  public func validate(under key: String) throws(TorchError) {
    try require(latentSize, named: "\(key).latentSize", in: 1...65_536)
    try family.validate(under: key)
  }
}
