import SparringDatasets
import SparringModels
import SparringObjectives
import SparringTorch

/// Which way up an image is, told from the classifier's features (Gidaris et al. 2018; as the second task of a
/// discriminator, Chen et al. 2019, "Self-supervised GANs"): every unlabelled image teaches what things look like, without
/// a label and without a guess of one.
///
/// A quarter of a batch takes part, equally many images turned by 0°, 90°, 180° and 270°; images that are not square are left
/// or turned by 180°.
struct RotationPrediction {
  /// Features to logits of the turns; trained along with the classifier, and used nowhere else.
  let head: Player<Linear>
  private let turns: [Int]
  /// Images of each turn in one batch.
  private let share: Int
  /// Which turn each image of the batch has had, `[turns · share]`.
  private let labels: Tensor

  /// - Parameters:
  ///   - weight: What it counts for; nil is made of 0, for nothing is turned then.
  ///   - batchSize: Unlabelled images in one step.
  /// - Throws: ``TorchError`` for examples that are no images, or a batch too small to turn.
  init?(_ classifier: Classifier, weight: Double, batchSize: Int, in setting: Setting) throws {
    guard weight > 0 else { return nil }
    guard case .image(_, let height, let width) = setting.data.shape else {
      throw TorchError("options.rotationWeight needs images: vectors have no way up; set it to 0")
    }
    turns = height == width ? [0, 1, 2, 3] : [0, 2]
    share = max(1, batchSize / 4 / turns.count)
    guard share * turns.count <= batchSize else {
      throw TorchError("options.unlabelledBatchSize is \(batchSize), too few images to turn \(turns.count) ways")
    }
    let count = share
    labels = try Tensor(indices: turns.indices.flatMap { [Int](repeating: $0, count: count) }).to(setting.device)
    let layer = try Linear(
      inputFeatures: classifier.trunk.featureCount, outputFeatures: turns.count,
      using: setting.random("rotation head"))
    head = try Player(layer) { try AdamW(parameters: $0, learningRate: setting.learningRate) }
  }

  /// Images that pass through the classifier for it in one step.
  var examplePasses: Int { share * turns.count }

  /// The cross-entropy of the turns.
  /// - Parameter images: `[N, C, H, W]`, upright; a quarter of them is turned.
  func loss(of classifier: Classifier, on images: Tensor) throws -> Tensor {
    let turned = try turns.enumerated().map { place, turn in
      try images.narrowed(place * share..<(place + 1) * share).turned(turn)
    }
    // Inference never sees turned images.
    let features = try classifier.features(of: .concatenate(turned), countsInStatistics: false)
    return try ClassificationLoss.crossEntropy(logits: head.network(features).to(.float32), labels: labels)
  }
}

extension RotationPrediction? {
  /// Moves the head along with the others, whose step uses the loss's graph up; where nothing is turned, they move alone.
  func step(along loss: Tensor, with others: () throws -> Void) throws {
    let gradients = try map { try $0.head.gradients(of: loss, retainGraph: true) }
    try others()
    if let self, let gradients { try self.head.step(gradients) }
  }
}

extension Tensor {
  /// `[N, C, H, W]` turned counterclockwise by so many right angles.
  func turned(_ quarters: Int) throws -> Tensor {
    switch quarters {
    case 1: try transposed(-2, -1).flipped(-2)
    case 2: try flipped(-2, -1)
    case 3: try transposed(-2, -1).flipped(-1)
    default: self
    }
  }
}

extension Quantity {
  /// How badly turned images are told from upright ones.
  static let rotation = Quantity(
    "rotation", title: "rotation loss", short: "loss rotation", unit: .nats, better: .lower)
}
