import SparringDatasets
import SparringModels
import SparringObjectives
import SparringTorch

/// The game of Salimans et al. 2016, section 5: a classifier whose class logits also say how real an example is, against
/// a generator that matches the mean of the classifier's features.
///
/// **Precondition**: the real logits and features come from a pass of the real examples alone. Generated ones pass
/// apart, so that batch normalisation neither gives them away by mixing the two nor learns statistics that inference
/// never meets.
struct FeatureMatching {
  let generator: Player<Generator>
  /// Examples that the generator makes in one step.
  let generatedCount: Int
  private let latentRandom: RandomGenerator
  /// Varies generated examples as real ones are (Zhao et al. 2020); nil shows them as they are.
  private let augmentation: Augmentation?
  private let augmentationRandom: RandomGenerator

  init(_ generator: Player<Generator>, _ options: GeneratorOptions, in setting: Setting) throws {
    (self.generator, generatedCount) = (generator, options.batchSize)
    latentRandom = try setting.random("latents")
    augmentation = options.augments ? setting.augmentation : nil
    augmentationRandom = try setting.random("augmentation of generated images")
  }

  /// Examples that pass through a trained network in one round.
  var examplePasses: Int { 2 * generatedCount }

  /// Half of −log D(x) − log(1 − D(G(z))), for the classifier, and ‖E f(x) − E f(G(z))‖², for the generator.
  ///
  /// - Parameters:
  ///   - realLogits: Class logits of real examples, `[M, K]`.
  ///   - realFeatures: Their features, `[M, F]`.
  func losses(
    of classifier: Classifier, realLogits: Tensor, realFeatures: Tensor
  ) throws -> (discriminator: Tensor, generator: Tensor) {
    let latents = try Tensor.normal([generatedCount, generator.network.latentSize], using: latentRandom)
    let generated = try generator.network(latents)
    let shown = try augmentation?(generated, using: augmentationRandom) ?? generated
    let features = try classifier.features(of: shown, countsInStatistics: false)
    let logits = try classifier.logits(ofFeatures: features)
    return (
      try (SemiSupervisedLoss.realUnlabelled(classLogits: realLogits) + SemiSupervisedLoss.fake(classLogits: logits))
        * 0.5,
      try SemiSupervisedLoss.featureMatching(
        realFeatures: realFeatures.detached().to(.float32), fakeFeatures: features.to(.float32))
    )
  }

  /// Moves both players from the same pass, before either has moved.
  func step(_ classifier: Player<Classifier>, classifierLoss: Tensor, generatorLoss: Tensor) throws {
    let gradients = try classifier.gradients(of: classifierLoss, retainGraph: true)
    try generator.step(generator.gradients(of: generatorLoss))
    try classifier.step(gradients)
  }
}
