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
  public let name: String
  /// Numbers for each image.
  public let count = 2048
  /// Images that are read, and remembered, at once.
  public let batchSize = 50
  /// Images that pass through the network at once: the maps of more would not stay in the processor's cache, nor their
  /// memory with the process.
  private let passSize: Int

  private let trunk: any Trunk
  private let device: Device

  /// How images become as large as the network takes them.
  public enum Resizing: String, CaseIterable, Sendable {
    /// As TensorFlow 1 does, and with it the figures of the literature: bilinear, first pixels on each other.
    case tensorflow
    /// Bilinear, the edges of both images on each other, as PyTorch does.
    case halfPixel = "half-pixel"
  }

  private let resizing: Resizing

  /// Loads the published weights.
  /// - Throws: `DatasetError` that says what to type where they are not here.
  public init(searchPath: SearchPath = .standard, resizing: Resizing = .tensorflow, device: Device = .cpu) throws {
    self.resizing = resizing
    passSize = device == .cpu ? 5 : batchSize
    let kind = resizing == .tensorflow ? "TensorFlow 1" : "half-pixel"
    name = "Inception 2015 (\(KnownWeights.inception.reference)), 2048 features, \(kind) resizing"
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
    let scaled = try colour(images, for: "Inception")
    return try withAutocast(.fp32, on: device) {
      try withoutGradients {
        try .concatenate(
          scaled.split(into: passSize).map { try trunk(resized($0.to(device)), countsInStatistics: false) })
      }
    }
  }

  /// The network itself resizes what has another size as TensorFlow 1 does.
  private func resized(_ images: Tensor) throws -> Tensor {
    resizing == .tensorflow ? images : try images.resizedBilinear(height: 299, width: 299)
  }
}

extension KnownWeights {
  /// What the tensors of the published file are called here.
  public var conversion: WeightsConversion { InceptionFamily.state(ofPublished:) }
}
