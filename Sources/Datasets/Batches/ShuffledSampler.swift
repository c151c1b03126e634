public import SparringTorch

/// Draws batches of indices without end: a new random order for every epoch.
///
/// An epoch's last images, too few for a batch, are left out. A batch larger than the set takes as
/// many random orders one after the other as it needs, and what remains of the last begins the next
/// batch, so every image is drawn equally often.
public final class ShuffledSampler {
  /// The set that batches are drawn from.
  public let indices: [Int]
  /// Indices in a batch.
  public let batchSize: Int
  /// The number of random orders begun: 0 before the first batch, 1 during the first epoch.
  public private(set) var epoch = 0

  private let generator: RandomGenerator
  /// The current order, as positions in `indices`, and how many of it are spent.
  private var order: [Int] = []
  private var spent = 0
  /// The indices in the current order, on the device where batches are gathered: a batch is a slice.
  private var rows: Tensor?
  private let device: Device

  /// - Parameters:
  ///   - generator: Belongs to this sampler from now on; on the CPU.
  ///   - device: Where the batches of indices are put.
  /// - Throws: ``DatasetError`` for an empty set or a batch size below 1.
  public init(indices: [Int], batchSize: Int, using generator: RandomGenerator, device: Device = .cpu)
    throws(DatasetError)
  {
    guard !indices.isEmpty else { throw DatasetError("there are no examples to draw batches from") }
    guard batchSize > 0 else { throw DatasetError("a batch of \(batchSize) examples: choose at least 1") }
    (self.indices, self.batchSize, self.generator, self.device) = (indices, batchSize, generator, device)
  }

  /// Batches in an epoch; at least 1.
  public var stepsPerEpoch: Int { max(1, indices.count / batchSize) }

  /// The next batch's indices, `[batchSize]` of `int64`. Nothing waits for the device.
  public func next() throws -> Tensor {
    if order.count - spent < batchSize {
      order = batchSize <= indices.count ? [] : Array(order[spent...])
      spent = 0
      rows = nil
      while order.count < batchSize {
        order += try Tensor.permutation(indices.count, using: generator).integers()
        epoch += 1
      }
    }
    let present = try rows ?? Tensor(indices: order.map { indices[$0] }).sent(to: device)
    rows = present
    defer { spent += batchSize }
    return try present.narrowed(spent..<spent + batchSize)
  }

  /// All that the following batches depend on: `order`, `progress` (spent, epoch, set and batch size)
  /// and `generator`.
  public func state() throws -> [String: Tensor] {
    [
      "order": try Tensor(indices: order),
      "progress": try Tensor(indices: [spent, epoch, indices.count, batchSize]),
      "generator": try generator.state(),
    ]
  }

  /// Continues where ``state()`` was taken.
  /// - Throws: ``DatasetError`` when the state is incomplete or of another set or batch size.
  public func restore(_ state: [String: Tensor]) throws {
    guard let order = try state["order"]?.integers(), let progress = try state["progress"]?.integers(),
      let generatorState = state["generator"], progress.count == 4
    else {
      throw DatasetError("the saved order of batches is incomplete: start the run anew")
    }
    guard progress[2] == indices.count, progress[3] == batchSize else {
      throw DatasetError(
        "the saved order is of \(progress[2]) examples in batches of \(progress[3]), "
          + "this run's of \(indices.count) in batches of \(batchSize): resume with the run's own settings")
    }
    guard (0...order.count).contains(progress[0]), order.allSatisfy(indices.indices.contains) else {
      throw DatasetError("the saved order of batches is damaged: start the run anew")
    }
    try generator.setState(generatorState)
    (self.order, spent, epoch, rows) = (order, progress[0], progress[1], nil)
  }
}
