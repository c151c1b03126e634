public import SparringModels
public import SparringTorch

/// What a network is for. A recipe asks for roles; the configuration says what fills them.
public enum NetworkRole: String, Codable, Sendable, CaseIterable {
  /// Examples to features and class logits.
  case classifier
  /// Latents to examples.
  case generator
  /// Examples to one logit: real or generated.
  case discriminator
  /// Examples to latents.
  case encoder
  /// Damaged images to images.
  case restorer
}

/// The families and sizes of the networks that fill the roles; the shape of examples and the count of classes in them
/// follow the data.
public struct ModelConfiguration: Codable, Sendable {
  /// Examples to class logits.
  public var classifier = TrunkConfiguration(ConvolutionalFamily())
  /// Latents to examples.
  public var generator = GeneratorConfiguration(DCGANGeneratorFamily())
  /// Examples to one logit.
  public var discriminator = TrunkConfiguration(DCGANFamily())
  /// Examples to latents.
  public var encoder = TrunkConfiguration(DCGANFamily())
  /// Damaged images to images.
  public var restorer = RestorerConfiguration(UNetFamily())

  /// The defaults, to be changed one by one.
  public init() {}

  /// The defaults for vectors: every family is the fully connected one, in its usual sizes where the recipe has none.
  public var forVectors: ModelConfiguration {
    var model = self
    if !(generator.family is FullyConnectedGeneratorFamily) {
      model.generator = GeneratorConfiguration(FullyConnectedGeneratorFamily(), latentSize: generator.latentSize)
    }
    for path in [\ModelConfiguration.classifier, \.discriminator, \.encoder]
    where !(self[keyPath: path].family is FullyConnectedFamily) {
      model[keyPath: path] = TrunkConfiguration(FullyConnectedFamily(), dropout: self[keyPath: path].dropout)
    }
    return model
  }

  /// What stands under a role that is built on a trunk; nil for the generator and the restorer.
  public subscript(trunkOf role: NetworkRole) -> TrunkConfiguration? {
    switch role {
    case .classifier: classifier
    case .discriminator: discriminator
    case .encoder: encoder
    case .generator, .restorer: nil
    }
  }

  /// Takes on what another configuration says of a role.
  public mutating func take(_ role: NetworkRole, from other: ModelConfiguration) {
    switch role {
    case .classifier: classifier = other.classifier
    case .generator: generator = other.generator
    case .discriminator: discriminator = other.discriminator
    case .encoder: encoder = other.encoder
    case .restorer: restorer = other.restorer
    }
  }

  /// - Throws: `TorchError` naming the key whose value is out of range, whatever the data are.
  public func validate(_ roles: [NetworkRole]) throws(TorchError) {
    for role in roles {
      let key = "model.\(role.rawValue)"
      switch role {
      case .generator: try generator.validate(under: key)
      case .restorer: try restorer.validate(under: key)
      case .classifier, .discriminator, .encoder: try self[trunkOf: role]?.validate(under: key)
      }
    }
  }
}
