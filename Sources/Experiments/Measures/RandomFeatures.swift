import SparringDatasets
public import SparringTorch

/// Features by a convolutional network that never learnt anything: three layers of random kernels, the same on every
/// machine, then means over the quarters of each map. Such features see strokes, textures and where they are, not what an
/// image shows, so a distance over them tells noise, collapse and blur from real images within seconds, and is no Fréchet
/// Inception distance. (That random networks compare generators sensibly: Naeem et al. 2020, section 4.)
public final class RandomFeatures: ImageFeatures {
  /// What to call the extractor beside a number that was measured with it.
  public let name = "random convolutional features 1"
  /// Numbers for each image.
  public let count = RandomFeatures.widths.reduce(0, +) * 4
  /// Images that pass through the network at once.
  public let batchSize = 250

  private static let widths = [32, 64, 128]
  /// Images are seen in this size.
  private static let side = 32
  private static let slope = 0.2
  private let layers: [Conv2d]

  /// Draws the kernels, on the CPU, where the features are computed as well.
  public init() throws(TorchError) {
    let random = try RandomGenerator(seed: 0, purpose: "random convolutional features 1")
    layers = try zip([3] + Self.widths, Self.widths).map { input, output throws(TorchError) in
      try Conv2d(
        inputChannels: input, outputChannels: output, kernelSize: 4, stride: 2, padding: .explicit(1), hasBias: false,
        initializer: .heNormal(slope: Self.slope), using: random)
    }
  }

  /// Features `[N, 896]` of `float32`, on the CPU, of images `[N, 1 or 3, H, W]`: bytes of `uint8`, or numbers on [-1, 1].
  public func callAsFunction(_ images: Tensor) throws -> Tensor {
    var maps = try colour(images, for: "random features").to(.cpu)
    return try withAutocast(.fp32, on: .cpu) {
      try withoutGradients {
        if maps.shape[2] != Self.side || maps.shape[3] != Self.side {
          maps = try maps.resizedAntialiased(height: Self.side, width: Self.side)
        }
        var features: [Tensor] = []
        for layer in layers {
          maps = try layer(maps, leakyReLUSlope: Self.slope)
          features.append(try maps.averagePooled(kernelSize: maps.shape[2] / 2).flattened())
        }
        return try .concatenate(features, along: 1)
      }
    }
  }
}
