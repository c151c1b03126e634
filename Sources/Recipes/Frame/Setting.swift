public import Foundation
public import SparringDatasets
public import SparringModels
public import SparringTorch

/// All that a recipe is made from besides its own options: the facts of the data, the networks for its roles, and what
/// every recipe shares.
public struct Setting {
  /// What networks must know of the data.
  public let data: DataFacts
  /// Varies real images, and what a discriminator sees.
  public let augmentation: Augmentation
  /// The rate before the schedule scales it; a recipe may give a network its own.
  public let learningRate: Double
  /// The number format of convolutions and matrix products.
  public let precision: Precision
  /// Gives the weights and every later draw.
  public let seed: UInt64
  /// Where everything is computed.
  public let device: Device
  /// How frequent each class is, as far as its labels tell, summing to 1; nil where nobody counted.
  public let classShares: [Double]?
  /// Where what frozen trunks say of images is kept (``PreparesExamples``); nil keeps nothing.
  public let featureFolder: URL?
  private let model: ModelConfiguration
  private let trunks: [NetworkRole: [String: Tensor]]

  /// - Parameters:
  ///   - model: The families and sizes of the networks.
  ///   - trunks: For roles whose network begins with another run's trunk: its parameters by their paths in the trunk.
  public init(
    data: DataFacts, model: ModelConfiguration = ModelConfiguration(), trunks: [NetworkRole: [String: Tensor]] = [:],
    augmentation: Augmentation = .none, learningRate: Double = 1e-3, precision: Precision = .fp32, seed: UInt64,
    device: Device = .cpu, classShares: [Double]? = nil, featureFolder: URL? = nil
  ) {
    (self.classShares, self.featureFolder) = (classShares, featureFolder)
    (self.data, self.model, self.trunks, self.augmentation) = (data, model, trunks, augmentation)
    (self.learningRate, self.precision, self.seed, self.device) = (learningRate, precision, seed, device)
  }

  /// A setting for networks of given families, without any data set at hand.
  ///
  /// - Parameter shape: Of one example.
  public init(
    shape: ExampleShape, classCount: Int = 0, classifier: TrunkConfiguration? = nil,
    generator: (any GeneratorFamily)? = nil, latentSize: Int = 100, discriminator: (any TrunkFamily)? = nil,
    augmentation: Augmentation = .none, learningRate: Double = 1e-3, precision: Precision = .fp32, seed: UInt64,
    device: Device = .cpu
  ) {
    var model = ModelConfiguration()
    if let classifier { model.classifier = classifier }
    if let generator { model.generator.family = generator }
    if let discriminator { model.discriminator.family = discriminator }
    model.generator.latentSize = latentSize
    self.init(
      data: DataFacts(
        name: shape.plural, shape: shape, classNames: (0..<max(0, classCount)).map(String.init)),
      model: model, augmentation: augmentation, learningRate: learningRate, precision: precision, seed: seed,
      device: device)
  }

  /// Draws for one purpose, apart from those for any other.
  public func random(_ purpose: String) throws(TorchError) -> RandomGenerator {
    try RandomGenerator(seed: seed, purpose: purpose, device: device)
  }

  /// Runs `body` with convolutions and matrix products in the setting's precision.
  public func computing<Result>(_ body: () throws -> Result) throws -> Result {
    try withAutocast(precision, on: device, body)
  }

  /// A classifier: with the same fresh weights in every recipe for the same seed.
  public func classifier() throws -> Classifier {
    try requireClasses()
    let network = try Classifier(
      model.classifier, exampleShape: data.shape.sizes, classCount: data.classCount,
      using: random("classifier weights"), noise: random("dropout"))
    try prepare(network.trunk, as: .classifier)
    return network
  }

  /// A ladder of the classifier's sizes.
  /// - Parameters: noise as ``SparringModels/Ladder`` has it.
  public func ladder(inputNoise: Double, noise: Double) throws -> Ladder {
    try requireClasses()
    guard trunks[.classifier] == nil, !model.classifier.frozen else {
      throw TorchError("a ladder begins with fresh weights that all train: leave model.classifier.from and .frozen out")
    }
    return try Ladder(
      model.classifier, exampleShape: data.shape.sizes, classCount: data.classCount, inputNoise: inputNoise,
      noise: noise, using: random("classifier weights"), noiseRandom: random("noise"))
  }

