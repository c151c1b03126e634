import SparringTorch

/// Names unlabelled images by a classifier's averaged weights (Tarvainen and Valpola 2017), and asks the classifier to
/// agree where it is sure (Sohn et al. 2020). Its memory of the classes it has named is saved with the networks.
final class Teacher: Module {
  private let alignment: DistributionAlignment?

  /// - Parameter aligns: Whether a class named too often is corrected (``DistributionAlignment``).
  init(classCount: Int, aligns: Bool, device: Device) throws(TorchError) {
    alignment = aligns ? try DistributionAlignment(classCount: classCount, device: device) : nil
  }

  /// Class probabilities `[N, K]` for the averaged classifier's logits `[N, K]`, cut off from the graph.
  func probabilities(ofLogits logits: Tensor) throws -> Tensor {
    try withoutGradients {
      let probabilities = try logits.softmax()
      return try alignment?(probabilities) ?? probabilities
    }
  }
}
