public import SparringTorch

/// The sizes of a small classifier of strided convolutions.
public struct ClassifierConfiguration: Codable, Sendable, Hashable {
  /// How a classifier keeps its activations on one scale.
  public enum Normalization: String, Codable, Sendable, CaseIterable {
    case none
    /// Batch normalisation after each convolution.
    case batch
    /// Weight normalisation (Salimans and Kingma 2016): images of a batch do not see each other, so
    /// real and generated images may share a pass.
    case weight
  }

  /// Height and width of the images.
  public var imageSize: Int
  /// 1 or 3.
  public var channels: Int
  /// K, the number of logits; at least 2.
  public var classCount: Int
  /// Channels of the convolutions; each halves the height and width.
  public var widths: [Int]
  /// How the convolutions are normalised.
  public var normalization: Normalization
  /// The activation is max(x, slope·x).
  public var leakyReLUSlope: Double
  /// The share of features set to zero before the last layer while training.
  public var dropout: Double

  /// The sizes for MNIST; ``validate()`` checks those given.
  public init(
    imageSize: Int = 28, channels: Int = 1, classCount: Int = 10, widths: [Int] = [32, 64, 128],
    normalization: Normalization = .weight, leakyReLUSlope: Double = 0.1, dropout: Double = 0
  ) {
    (self.imageSize, self.channels, self.classCount) = (imageSize, channels, classCount)
    (self.widths, self.normalization) = (widths, normalization)
    (self.leakyReLUSlope, self.dropout) = (leakyReLUSlope, dropout)
  }

  /// - Throws: ``TorchError`` naming the value out of range.
  public func validate() throws(TorchError) {
    guard (1...65_536).contains(imageSize), (2...1_000_000).contains(classCount) else {
      throw TorchError("a classifier needs images and at least two classes, not \(classCount) of size \(imageSize)")
    }
    guard channels == 1 || channels == 3 else { throw TorchError("channels is \(channels); use 1 or 3") }
    guard !widths.isEmpty, widths.count <= 16, widths.allSatisfy({ (1...65_536).contains($0) }) else {
      throw TorchError("widths must be a list of numbers from 1 to 65,536, not \(widths)")
    }
    guard (0..<1).contains(dropout) else { throw TorchError("dropout is \(dropout); use 0 to below 1") }
  }

  /// The side of the last feature map.
  var finalSize: Int { widths.reduce(imageSize) { size, _ in (size + 1) / 2 } }
  var featureCount: Int { finalSize * finalSize * (widths.last ?? 0) }
}

/// Images to class logits through a trunk whose last activations serve feature matching.
public final class ConvolutionalClassifier: Module {
  /// One for each of the widths: 4×4 kernels, stride 2.
  public let convolutions: [Conv2d]
  /// One after each convolution with ``ClassifierConfiguration/Normalization/batch``, otherwise none.
  public let norms: [BatchNorm]
  /// Between the features and the last layer; does nothing in inference mode.
  public let dropout: Dropout
  /// Features `[N, F]` to class logits `[N, K]`.
  public let output: Linear
  /// The sizes that the layers were made with.
  public let configuration: ClassifierConfiguration

  /// - Parameter dropoutRandom: Where the dropout draws from while training.
  /// - Throws: ``TorchError`` for sizes out of range.
  public init(
    _ configuration: ClassifierConfiguration, using generator: RandomGenerator, dropoutRandom: RandomGenerator
  ) throws(TorchError) {
    try configuration.validate()
    let (widths, normalization) = (configuration.widths, configuration.normalization)
    let weightNormalization: WeightNormalization = normalization == .weight ? .weight : .none
    self.configuration = configuration
    convolutions = try zip([configuration.channels] + widths, widths).map { input, output throws(TorchError) in
      try Conv2d(
        inputChannels: input, outputChannels: output, kernelSize: 4, stride: 2, padding: .same,
        hasBias: normalization != .batch, initializer: .heNormal(slope: configuration.leakyReLUSlope),
        weightNormalization: weightNormalization, using: generator)
    }
    norms =
      normalization == .batch
      ? try widths.map { width throws(TorchError) in try BatchNorm(features: width, device: generator.device) } : []
    dropout = try Dropout(probability: configuration.dropout, using: dropoutRandom)
    output = try Linear(
      inputFeatures: configuration.featureCount, outputFeatures: configuration.classCount,
      weightNormalization: weightNormalization, using: generator)
  }

  /// The trunk's last activations, `[N, F]`, of images `[N, C, H, W]` on [-1, 1].
  ///
  /// - Parameter movingStatistics: Whether the images count in batch normalisation's running statistics;
  ///   generated images should not, since inference never sees them.
  public func features(of images: Tensor, movingStatistics: Bool = true) throws -> Tensor {
    for norm in norms { norm.movesStatistics = movingStatistics }
    var maps = try images.contiguous(channelsLast: true)
    for (index, convolution) in convolutions.enumerated() {
      let slope = configuration.leakyReLUSlope
      maps =
        norms.isEmpty
        ? try convolution(maps, leakyReLUSlope: slope)
        : try convolution(maps, normalizedBy: norms[index], leakyReLUSlope: slope)
    }
    return try maps.permuted(0, 2, 3, 1).flattened()
  }

  /// Class logits `[N, K]` of features `[N, F]`.
  public func logits(ofFeatures features: Tensor) throws -> Tensor {
    try output(dropout(features)).to(.float32)
  }

  /// Class logits `[N, K]` of images `[N, C, H, W]` on [-1, 1].
  public func callAsFunction(_ images: Tensor) throws -> Tensor {
    try logits(ofFeatures: features(of: images))
  }
}
