import SparringDatasets
import SparringModels
import SparringTorch

/// A classifier's pass over a few labelled examples and many unlabelled ones in one batch, so that batch normalisation
/// sees what inference will see.
struct FewLabelsPass {
  /// `[N, K]`.
  let labelledLogits: Tensor
  /// `[M, K]`.
  let unlabelledLogits: Tensor
  /// The outputs of the trunk's layers, `[M, …]` each; the features `[M, F]` last.
  let unlabelledLayers: [Tensor]
  /// The trunk's last activations, `[M, F]`.
  let unlabelledFeatures: Tensor
  /// `[N]` of `int64`.
  let labels: Tensor
  /// Examples in the pass, N + M.
  let count: Int

  /// - Parameter batch: What the classifier is shown, already augmented.
  init(_ classifier: Classifier, over batch: SemiSupervisedBatch) throws {
    let labelledCount = try batch.labelled.images.size(0)
    let examples = try Tensor.concatenate([batch.labelled.images, batch.unlabelled])
    count = try examples.size(0)
    let layers = try classifier.layers(of: examples)
    let features = layers.last ?? examples
    let logits = try classifier.logits(ofFeatures: features)
    labels = batch.labelled.labels
    labelledLogits = try logits.narrowed(0..<labelledCount)
    unlabelledLogits = try logits.narrowed(labelledCount..<count)
    let count = count
    unlabelledFeatures = try features.narrowed(labelledCount..<count)
    unlabelledLayers = try layers.map { try $0.narrowed(labelledCount..<count) }
  }
}

extension Setting {
  /// The batch with each image changed at random, the labelled ones first.
  func augmented(_ batch: SemiSupervisedBatch, using random: RandomGenerator) throws -> SemiSupervisedBatch {
    SemiSupervisedBatch(
      labelled: LabelledBatch(
        images: try augmentation(batch.labelled.images, using: random), labels: batch.labelled.labels),
      unlabelled: try augmentation(batch.unlabelled, using: random))
  }
}
