public import SparringDatasets
public import SparringTorch

/// A classical baseline that learns what patches look like without labels, and nothing else: dense SIFT descriptors
/// (Lowe 2004), a bag of visual words (Csurka et al. 2004) or Fisher vectors (Perronnin et al. 2010), and a linear support
/// vector machine for each class (Fan et al. 2008).
///
/// One step does it all. The margins serve as class logits; they were never fitted to be probabilities, so the calibration
/// error of this recipe says little.
public final class HandcraftedSIFT: Recipe, ImageClassifying, ExampleDescribing {
  /// The name on the command line and in checkpoints.
  public static let name = "handcrafted-sift"
  /// In one line.
  public static let summary =
    "dense SIFT, visual words or Fisher vectors, and a linear SVM: a baseline without networks"
  /// No network.
  public static let roles: [NetworkRole] = []
  /// Nothing is moved step by step.
  public static let fitsAtOnce = true
  /// Nothing that could drift.
  public static let failureSigns: [FailureSign] = []

  /// How a picture's patches become one vector.
  public enum Encoding: String, NamedChoice {
    /// How often each visual word occurs.
    case words
    /// How a mixture of Gaussians would have to move.
    case fisher
  }

  /// What may be chosen.
  public struct Options: RecipeOptions {
    /// How a picture's patches become one vector.
    public var encoding = Encoding.fisher
    /// Visual words, or Gaussians; 0 takes 256 words or 32 Gaussians.
    public var vocabularySize = 0
    /// Training images that the vocabulary is learnt from; their labels are not looked at.
    public var vocabularyImages = 1000
    /// Sides in pixels of a descriptor's cells, of which a patch has 4×4.
    public var binSizes = [4]
    /// Pixels between two patches; 0 takes a fourteenth of the shorter side, and at least 2.
    public var patchStep = 0
    /// C: how much a labelled image on the wrong side counts beside a wide margin.
    public var cost = 1.0

    /// The defaults, to be changed one by one.
    public init() {}

    /// - Throws: ``TorchError`` naming the value out of range.
    public func validate() throws(TorchError) {
      try require(vocabularySize, named: "options.vocabularySize", in: 0...16_384)
      guard vocabularySize != 1 else {
        throw TorchError("options.vocabularySize is 1, which tells nothing apart; use 0, or 2 and more")
      }
      try require(vocabularyImages, named: "options.vocabularyImages", in: 1...65_536)
      guard (1...16).contains(binSizes.count) else {
        throw TorchError("options.binSizes holds \(binSizes.count) sizes: give 1 to 16")
      }
      for size in binSizes { try require(size, named: "options.binSizes", in: 2...256) }
      try require(patchStep, named: "options.patchStep", in: 0...1024)
      try require(cost, named: "options.cost", in: 1e-9...1e9)
    }
  }

  /// Features to class margins.
  public let hyperplanes: Linear
  private let vocabulary: any PatchEncoding
  private let patches: DenseSIFT
  private let sampling: RandomGenerator
  private let options: Options
  private let setting: Setting
  /// More would add time, and hardly anything to a vocabulary.
  private static let vocabularyPatches = 50_000

  /// - Throws: `TorchError` for vectors, and pictures of fewer than 16 pixels or than a patch.
  public init(_ options: Options = Options(), in setting: Setting) throws {
    try options.validate()
    (self.options, self.setting) = (options, setting)
    let (channels, height, width) = try Handcrafted.pictureSizes(setting.data, for: Self.name)
    patches = try DenseSIFT(
      channels: channels, height: height, width: width, binSizes: options.binSizes, step: options.patchStep)
    vocabulary =
      switch options.encoding {
      case .words: try VisualWords(count: options.vocabularySize > 0 ? options.vocabularySize : 256)
      case .fisher: try FisherVectors(count: options.vocabularySize > 0 ? options.vocabularySize : 32)
      }
    hyperplanes = try Handcrafted.hyperplanes(features: vocabulary.featureCount, in: setting)
    sampling = try RandomGenerator(seed: setting.seed, purpose: "vocabulary")
  }

  /// All labelled images at once, and those for the vocabulary.
  public func batches(from data: TrainingData) throws -> any BatchSource<SemiSupervisedBatch> {
    let unlabelled = data.split?.unlabelled.count ?? data.dataset.count
    return try data.fewLabels(
      labelledBatchSize: data.labelledCount(), unlabelledBatchSize: min(options.vocabularyImages, unlabelled))
  }

  /// Learns the vocabulary, describes the labelled images by it, fits the hyperplanes.
  /// - Parameter batch: All labelled images, and others, on [-1, 1].
  /// - Returns: `squared-hinge`, after the fit.
  public func step(_ batch: SemiSupervisedBatch, at time: StepTime) throws -> Losses {
    try vocabulary.learn(from: sample(batch.unlabelled), seed: setting.seed)
    let described = try features(of: batch.labelled.images)
    try hyperplanes.take(
      LinearSVM(
        features: described, labels: batch.labelled.labels.integers(), classCount: setting.data.classCount,
        cost: options.cost, seed: setting.seed))
    let margins = try withoutGradients { try hyperplanes(described.to(setting.device)) }
    return try Losses(
      [.squaredHinge: LinearSVM.squaredHinge(margins: margins, labels: batch.labelled.labels)],
      imagePasses: batch.labelled.images.shape[0] + batch.unlabelled.shape[0])
  }

  /// Margins `[N, K]` of images `[N, C, H, W]` on [-1, 1], the largest for the class that is named.
  public func classLogits(of images: Tensor) throws -> Tensor {
    try withoutGradients { try hyperplanes(features(of: images).to(setting.device)) }
  }

  /// Patches are learnt from images alone.
  public var featuresKnowLabels: Bool { false }

  /// Visual words or Fisher vectors `[N, F]` of images `[N, C, H, W]` on [-1, 1], on the CPU.
  public func features(of examples: Tensor) throws -> Tensor {
    var features: [Float] = []
    try patches.forEach(examples) { features += try vocabulary.encode($0) }
    return try Tensor(features, shape: [examples.shape[0], vocabulary.featureCount])
  }

  /// As many patches of each image as the vocabulary can learn from, drawn by lot.
  private func sample(_ images: Tensor) throws -> PatchDescriptors {
    let share = max(1, Self.vocabularyPatches / images.shape[0])
    var sampled = PatchDescriptors()
    try patches.forEach(images) { found in
      for patch in try Tensor.permutation(found.count, using: sampling).integers().prefix(share) {
        let width = PatchDescriptors.width
        sampled.values += found.values[patch * width..<(patch + 1) * width]
        sampled.places.append(found.places[patch])
      }
    }
    return sampled
  }
}
