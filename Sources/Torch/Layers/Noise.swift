/// Dropout (Srivastava et al. 2014): while training, each element is set to zero with probability p
/// and the others are scaled by 1 / (1 − p); in inference nothing happens.
public final class Dropout: Layer, ModeDependent {
  /// Whether the layer does anything.
  public var isTraining = true
  private let probability: Double
  private let generator: RandomGenerator

  /// - Parameters:
  ///   - probability: p, in [0, 1).
  ///   - generator: Where the choices come from; its state belongs in a checkpoint.
  /// - Throws: ``TorchError`` for a probability outside [0, 1).
  public init(probability: Double, using generator: RandomGenerator) throws(TorchError) {
    guard (0..<1).contains(probability) else {
      throw TorchError("dropout's probability must lie in [0, 1), not \(probability)")
    }
    (self.probability, self.generator) = (probability, generator)
  }

  /// The input with holes, of its shape.
  public func callAsFunction(_ input: Tensor) throws(TorchError) -> Tensor {
    guard isTraining, probability > 0 else { return input }
    // Like the input, so that the mask shares its format and layout.
    let mask = try Operators.bernoulliInPlace(
      .tensor(input.zerosLike()), .double(1 - probability), .generator(generator))
    return try input * (mask * (1 / (1 - probability)))
  }
}

/// Adds independent normal noise while training; in inference nothing happens.
public final class GaussianNoise: Layer, ModeDependent {
  /// Whether the layer does anything.
  public var isTraining = true
  private let standardDeviation: Double
  private let generator: RandomGenerator

  /// - Parameters:
  ///   - standardDeviation: At least 0.
  ///   - generator: Where the noise comes from; its state belongs in a checkpoint.
  /// - Throws: ``TorchError`` for a negative deviation.
  public init(standardDeviation: Double, using generator: RandomGenerator) throws(TorchError) {
    guard standardDeviation >= 0, standardDeviation.isFinite else {
      throw TorchError("a noise's standard deviation must be at least 0, not \(standardDeviation)")
    }
    (self.standardDeviation, self.generator) = (standardDeviation, generator)
  }

  /// The input with noise, of its shape.
  public func callAsFunction(_ input: Tensor) throws(TorchError) -> Tensor {
    guard isTraining, standardDeviation > 0 else { return input }
    return try input
      + Operators.normalInPlace(
        .tensor(input.zerosLike()), 0.0, .double(standardDeviation), .generator(generator))
  }
}
