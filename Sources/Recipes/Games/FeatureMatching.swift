import SparringDatasets
import SparringModels
import SparringObjectives
public import SparringTorch

/// What a generator minimises besides the distance of mean features, under `options.matching`.
public struct FeatureMatchingOptions: Codable, Sendable {
  /// Matches the outputs of all the trunk's layers, not of the last alone.
  public var matchesAllLayers = false
  /// The weight of the pull-away term, which spreads the generated examples (Dai et al. 2017).
  public var pullAwayWeight = 0.0
  /// The weight of avoiding examples that look more real than real ones do on average: a generator of the complement of
  /// the data (Dai et al. 2017).
  public var complementWeight = 0.0
  /// Shows the classifier as many examples of the averaged generator, too, so that it does not forget what the generator
  /// has left behind (a form of the historical averaging of Salimans et al. 2016); needs `generator.averageDecay`.
  public var showsAverage = false

  /// The defaults, to be changed one by one.
  public init() {}

  /// - Throws: ``TorchError`` naming the value out of range.
  public func validate() throws(TorchError) {
    try require(pullAwayWeight, named: "options.matching.pullAwayWeight", in: 0...1e6)
    try require(complementWeight, named: "options.matching.complementWeight", in: 0...1e6)
  }
}

/// The game of Salimans et al. 2016, section 5: a classifier whose class logits also say how real an example is, against
/// a generator that matches the mean of the classifier's features.
///
/// **Precondition**: the real logits and features come from a pass of the real examples alone. Generated ones pass
/// apart, so that batch normalisation neither gives them away by mixing the two nor learns statistics that inference
/// never meets.
struct FeatureMatching {
  /// What came of one pass of generated examples.
  struct Round {
    /// Half of −log D(x) − log(1 − D(G(z))), for the classifier.
    let discriminator: Tensor
    /// What the generator minimises.
    let generator: Tensor
    /// The classifier's logits for the generated examples, `[N, K]`.
    let logits: Tensor
    /// G(z) as the classifier was shown them, `[N, …]`.
    let examples: Tensor
    /// z.
    let latents: Tensor
  }

  let generator: Player<Generator>
  /// Examples that the generator makes in one step.
  let generatedCount: Int
  private let options: FeatureMatchingOptions
  private let latentRandom: RandomGenerator
  /// Varies generated examples as real ones are (Zhao et al. 2020); nil shows them as they are.
  private let augmentation: Augmentation?
  private let augmentationRandom: RandomGenerator

  init(
    _ generator: Player<Generator>, _ generatorOptions: GeneratorOptions, matching: FeatureMatchingOptions,
    in setting: Setting
  ) throws {
    guard !matching.showsAverage || generator.average != nil else {
      throw TorchError("options.matching.showsAverage needs an average: set options.generator.averageDecay")
    }
    (self.generator, generatedCount, options) = (generator, generatorOptions.batchSize, matching)
    latentRandom = try setting.random("latents")
    augmentation = generatorOptions.augments ? setting.augmentation : nil
    augmentationRandom = try setting.random("augmentation of generated images")
  }

  /// Examples that pass through a trained network in one round.
  var examplePasses: Int { (options.showsAverage ? 4 : 2) * generatedCount }

  /// One round against the classifier's pass over real examples.
  func round(against pass: FewLabelsPass, by classifier: Classifier) throws -> Round {
    let latents = try Tensor.normal([generatedCount, generator.network.latentSize], using: latentRandom)
    // Before the generator's own pass, whose graph must find its weights as they were.
    let averaged = options.showsAverage ? try generator.inferring { try $0(latents) } : nil
    let generated = try generator.network(latents)
    let shown = try augmentation?(generated, using: augmentationRandom) ?? generated
    let layers = try classifier.layers(of: shown, countsInStatistics: false)
    let logits = try classifier.logits(ofFeatures: layers.last ?? shown)
    var fake = try SemiSupervisedLoss.fake(classLogits: logits)
    if let averaged {
      let seen = try augmentation?(averaged, using: augmentationRandom) ?? averaged
      fake = try (fake + SemiSupervisedLoss.fake(classLogits: classifier(seen, countsInStatistics: false))) * 0.5
    }
    let discriminator = try (SemiSupervisedLoss.realUnlabelled(classLogits: pass.unlabelledLogits) + fake) * 0.5
    return Round(
      discriminator: discriminator,
      generator: try generatorLoss(layers: layers, logits: logits, against: pass), logits: logits, examples: shown,
      latents: latents)
  }

  private func generatorLoss(layers: [Tensor], logits: Tensor, against pass: FewLabelsPass) throws -> Tensor {
    let matched = options.matchesAllLayers ? layers.count : 1
    var loss = try SemiSupervisedLoss.featureMatching(
      realLayers: pass.unlabelledLayers.suffix(matched).map { try $0.detached().to(.float32) },
      fakeLayers: layers.suffix(matched).map { try $0.to(.float32) })
    if options.pullAwayWeight > 0, let features = layers.last {
      loss = try loss + SemiSupervisedLoss.pullAway(features: features.to(.float32)) * options.pullAwayWeight
    }
    if options.complementWeight > 0 {
      let threshold = try pass.unlabelledLogits.detached().logSumExp().mean()
      loss =
        try loss + SemiSupervisedLoss.complement(classLogits: logits, threshold: threshold) * options.complementWeight
    }
    return loss
  }

  /// Moves both players from the same pass, before either has moved.
  func step(_ classifier: Player<Classifier>, classifierLoss: Tensor, generatorLoss: Tensor) throws {
    let gradients = try classifier.gradients(of: classifierLoss, retainGraph: true)
    try generator.step(generator.gradients(of: generatorLoss))
    try classifier.step(gradients)
  }
}
