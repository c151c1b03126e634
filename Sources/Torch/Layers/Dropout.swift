/// Sets a random share of the numbers to zero while training and scales up the rest (Srivastava et al. 2014).
public final class Dropout: Layer, ModeDependent {
  public var isTraining = true
  private let probability: Double
  private let random: RandomGenerator
  public init(probability: Double, using random: RandomGenerator) { (self.probability, self.random) = (probability, random) }
  public func callAsFunction(_ input: Tensor) throws -> Tensor {
    guard isTraining, probability > 0 else { return input }
    return try input * (Tensor.bernoulli(input.shape, probability: 1 - probability, using: random) / (1 - probability))
  }
}
