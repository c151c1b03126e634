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
    return try input * (mask(like: input) * (1 / (1 - probability)))
  }

  /// Ones and zeros of the input's shape, format and layout.
  private func mask(like input: Tensor) throws(TorchError) -> Tensor {
    guard input.device == .cpu, input.isContiguous(channelsLast: true) || input.isContiguous() else {
      return try Operators.bernoulliInPlace(
        .tensor(input.zerosLike()), .double(1 - probability), .generator(generator))
    }
    // LibTorch draws one element after another on the CPU, which takes longer than the convolutions around it. Here a
    // draw of 64 bits serves four elements, and p is met to 1 / 65,536.
    let count = input.shape.reduce(1, *)
    let words = try Operators.randomInPlace(
      .tensor(Tensor.zeros([(count + 3) / 4], dtype: .int64)), .int(.min), .none, .generator(generator))
    let lanes = try Operators.viewAsType(.tensor(words), .dtype(.int16))
    let isKept = try lanes.isLess(than: ((1 - probability) * 65_536).rounded() - 32_768).to(input.dtype)
    return try Operators.asStrided(.tensor(isKept), .ints(input.shape), .ints(input.strides), .none)
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
