import SparringTorch

/// The gradients of a generator and of its discriminator from one backward pass through the discriminator, where two
/// plain ones would pass through it twice.
///
/// **Precondition**: the discriminator judges every example by itself (``SparringTorch/Module/mixesExamples`` is false).
/// Then what a loss says of a generated example is the slope of the loss at that example's logit times the slope of the
/// logit at the example, and the generator's part is the discriminator's, scaled, example by example. Where the
/// precondition fails, ``gradients(discriminatorLoss:generatorLoss:realLogits:fakeLogits:penalty:generatorPenalty:discriminator:generator:)``
/// takes the two plain passes.
struct SharedBackward {
  /// What the discriminator is to be shown, `[N, …]`.
  let judgedExamples: Tensor
  /// Made by the generator, with their graph.
  private let fakeExamples: Tensor
  private let isShared: Bool

  /// - Parameters:
  ///   - fakeExamples: Made by the generator, `[N, …]`, with their graph.
  ///   - mixesExamples: Whether the discriminator's judgement of one example depends on the others.
  init(fakeExamples: Tensor, mixesExamples: Bool) throws {
    (self.fakeExamples, isShared) = (fakeExamples, !mixesExamples)
    judgedExamples = mixesExamples ? fakeExamples : try fakeExamples.detached().requiringGradient()
  }

  /// - Parameters:
  ///   - realLogits: `[N, 1]` or `[N]`.
  ///   - fakeLogits: The same of ``judgedExamples``.
  ///   - penalty: A further scalar that the discriminator alone minimises.
  ///   - generatorPenalty: The same of the generator: of the examples that it made, not of what is said of them.
  func gradients(
    discriminatorLoss: Tensor, generatorLoss: Tensor, realLogits: Tensor, fakeLogits: Tensor, penalty: Tensor? = nil,
    generatorPenalty: Tensor? = nil, discriminator: [Tensor], generator: [Tensor]
  ) throws -> (discriminator: [Tensor], generator: [Tensor]) {
    guard isShared else {
      let loss = try penalty.map { try discriminatorLoss + $0 } ?? discriminatorLoss
      return (
        try SparringTorch.gradients(of: loss, withRespectTo: discriminator, retainGraph: true),
        try SparringTorch.gradients(
          of: generatorPenalty.map { try generatorLoss + $0 } ?? generatorLoss, withRespectTo: generator)
      )
    }
    let slopes = try SparringTorch.gradients(
      of: discriminatorLoss, withRespectTo: [realLogits, fakeLogits], retainGraph: true)
    let generatorSlope = try SparringTorch.gradients(
      of: generatorLoss, withRespectTo: [fakeLogits], retainGraph: true)[0]
    // Where the discriminator is certain its slope is zero, and would leave nothing to scale.
    let isSteep = try slopes[1].absolute().isAtLeast(Self.leastSlope).to(slopes[1].dtype)
    let fakeSlope = try slopes[1] * isSteep + (1 - isSteep) * Self.leastSlope
    var (outputs, weights) = ([realLogits, fakeLogits], [slopes[0], fakeSlope])
    if let penalty {
      outputs.append(penalty)
      weights.append(try Tensor.ones([], device: penalty.device))
    }
    let found = try SparringTorch.gradients(
      of: outputs, weightedBy: weights, withRespectTo: discriminator + [judgedExamples])
    let shape = [-1] + [Int](repeating: 1, count: fakeExamples.rank - 1)
    let scale = try (generatorSlope / fakeSlope).reshaped(shape)
    return try withoutGradients {
      let exampleGradient = try found[found.count - 1] * scale
      var (made, weights) = ([fakeExamples], [exampleGradient])
      if let generatorPenalty {
        made.append(generatorPenalty)
        weights.append(try Tensor.ones([], device: generatorPenalty.device))
      }
      return (
        Array(found.dropLast()),
        try SparringTorch.gradients(of: made, weightedBy: weights, withRespectTo: generator)
      )
    }
  }

  /// So little that it changes no gradient of the discriminator, and enough to be scaled back up in fp32 and bf16.
  private static let leastSlope = 1e-20
}
