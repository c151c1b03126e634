public import Datasets
public import Models
import Objectives
public import Torch

/// A classifier that is also the discriminator (Salimans et al. 2016): besides naming the labelled
/// images it must tell real images from generated ones, so every unlabelled image teaches it what
/// the classes look like. The generator matches the mean of its features.
///
/// A moving average of the classifier may also teach it: the average names unlabelled images, and
/// where it is sure, the classifier must agree on a stronger augmentation (Sohn et al. 2020).
public final class SemiSupervisedGAN: Recipe, ImageClassifying, ImageGenerating {
  public static let name = "semi-supervised-gan"

  public struct Options: Codable, Sendable {
    /// Adam's decay of the gradient's mean, for the classifier and for the generator.
    public var beta1 = 0.9
    public var generatorBeta1 = 0.5
    public var generatorLearningRate = 1e-3
    public var weightDecay = 0.0
    public var labelSmoothing = 0.0
    /// The weight of telling real from generated; 0 leaves the generator out altogether.
    public var adversarialWeight = 1.0
    /// The weight of the average's pseudo-labels; 0 leaves them out.
    public var pseudoLabelWeight = 0.0
    /// The least probability at which a pseudo-label counts.
    public var pseudoLabelThreshold = 0.95
    /// Whether pseudo-labels are corrected towards equally frequent classes.
    public var alignsPseudoLabels = true
    /// The weight of the entropy of the unlabelled images' classes.
    public var entropyWeight = 0.0
    /// How much of the averaged weights survives one step.
    public var averageDecay = 0.99
    /// Images of each kind in one step.
    public var labelledBatchSize = 64
    public var unlabelledBatchSize = 128
    public var generatedBatchSize = 64

    public init() {}
  }

  public let classifier: ConvolutionalClassifier
  public let generator: DCGANGenerator
  public let latentSize: Int
  private let options: Options
  private let augmentation: Augmentation
  private let precision: Precision
  private let classifierOptimizer: AdamW
  private let generatorOptimizer: Adam
  private let average: ExponentialMovingAverage
  private let alignment: DistributionAlignment
  private let latentRandom: RandomGenerator
  private let augmentationRandom: RandomGenerator
  private let dropoutRandom: RandomGenerator
  private let classifierParameters: [Tensor]
  private let generatorParameters: [Tensor]

  public init(
    model: ClassifierConfiguration, generator generatorModel: DCGANConfiguration, options: Options = Options(),
    augmentation: Augmentation = .none, learningRate: Double = 1e-3,
    precision: Precision = .fp32, seed: UInt64, device: Device = .cpu
  ) throws {
    // The classifier begins exactly as the supervised one of the same seed.
    let classifierRandom = try RandomGenerator(seed: seed, purpose: "classifier weights", device: device)
    let generatorRandom = try RandomGenerator(seed: seed, purpose: "generator weights", device: device)
    dropoutRandom = try RandomGenerator(seed: seed, purpose: "dropout", device: device)
    augmentationRandom = try RandomGenerator(seed: seed, purpose: "augmentation", device: device)
    latentRandom = try RandomGenerator(seed: seed, purpose: "latents", device: device)
    classifier = try ConvolutionalClassifier(model, using: classifierRandom, dropoutRandom: dropoutRandom)
    generator = try DCGANGenerator(generatorModel, using: generatorRandom)
    latentSize = generatorModel.latentSize
    classifierOptimizer = try AdamW(
      parameters: classifier.trainedParameters, learningRate: learningRate, beta1: options.beta1,
      weightDecay: options.weightDecay)
    generatorOptimizer = try Adam(
      parameters: generator.trainedParameters, learningRate: options.generatorLearningRate,
      beta1: options.generatorBeta1)
    average = try ExponentialMovingAverage(of: classifier, decay: options.averageDecay, warmsUp: true)
    alignment = try DistributionAlignment(classCount: model.classCount, device: device)
    classifierParameters = classifier.trainedParameters.map(\.value)
    generatorParameters = generator.trainedParameters.map(\.value)
    (self.options, self.augmentation, self.precision) = (options, augmentation, precision)
  }

