public import SparringDatasets
public import SparringTorch

/// A classical baseline without any learnt features: histograms of oriented gradients (Dalal and Triggs 2005) and a linear
/// support vector machine for each class (Fan et al. 2008).
///
/// One step does it all: it describes every labelled image and fits the hyperplanes. Their margins serve as class logits;
/// they were never fitted to be probabilities, so the calibration error of this recipe says little.
public final class HandcraftedHOG: Recipe, ImageClassifying, ExampleDescribing {
  /// The name on the command line and in checkpoints.
  public static let name = "handcrafted-hog"
  /// In one line.
  public static let summary = "histograms of oriented gradients and a linear SVM: a baseline without learnt features"
  /// No network.
  public static let roles: [NetworkRole] = []
  /// Nothing is moved step by step.
  public static let fitsAtOnce = true
  /// Nothing that could drift.
  public static let failureSigns: [FailureSign] = []

  /// Which numbers describe a cell.
  public enum Variant: String, NamedChoice {
    /// Directed and undirected orientations and texture (Felzenszwalb et al. 2010).
    case felzenszwalb
    /// Undirected orientations, as each of the four blocks that the cell lies in normalises them (Dalal and Triggs 2005).
    case dalalTriggs = "dalal-triggs"
  }

  /// What may be chosen.
  public struct Options: RecipeOptions {
    /// Which numbers describe a cell.
    public var variant = Variant.felzenszwalb
    /// Side of a cell in pixels; 0 takes a seventh of the shorter side, and at least 4.
    public var cellSize = 0
    /// Orientations that a cell tells apart, over half a turn.
    public var orientations = 9
    /// C: how much a labelled image on the wrong side counts beside a wide margin.
    public var cost = 0.1

    /// The defaults, to be changed one by one.
    public init() {}

    /// - Throws: ``TorchError`` naming the value out of range.
    public func validate() throws(TorchError) {
      try require(cellSize, named: "options.cellSize", in: 0...256)
      try require(orientations, named: "options.orientations", in: 2...64)
      try require(cost, named: "options.cost", in: 1e-9...1e9)
      guard cellSize == 0 || cellSize >= 2 else {
        throw TorchError("options.cellSize is 1: a cell of one pixel holds no histogram; use 0, or 2 and more")
      }
    }
  }

  /// Features to class margins.
  public let hyperplanes: Linear
  private let histograms: GradientHistograms
  private let options: Options
  private let setting: Setting

  /// - Throws: `TorchError` for vectors, and pictures of fewer than 16 pixels or than a cell.
  public init(_ options: Options = Options(), in setting: Setting) throws {
    try options.validate()
    (self.options, self.setting) = (options, setting)
    let (channels, height, width) = try Handcrafted.pictureSizes(setting.data, for: Self.name)
    histograms = GradientHistograms(
      channels: channels, height: height, width: width, cellSize: options.cellSize, orientations: options.orientations,
      variant: options.variant)
    guard histograms.cellSize <= min(height, width) else {
      throw TorchError(
        "options.cellSize is \(options.cellSize), but the pictures are \(height)×\(width): make it smaller")
    }
    hyperplanes = try Handcrafted.hyperplanes(features: histograms.featureCount, in: setting)
  }

  /// All labelled images at once.
  public func batches(from data: TrainingData) throws -> any BatchSource<LabelledBatch> {
    try data.labelled(batchSize: data.labelledCount())
  }

  /// Fits the hyperplanes.
  /// - Parameter batch: All labelled images, on [-1, 1].
  /// - Returns: `squared-hinge`, after the fit.
  public func step(_ batch: LabelledBatch, at time: StepTime) throws -> Losses {
    let described = try histograms(batch.images)
    try hyperplanes.take(
      LinearSVM(
        features: described, labels: batch.labels.integers(), classCount: setting.data.classCount, cost: options.cost,
        seed: setting.seed))
    let margins = try withoutGradients { try hyperplanes(described.to(setting.device)) }
    return try Losses(
      [.squaredHinge: LinearSVM.squaredHinge(margins: margins, labels: batch.labels)],
      imagePasses: batch.images.shape[0])
  }

  /// Margins `[N, K]` of images `[N, C, H, W]` on [-1, 1], the largest for the class that is named.
  public func classLogits(of images: Tensor) throws -> Tensor {
    try withoutGradients { try hyperplanes(features(of: images).to(setting.device)) }
  }

  /// Nothing about them is learnt.
  public var featuresKnowLabels: Bool { false }

  /// The histograms `[N, F]` of images `[N, C, H, W]` on [-1, 1], on the CPU.
  public func features(of examples: Tensor) throws -> Tensor { try histograms(examples) }
}
