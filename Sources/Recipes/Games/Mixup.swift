import SparringTorch

/// Mixup (Zhang et al. 2018, "mixup: Beyond empirical risk minimization", section 2): each example is shown as
/// λx + (1 − λ)x′ with another x′ of its batch, λ drawn from Beta(α, α), and its target is λy + (1 − λ)y′.
struct Mixup {
  /// α: the larger, the more even the mixtures.
  let concentration: Double
  let random: RandomGenerator

  /// Examples `[N, …]` mixed with their partners, and each one's λ, `[N]`.
  func callAsFunction(_ examples: Tensor) throws -> (mixed: Tensor, share: Tensor) {
    let count = try examples.size(0)
    let share = try Tensor.symmetricBeta([count], concentration: concentration, using: random)
    let weight = try share.reshaped([count] + [Int](repeating: 1, count: examples.rank - 1))
    return (try examples * weight + partners(of: examples) * (1 - weight), share)
  }

  /// Of each example or label the next one's; a batch is in random order as it is.
  func partners(of values: Tensor) throws -> Tensor {
    let count = try values.size(0)
    return try .concatenate([values.narrowed(1..<count), values.narrowed(0..<1)])
  }
}
