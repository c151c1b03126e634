public import SparringTorch

/// A batch as a list of tensors, so that another batch's numbers can be put in their place.
public protocol TensorBatch {
  /// All that the batch holds, in a fixed order.
  var tensors: [Tensor] { get }
  /// A batch of ``tensors``.
  /// - Throws: ``DatasetError`` for another number of tensors.
  init(tensors: [Tensor]) throws
}

/// Examples with their classes.
public struct LabelledBatch: TensorBatch {
  /// `[N, C, H, W]` of `float32` in [-1, 1]; vectors are `[N, F]`.
  public let images: Tensor
  /// `[N]` of `int64`.
  public let labels: Tensor

  /// Pairs what belongs together.
  public init(images: Tensor, labels: Tensor) {
    (self.images, self.labels) = (images, labels)
  }

  /// The images, then their labels.
  public var tensors: [Tensor] { [images, labels] }
  /// A batch of ``tensors``.
  public init(tensors: [Tensor]) throws {
    try requireCount(2, tensors)
    self.init(images: tensors[0], labels: tensors[1])
  }
}

/// Examples alone.
public struct UnlabelledBatch: TensorBatch {
  /// `[N, C, H, W]` of `float32` in [-1, 1]; vectors are `[N, F]`.
  public let images: Tensor

  /// Pairs what belongs together.
  public init(images: Tensor) {
    self.images = images
  }

  /// The images alone.
  public var tensors: [Tensor] { [images] }
  /// A batch of ``tensors``.
  public init(tensors: [Tensor]) throws {
    try requireCount(1, tensors)
    self.init(images: tensors[0])
  }
}

/// Examples, and their classes where a recipe asks for them.
public struct ExampleBatch: TensorBatch {
  /// `[N, C, H, W]` of `float32` in [-1, 1]; vectors are `[N, F]`.
  public let images: Tensor
  /// `[N]` of `int64`; nil for a recipe that does without.
  public let labels: Tensor?

  /// Pairs what belongs together.
  public init(images: Tensor, labels: Tensor? = nil) {
    (self.images, self.labels) = (images, labels)
  }

  /// The images, then their labels where there are some.
  public var tensors: [Tensor] { [images] + (labels.map { [$0] } ?? []) }
  /// A batch of ``tensors``.
  public init(tensors: [Tensor]) throws {
    try requireCount(tensors.count == 2 ? 2 : 1, tensors)
    self.init(images: tensors[0], labels: tensors.count == 2 ? tensors[1] : nil)
  }
}

/// A few labelled examples and, independent of them, more without labels.
public struct SemiSupervisedBatch: TensorBatch {
  /// The images whose labels are known.
  public let labelled: LabelledBatch
  /// `[M, C, H, W]` of `float32` in [-1, 1]; vectors are `[M, F]`.
  public let unlabelled: Tensor

  /// Pairs what belongs together.
  public init(labelled: LabelledBatch, unlabelled: Tensor) {
    (self.labelled, self.unlabelled) = (labelled, unlabelled)
  }

  /// The labelled images, their labels, the other images.
  public var tensors: [Tensor] { labelled.tensors + [unlabelled] }
  /// A batch of ``tensors``.
  public init(tensors: [Tensor]) throws {
    try requireCount(3, tensors)
    self.init(labelled: try LabelledBatch(tensors: Array(tensors[..<2])), unlabelled: tensors[2])
  }
}

private func requireCount(_ count: Int, _ tensors: [Tensor]) throws(DatasetError) {
  guard tensors.count == count else {
    throw DatasetError("such a batch holds \(count) tensors, not \(tensors.count)")
  }
}

/// An endless sequence of training batches that can be saved and continued bit for bit.
public protocol BatchSource<Batch>: AnyObject {
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
