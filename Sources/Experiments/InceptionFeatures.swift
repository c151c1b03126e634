import Foundation
public import SparringDatasets
import SparringModels
public import SparringTorch

/// The features that the Fréchet distance compares: those of the last pooling of the Inception network of 2015, in single
/// precision, of images resized to 299×299 as TensorFlow 1 does.
///
/// ```swift
/// let inception = try InceptionFeatures()
/// let distance = try FrechetDistance(
///   generated: inception.features(of: made), reference: inception.features(of: test),
///   extractor: InceptionFeatures.name, referenceSplit: "test")
/// ```
public final class InceptionFeatures {
  /// What to call the extractor beside a number that was measured with it.
  public static let name = "Inception 2015 (\(KnownWeights.inception.reference)), 2048 features, TensorFlow 1 resizing"
  /// Numbers for each image.
  public static let count = 2048
  /// Images that pass through the network at once; more are not quicker and take more memory.
  public static let batchSize = 50

  private let trunk: any Trunk
  private let device: Device

  /// Loads the published weights.
  /// - Throws: `DatasetError` that says what to type where they are not here.
  public init(searchPath: SearchPath = .standard, device: Device = .cpu) throws {
    let path = try searchPath.require(.inception)
    let random = try RandomGenerator(seed: 0, device: device)
    trunk = try InceptionFamily().makeTrunk(exampleShape: [3, 299, 299], using: random, noise: random)
    try trunk.load(Safetensors.read(URL(fileURLWithPath: path)).tensors)
    try trunk.freeze(asReference: true)
    self.device = device
  }

  /// Features `[N, 2048]` of `float32`, on the device, of images `[N, 1 or 3, H, W]`: bytes of `uint8`, or numbers on
  /// [-1, 1].
  public func callAsFunction(_ images: Tensor) throws -> Tensor {
    guard images.rank == 4, [1, 3].contains(images.shape[1]) else {
      throw DatasetError("Inception takes images [N, 1 or 3, H, W], not a tensor of shape \(images.shape)")
    }
    let scaled = images.dtype == .uint8 ? try Scaling.bytes.scaled(images) : try images.to(.float32)
    return try withAutocast(.fp32, on: device) {
      try withoutGradients {
        try .concatenate(
          scaled.split(into: Self.batchSize).map { try trunk($0.to(device), countsInStatistics: false) })
      }
    }
  }

  /// Calls `body` with the features `[M, 2048]` of every image (or of those at `indices`), a batch at a time, in order.
  public func forEachBatch(of dataset: Dataset, indices: [Int]? = nil, _ body: (Tensor) throws -> Void) throws {
    try dataset.forEachBatch(of: Self.batchSize, indices: indices) { try body(self($0.images)) }
  }

  /// Features `[N, 2048]` on the CPU of every image, or of those at `indices`: 8 KiB each.
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
    guard !found.isEmpty else { return try .zeros([0, Self.count]) }
    return try .concatenate(found)
  }
}

extension KnownWeights {
  /// What the tensors of the published file are called here.
  public var conversion: WeightsConversion { InceptionFamily.state(ofPublished:) }
}