  public var networks: [Named<any Module>] {
    [Named("classifier", classifier), Named("generator", generator), Named("alignment", alignment)]
  }
  public var optimizers: [Named<any Optimizer>] {
    [Named("classifier", classifierOptimizer), Named("generator", generatorOptimizer)]
  }
  public var averages: [Named<ExponentialMovingAverage>] { [Named("classifier", average)] }
  public var generators: [Named<RandomGenerator>] {
    [
      Named("latents", latentRandom), Named("augmentation", augmentationRandom), Named("dropout", dropoutRandom),
    ]
  }

  public func step(_ batch: SemiSupervisedBatch) throws -> Losses {
    let labelledCount = try batch.labelled.images.size(0)
    let unlabelledCount = try batch.unlabelled.size(0)
    let labelled = try augmentation(batch.labelled.images, using: augmentationRandom)
    let unlabelled = try augmentation(batch.unlabelled, using: augmentationRandom)
    let teacher = options.pseudoLabelWeight > 0 ? try teacherProbabilities(of: batch.unlabelled) : nil

    let (classifierLoss, generatorLoss, parts) = try withAutocast(precision, on: unlabelled.device) {
      // One pass over all real images; generated ones stay apart, so that batch normalisation
      // neither mixes the two nor learns the wrong statistics.
      let realFeatures = try classifier.features(of: Tensor.concatenate([labelled, unlabelled]))
      let realLogits = try classifier.logits(ofFeatures: realFeatures)
      let named = try ClassificationLoss.crossEntropy(
        logits: realLogits.narrowed(0..<labelledCount), labels: batch.labelled.labels,
        smoothing: options.labelSmoothing)
      let unlabelledRange = labelledCount..<(labelledCount + unlabelledCount)
      let unlabelledLogits = try realLogits.narrowed(unlabelledRange)
      var loss = named
      if let teacher {
        let (agreement, _) = try SemiSupervisedLoss.pseudoLabel(
          studentLogits: unlabelledLogits, teacherProbabilities: teacher, threshold: options.pseudoLabelThreshold)
        loss = try loss + agreement * options.pseudoLabelWeight
      }
      if options.entropyWeight > 0 {
        loss = try loss + SemiSupervisedLoss.conditionalEntropy(classLogits: unlabelledLogits) * options.entropyWeight
      }
      guard options.adversarialWeight > 0 else { return (loss, Tensor?.none, (named, named)) }

      let fakeImages = try generator(Tensor.normal([options.generatedBatchSize, latentSize], using: latentRandom))
      let fakeFeatures = try classifier.features(of: fakeImages, movingStatistics: false)
      let fakeLogits = try classifier.logits(ofFeatures: fakeFeatures)
      let adversarial = try
        (SemiSupervisedLoss.realUnlabelled(classLogits: unlabelledLogits)
        + SemiSupervisedLoss.fake(classLogits: fakeLogits)) * 0.5
      let matching = try SemiSupervisedLoss.featureMatching(
        realFeatures: realFeatures.narrowed(unlabelledRange).detached().to(.float32),
        fakeFeatures: fakeFeatures.to(.float32))
      return (try loss + adversarial * options.adversarialWeight, matching, (named, adversarial))
    }

    let classifierGradients = try gradients(
      of: classifierLoss, withRespectTo: classifierParameters, retainGraph: generatorLoss != nil)
    let generatorGradients = try generatorLoss.map { try gradients(of: $0, withRespectTo: generatorParameters) }
    try classifierOptimizer.step(classifierGradients)
    if let generatorGradients { try generatorOptimizer.step(generatorGradients) }
    try average.update()
    let passes = labelledCount + unlabelledCount * (teacher == nil ? 1 : 2)
    guard let generatorLoss else { return try Losses(["classifier": parts.0], imagePasses: passes) }
    return try Losses(
      ["classifier": parts.0, "discriminator": parts.1, "generator": generatorLoss],
      imagePasses: passes + 2 * options.generatedBatchSize)
  }

  /// What the averaged classifier thinks of images as they are, `[N, K]`.
  private func teacherProbabilities(of images: Tensor) throws -> Tensor {
    let probabilities = try classLogits(of: images).softmax()
    return options.alignsPseudoLabels ? try withoutGradients { try alignment(probabilities) } : probabilities
  }

  public func classLogits(of images: Tensor) throws -> Tensor {
    try inferredLogits(of: images, by: classifier, average: average, precision: precision)
  }

  public func generateImages(from latents: Tensor) throws -> Tensor {
    try withoutGradients { try generator.inInferenceMode { try generator(latents) } }
  }
}
