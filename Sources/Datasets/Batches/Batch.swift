public import Torch

/// Images with their classes.
public struct LabelledBatch {
  /// `[N, C, H, W]` of `float32` in [-1, 1].
  public let images: Tensor
  /// `[N]` of `int64`.
  public let labels: Tensor

  /// Pairs what belongs together.
  public init(images: Tensor, labels: Tensor) {
    (self.images, self.labels) = (images, labels)
  }
}

/// Images alone.
public struct UnlabelledBatch {
  /// `[N, C, H, W]` of `float32` in [-1, 1].
  public let images: Tensor

  /// Pairs what belongs together.
  public init(images: Tensor) {
    self.images = images
  }
}

/// A few labelled images and, independent of them, more without labels.
public struct SemiSupervisedBatch {
  /// The images whose labels are known.
  public let labelled: LabelledBatch
  /// `[M, C, H, W]` of `float32` in [-1, 1].
  public let unlabelled: Tensor

  /// Pairs what belongs together.
  public init(labelled: LabelledBatch, unlabelled: Tensor) {
    (self.labelled, self.unlabelled) = (labelled, unlabelled)
  }
}

/// An endless sequence of training batches that can be saved and continued bit for bit.
public protocol BatchSource {
  associatedtype Batch

  /// The next batch; never ends.
  func next() throws -> Batch
  /// Batches until every image has been offered once (a last short batch is left out).
  var stepsPerEpoch: Int { get }
  /// Images in one batch, labelled and unlabelled together.
  var imagesPerBatch: Int { get }
  /// All that the following batches depend on, by name.
  func state() throws -> [String: Tensor]
  /// Continues where ``state()`` was taken.
  /// - Throws: ``DatasetError`` when an entry is missing or belongs to another set or batch size.
  func restore(_ state: [String: Tensor]) throws
}