  /// - Throws: `TorchError` where there is nothing to tell apart.
  func requireClasses() throws(TorchError) {
    guard data.classCount > 1 else {
      throw TorchError("\(data.name) has \(data.classCount) classes; a classifier needs at least two to tell apart")
    }
  }

  /// A generator with fresh weights.
  /// - Parameter ofClasses: Whether a class can be asked for.
  public func generator(ofClasses: Bool = false) throws -> Generator {
    try Generator(
      model.generator, exampleShape: data.shape.sizes, classCount: ofClasses ? data.classCount : nil,
      using: random("generator weights"))
  }

  /// A discriminator.
  /// - Parameters:
  ///   - subject: What it judges.
  ///   - furtherChannels: What it is shown of images besides their own channels.
  public func discriminator(
    of subject: Discriminator.Subject = .example, furtherChannels: Int = 0
  ) throws -> Discriminator {
    var shape = data.shape.sizes
    if data.shape.isImage { shape[0] += furtherChannels }
    let network = try Discriminator(
      model.discriminator, of: subject, exampleShape: shape, using: random("discriminator weights"),
      noise: random("discriminator noise"))
    try prepare(network.trunk, as: .discriminator)
    return network
  }

  /// A restorer with fresh weights, to the channels of the data's images.
  /// - Parameter inputChannels: Of the images and of what is known of them.
  public func restorer(inputChannels: Int) throws -> Restorer {
    try Restorer(
      model.restorer, inputChannels: inputChannels, outputChannels: data.shape.sizes[0],
      using: random("restorer weights"))
  }

  /// The channels of the data's images.
  /// - Parameter purpose: What the recipe does, for the message.
  /// - Throws: `TorchError` in one line where the data are vectors.
  func imageChannels(for recipe: String, because purpose: String) throws(TorchError) -> Int {
    guard data.shape.isImage else {
      throw TorchError("\(recipe) \(purpose), but \(data.name) holds vectors: choose a data set of images")
    }
    return data.shape.sizes[0]
  }

  /// An encoder to the generator's latents.
  public func encoder() throws -> LatentEncoder {
    let network = try LatentEncoder(
      model.encoder, exampleShape: data.shape.sizes, latentSize: model.generator.latentSize,
      using: random("encoder weights"), noise: random("encoder noise"))
    try prepare(network.trunk, as: .encoder)
    return network
  }

  /// Another run's weights and the freezing, as the configuration says.
  private func prepare(_ trunk: any Trunk, as role: NetworkRole) throws(TorchError) {
    let reference = try referredWeights(of: role)
    if let weights = trunks[role] {
      do throws(TorchError) {
        try trunk.load(weights)
      } catch {
        throw TorchError(
          "model.\(role.rawValue).from: \(error.message): the trunks must have the same family, sizes, normalisation and shape of examples"
        )
      }
    }
    guard model[trunkOf: role]?.frozen ?? false else { return }
    if let reference, trunks[role] == nil {
      throw TorchError("model.\(role.rawValue).from: \(reference.title) are to be read before the network is made")
    }
    try trunk.freeze(asReference: reference != nil)
  }

  private func referredWeights(of role: NetworkRole) throws(TorchError) -> KnownWeights? {
    do throws(DatasetError) {
      return try model[trunkOf: role].flatMap { trunk throws(DatasetError) in try .referred(by: trunk.from) }
    } catch {
      throw TorchError("model.\(role.rawValue).from: \(error.message)")
    }
  }

  /// Where features of images by a frozen trunk are kept; nil where nothing is.
  func featureCache(of trunk: any Trunk, as role: NetworkRole) throws -> FeatureCache? {
    guard let featureFolder, var configuration = model[trunkOf: role] else { return nil }
    // The weights themselves count, not where they came from.
    (configuration.from, configuration.dropout) = ("", 0)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    var digest = Digest()
    digest.add(try encoder.encode(configuration))
    for parameter in trunk.namedParameters {
      digest.add(Data(parameter.path.utf8))
      digest.add(try parameter.value.to(.cpu).bytes())
    }
    return FeatureCache(
      in: featureFolder, identity: "\(digest.finish()) \(precision.rawValue)", featureCount: trunk.featureCount)
  }
}
