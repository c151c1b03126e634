import SparringDatasets
import SparringModels
import SparringObjectives
import SparringTorch

/// Names unlabelled examples by a classifier's averaged weights (Tarvainen and Valpola 2017), and asks the classifier to
/// agree where it is sure (Sohn et al. 2020). Its memory of the classes it has named is saved with the networks.
final class Teacher: Module {
  private let alignment: DistributionAlignment?
  private let balance: PseudoLabelBalance
  private let threshold: Double

  /// - Parameters:
  ///   - threshold: The least probability at which a label counts.
  ///   - aligns: Whether a class named too often is corrected (``DistributionAlignment``).
  init(threshold: Double, aligns: Bool, in setting: Setting) throws(TorchError) {
    alignment =
      aligns
      ? try DistributionAlignment(
        classCount: setting.data.classCount, shares: setting.classShares, device: setting.device) : nil
    balance = try PseudoLabelBalance(
      classCount: setting.data.classCount, shares: setting.classShares, device: setting.device)
    self.threshold = threshold
  }

  /// What the averaged classifier takes images `[N, …]` for, as class probabilities `[N, K]` without a graph.
  ///
  /// Batch normalisation goes by these very images, and the average remembers their statistics for inference: those of
  /// the classifier are of strongly augmented images, and an average that went by them would name images as they are a
  /// little wrongly, the classifier would follow, and over a few thousand steps the error grows.
  func beliefs(about images: Tensor, by classifier: Player<Classifier>, in setting: Setting) throws -> Tensor {
    let logits = try classifier.teaching { network in try setting.computing { try network(images) } }
    return try probabilities(ofLogits: logits)
  }

  /// Class probabilities `[N, K]` for the averaged classifier's logits `[N, K]`, cut off from the graph.
  func probabilities(ofLogits logits: Tensor) throws -> Tensor {
    try withoutGradients {
      let probabilities = try logits.softmax()
      return try alignment?(probabilities) ?? probabilities
    }
  }

  /// How far a classifier's logits `[N, K]` are from the labels that the teacher is sure of, and how far those can be
  /// trusted: what the loss is to be weighted with.
  func disagreement(of logits: Tensor, with probabilities: Tensor) throws -> (loss: Tensor, trust: Tensor) {
    let (loss, keptShares) = try SemiSupervisedLoss.pseudoLabel(
      studentLogits: logits, teacherProbabilities: probabilities, threshold: threshold)
    return (loss, try balance(keptShares))
  }
}

extension Quantity {
  /// How far a classifier is from what its teacher is sure of.
  static let agreement = Quantity(
    "agreement", title: "pseudo-label loss", short: "loss pseudo-labels", unit: .nats, better: .lower)
  /// How far pseudo-labels are trusted.
  static let trust = Quantity("trust", title: "trust in pseudo-labels", short: "trust", unit: .share, better: .higher)
}
