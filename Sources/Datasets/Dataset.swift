public import SparringTorch

/// Labelled (or partly labelled) examples of one shape, all in memory: images as bytes, or vectors as numbers that are
/// scaled already.
public struct Dataset {
  /// Which half of a data set: what may be trained on, or what is only measured on.
  public enum Split: String, Codable, Sendable, CaseIterable {
    case train, test
  }

  /// The label of an example whose class is not known.
  public static let unlabelled = -1

  /// Such as `mnist`, or the folder's or file's name.
  public let name: String
  /// Whether these are training or test examples.
  public let split: Split
  /// Images: pixels from 0 to 255, `[N, C, H, W]` of `uint8`. Vectors: ``scaling`` applied, `[N, F]` of `float32`.
  public let examples: Tensor
  /// Class indices, `[N]` of `int64`; ``unlabelled`` (-1) where the class is not known.
  public let labels: Tensor
  /// The name of each class, in the order of the labels.
  public let classNames: [String]
  /// What the numbers mean.
  public let scaling: Scaling
  /// What each feature of a vector is called, where somebody says.
  public let featureNames: [String]?
  /// The file that each example comes from; nil where they have none of their own.
  public let sources: [String]?
  /// How many examples have a label.
  public let labelledCount: Int

  /// A set of images.
  /// - Parameters:
  ///   - images: Pixels from 0 to 255, `[N, 1 or 3, H, W]` of `uint8`.
  ///   - labels: Leave out for images without any label.
  ///   - sources: The file that each image comes from.
  /// - Throws: ``DatasetError`` when shapes, formats or the range of the labels do not fit.
  public init(
    name: String, split: Split, images: Tensor, labels: Tensor? = nil, classNames: [String], sources: [String]? = nil
  ) throws {
    guard images.rank == 4, images.dtype == .uint8, [1, 3].contains(try images.size(1)) else {
      throw DatasetError(
        "\(name): images must be uint8 of shape [N, 1 or 3, H, W], not \(images.dtype) of shape \(images.shape)")
    }
    try self.init(name, split, images, labels, classNames, .bytes, nil, sources)
  }

  /// A set of vectors.
  /// - Parameters:
  ///   - vectors: Numbers as networks shall see them, `[N, F]` of `float32`.
  ///   - labels: Leave out for vectors without any label.
  ///   - scaling: What was done to the numbers.
  /// - Throws: ``DatasetError`` when shapes, formats or the range of the labels do not fit.
  public init(
    name: String, split: Split, vectors: Tensor, labels: Tensor? = nil, classNames: [String], scaling: Scaling = .none,
    featureNames: [String]? = nil
  ) throws {
    guard vectors.rank == 2, vectors.dtype == .float32, try vectors.size(1) > 0 else {
      throw DatasetError(
        "\(name): vectors must be float32 of shape [N, F], not \(vectors.dtype) of shape \(vectors.shape)")
    }
    try self.init(name, split, vectors, labels, classNames, scaling, featureNames, nil)
  }

  private init(
    _ name: String, _ split: Split, _ examples: Tensor, _ labels: Tensor?, _ classNames: [String], _ scaling: Scaling,
    _ featureNames: [String]?, _ sources: [String]?
  ) throws {
    let count = try examples.size(0)
    let labels = try labels ?? Tensor.full([count], Double(Self.unlabelled), dtype: .int64, device: examples.device)
    guard labels.shape == [count], labels.dtype == .int64 else {
      throw DatasetError("\(name): \(count) examples need int64 labels of shape [\(count)], not \(labels.shape)")
    }
    if count > 0 {
      let (low, high) = (try labels.minimum().item(), try labels.maximum().item())
      guard low >= Double(Self.unlabelled), high < Double(classNames.count) else {
        let wrong = Int(low < Double(Self.unlabelled) ? low : high)
        throw DatasetError(
          "\(name): label \(wrong) is not one of the \(classNames.count) classes (0 to \(classNames.count - 1))")
      }
    }
    (self.name, self.split, self.examples, self.labels, self.classNames) = (name, split, examples, labels, classNames)
    (self.scaling, self.featureNames, self.sources) = (scaling, featureNames, sources)
    guard sources.map({ $0.count == count }) ?? true else {
      throw DatasetError("\(name): \(count) examples cannot come from \(sources?.count ?? 0) files")
    }
    labelledCount = count == 0 ? 0 : Int(try labels.isAtLeast(0).to(.int64).sum().item())
    try scaling.validate(shape, name: name)
  }

  /// How many examples there are.
  public var count: Int { examples.shape[0] }
  /// The shape of one example.
  public var shape: ExampleShape {
    let sizes = examples.shape
    return sizes.count == 4
      ? .image(channels: sizes[1], height: sizes[2], width: sizes[3]) : .vector(features: sizes[1])
  }
  /// How many classes there are.
  public var classCount: Int { classNames.count }

  /// How many examples each class has, in the order of the labels; those without a label are not counted.
  public func classCounts() throws -> [Int] {
    var counts = [Int](repeating: 0, count: classCount)
    for label in try labels.integers() where label >= 0 { counts[label] += 1 }
    return counts
  }

  /// The data set with its tensors on another device, where batches then are made.
  public func to(_ device: Device) throws -> Dataset {
    try Dataset(name, split, examples.to(device), labels.to(device), classNames, scaling, featureNames, sources)
  }
}

// Batches: one gather, whatever their size, and for images one scaling.
extension Dataset {
  /// The examples at `indices` (`[M]` of `int64`) as networks see them: `float32`, images in [-1, 1].
  /// - Throws: `TorchError` when an index is out of range.
  public func batch(indices: Tensor) throws -> Tensor {
    let rows = try examples.indexSelect(try indices.to(examples.device))
    // Vectors are kept as they are seen.
    return shape.isImage ? try scaling.scaled(rows) : rows
  }

  /// The examples at `indices` as networks see them.
  public func batch(indices: [Int]) throws -> Tensor {
    try batch(indices: Tensor(indices: indices))
  }

  /// The examples at `indices` (`[M]` of `int64`) with their labels.
  public func labelledBatch(indices: Tensor) throws -> LabelledBatch {
    let rows = try indices.to(examples.device)
    return LabelledBatch(images: try batch(indices: rows), labels: try labels.indexSelect(rows))
  }

  /// Calls `body` with every example (or those at `indices`) in order, `size` at a time; the last batch
  /// may be shorter.
  public func forEachBatch(
    of size: Int, indices: [Int]? = nil, _ body: (LabelledBatch) throws -> Void
  ) throws {
    guard size > 0 else { throw DatasetError("a batch of \(size) examples: choose at least 1") }
    let order = try indices.map { try Tensor(indices: $0) } ?? Tensor.range(to: Double(count), dtype: .int64)
    for part in try order.split(into: size) { try body(labelledBatch(indices: part)) }
  }
}
