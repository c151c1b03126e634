public import SparringTorch

/// Linear layers from latents to all of an example's numbers (as in Salimans et al. 2016): the only generator of
/// vectors, and of pictures whose neighbourhoods mean nothing.
public struct FullyConnectedGeneratorFamily: GeneratorFamily {
  /// As configurations call it.
  public static let name = "fully-connected"

  /// Units of the layers between the latents and the example.
  public var widths = [500, 500]

  /// The usual sizes, to be changed one by one.
  public init() {}

  /// - Throws: ``TorchError`` that names the key out of range.
  public func validate(under key: String) throws(TorchError) {
    try require(widths: widths, named: "\(key).widths")
  }

  /// A body with fresh weights.
  public func makeBody(
    exampleShape: [Int], latentSize: Int, using weights: RandomGenerator
  ) throws(TorchError) -> any Layer {
    try FullyConnectedGeneratorBody(self, exampleShape: exampleShape, latentSize: latentSize, using: weights)
  }
}

final class FullyConnectedGeneratorBody: Layer {
  let layers: [LinearBlock]
  /// To the example's numbers; tanh follows for images, whose pixels are bounded.
  let output: Linear
  private let exampleShape: [Int]

  init(
    _ family: FullyConnectedGeneratorFamily, exampleShape: [Int], latentSize: Int, using weights: RandomGenerator
  ) throws(TorchError) {
    layers = try zip([latentSize] + family.widths, family.widths).map { input, output throws(TorchError) in
      try LinearBlock(
        inputFeatures: input, outputFeatures: output, normalization: .batch, activation: .leakyReLU(slope: 0),
        using: weights)
    }
    output = try Linear(
      inputFeatures: family.widths.last ?? latentSize, outputFeatures: exampleShape.reduce(1, *),
      initializer: .glorotUniform, using: weights)
    self.exampleShape = exampleShape
  }

  func callAsFunction(_ latents: Tensor) throws -> Tensor {
    var features = latents
    for layer in layers { features = try layer(features) }
    let examples = try output(features).to(.float32).reshaped([-1] + exampleShape)
    return exampleShape.count == 3 ? try examples.tanh() : examples
  }
}
