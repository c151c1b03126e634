public import SparringTorch

/// Labelled (or partly labelled) images of one size, all in memory.
public struct Dataset {
  /// Which half of a data set: what may be trained on, or what is only measured on.
  public enum Split: String, Codable, Sendable, CaseIterable {
    case train, test
  }

  /// The label of an image whose class is not known.
  public static let unlabelled = -1

  /// Such as `mnist`, or the folder's path.
  public let name: String
  /// Whether these are training or test images.
  public let split: Split
  /// Pixels from 0 to 255: `[N, C, H, W]` of `uint8`, row-major.
  public let images: Tensor
  /// Class indices, `[N]` of `int64`; ``unlabelled`` (-1) where the class is not known.
  public let labels: Tensor
  /// The name of each class, in the order of the labels.
  public let classNames: [String]

  /// - Parameter labels: Leave out for images without any label.
  /// - Throws: ``DatasetError`` when shapes, formats or the range of the labels do not fit.
  public init(name: String, split: Split, images: Tensor, labels: Tensor? = nil, classNames: [String]) throws {
    guard images.rank == 4, images.dtype == .uint8, [1, 3].contains(try images.size(1)) else {
      throw DatasetError(
        "\(name): images must be uint8 of shape [N, 1 or 3, H, W], not \(images.dtype) of shape \(images.shape)")
    }
    let count = try images.size(0)
    let labels = try labels ?? Tensor.full([count], Double(Self.unlabelled), dtype: .int64, device: images.device)
    guard labels.shape == [count], labels.dtype == .int64 else {
      throw DatasetError("\(name): \(count) images need int64 labels of shape [\(count)], not \(labels.shape)")
    }
    if count > 0 {
      let (low, high) = (try labels.minimum().item(), try labels.maximum().item())
      guard low >= Double(Self.unlabelled), high < Double(classNames.count) else {
        let wrong = Int(low < Double(Self.unlabelled) ? low : high)
        throw DatasetError(
          "\(name): label \(wrong) is not one of the \(classNames.count) classes (0 to \(classNames.count - 1))")
      }
    }
    (self.name, self.split, self.images, self.labels, self.classNames) = (name, split, images, labels, classNames)
  }

  /// How many images there are.
  public var count: Int { images.shape[0] }
  /// 1 (grey) or 3 (red, green, blue).
  public var channels: Int { images.shape[1] }
  /// Pixels from top to bottom.
  public var height: Int { images.shape[2] }
  /// Pixels from left to right.
  public var width: Int { images.shape[3] }
  /// How many classes there are.
  public var classCount: Int { classNames.count }

  /// How many images each class has, in the order of the labels; unlabelled images are not counted.
  public func classCounts() throws -> [Int] {
    var counts = [Int](repeating: 0, count: classCount)
    for label in try labels.integers() where label >= 0 { counts[label] += 1 }
    return counts
  }

  /// The data set with its tensors on another device, where batches then are made.
  public func to(_ device: Device) throws -> Dataset {
    try Dataset(
      name: name, split: split, images: images.to(device), labels: labels.to(device), classNames: classNames)
  }

  /// The images and labels at `indices`, in that order.
  public func subset(_ indices: [Int]) throws -> Dataset {
    let rows = try Tensor(indices: indices).to(images.device)
    return try Dataset(
      name: name, split: split, images: images.indexSelect(rows), labels: labels.indexSelect(rows),
      classNames: classNames)
  }
}

// Batches: one gather and one normalisation, whatever their size.
extension Dataset {
  /// The images at `indices` (`[M]` of `int64`) as `float32` in [-1, 1], `[M, C, H, W]`.
  /// - Throws: `TorchError` when an index is out of range.
  public func batch(indices: Tensor) throws -> Tensor {
    try Dataset.normalized(images.indexSelect(try indices.to(images.device)))
  }

  /// The images at `indices` as `float32` in [-1, 1], `[M, C, H, W]`.
  public func batch(indices: [Int]) throws -> Tensor {
    try batch(indices: Tensor(indices: indices))
  }

  /// The images at `indices` (`[M]` of `int64`) with their labels.
  public func labelledBatch(indices: Tensor) throws -> LabelledBatch {
    let rows = try indices.to(images.device)
    return LabelledBatch(
      images: try Dataset.normalized(images.indexSelect(rows)), labels: try labels.indexSelect(rows))
  }

  /// Calls `body` with every image (or those at `indices`) in order, `size` at a time; the last batch
  /// may be shorter.
  public func forEachBatch(
    of size: Int, indices: [Int]? = nil, _ body: (LabelledBatch) throws -> Void
  ) throws {
    guard size > 0 else { throw DatasetError("a batch of \(size) images: choose at least 1") }
    let order = try indices.map { try Tensor(indices: $0) } ?? Tensor.range(to: Double(count), dtype: .int64)
    for part in try order.split(into: size) { try body(labelledBatch(indices: part)) }
  }

  /// Pixels from 0 to 255 as `float32` in [-1, 1].
  public static func normalized(_ pixels: Tensor) throws -> Tensor {
    try pixels.to(.float32) / 127.5 - 1
  }
}
