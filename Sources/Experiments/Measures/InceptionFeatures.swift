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
///   extractor: inception.name, referenceSplit: "test")
/// ```
public final class InceptionFeatures: ImageFeatures {
  /// What to call the extractor beside a number that was measured with it.
  public let name = "Inception 2015 (\(KnownWeights.inception.reference)), 2048 features, TensorFlow 1 resizing"
  /// Numbers for each image.
  public let count = 2048
  /// Images that pass through the network at once; more are not quicker and take more memory.
  public let batchSize = 50

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
          scaled.split(into: batchSize).map { try trunk($0.to(device), countsInStatistics: false) })
      }
    }
  }
}

extension KnownWeights {
  /// What the tensors of the published file are called here.
  public var conversion: WeightsConversion { InceptionFamily.state(ofPublished:) }
}
