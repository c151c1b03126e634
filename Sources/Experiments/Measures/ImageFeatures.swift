public import SparringDatasets
public import SparringTorch

/// Makes vectors of images that measures of a generator compare.
public protocol ImageFeatures: AnyObject {
  /// What to call the extractor beside a number that was measured with it; another name where features are others.
  var name: String { get }
  /// Numbers for each image.
  var count: Int { get }
  /// Images that are best looked at together.
  var batchSize: Int { get }
  /// Features `[N, count]` of `float32` of images `[N, 1 or 3, H, W]`: bytes of `uint8`, or numbers on [-1, 1].
  func callAsFunction(_ images: Tensor) throws -> Tensor
}

extension ImageFeatures {
  /// Calls `body` with the features `[M, count]` of every image (or of those at `indices`), a batch at a time, in order.
  public func forEachBatch(of dataset: Dataset, indices: [Int]? = nil, _ body: (Tensor) throws -> Void) throws {
    try dataset.forEachBatch(of: batchSize, indices: indices) { try body(self($0.images)) }
  }

  /// Features `[N, count]` on the CPU of every image, or of those at `indices`.
  /// - Parameter progress: Called after each batch.
  public func features(
    of dataset: Dataset, indices: [Int]? = nil, progress: DecodingProgress = { _, _ in }
  ) throws -> Tensor {
    let total = indices?.count ?? dataset.count
    var (found, done): ([Tensor], Int) = ([], 0)
    try forEachBatch(of: dataset, indices: indices) { features in
      found.append(try features.to(.cpu))
      done += try features.size(0)
      progress(done, total)
    }
    guard !found.isEmpty else { return try .zeros([0, count]) }
    return try .concatenate(found)
  }

  /// Images as `float32` on [-1, 1], grey ones as three equal channels.
  func colour(_ images: Tensor, for reader: String) throws -> Tensor {
    guard images.rank == 4, [1, 3].contains(images.shape[1]) else {
      throw DatasetError("\(reader) takes images [N, 1 or 3, H, W], not a tensor of shape \(images.shape)")
    }
    let scaled = images.dtype == .uint8 ? try Scaling.bytes.scaled(images) : try images.to(.float32)
    return scaled.shape[1] == 3 ? scaled : try scaled.expanded([scaled.shape[0], 3] + scaled.shape[2...])
  }
}
