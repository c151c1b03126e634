import SparringTorch

/// The gradients of a generator and of its discriminator from one backward pass through the discriminator, where two
/// plain ones would pass through it twice.
///
/// **Precondition**: the discriminator judges every image by itself (no batch normalisation). Then what a loss says of a
/// generated image is the slope of the loss at that image's logit times the slope of the logit at the image, and the
/// generator's part is the discriminator's, scaled, image by image.
struct SharedBackward {
  /// Made by the generator, `[N, …]`, with its graph.
  let fakeExamples: Tensor
  /// The same without their past; what the discriminator saw.
  let judgedExamples: Tensor
  /// `[N, 1]` or `[N]`.
  let realLogits: Tensor
  /// `[N, 1]` or `[N]`, of ``judgedExamples``.
  let fakeLogits: Tensor

  /// - Parameter penalty: A further scalar that the discriminator alone minimises.
  func gradients(
    discriminatorLoss: Tensor, generatorLoss: Tensor, penalty: Tensor? = nil, discriminator: [Tensor],
    generator: [Tensor]
  ) throws -> (discriminator: [Tensor], generator: [Tensor]) {
    let slopes = try SparringTorch.gradients(
      of: discriminatorLoss, withRespectTo: [realLogits, fakeLogits], retainGraph: true)
    let generatorSlope = try SparringTorch.gradients(
      of: generatorLoss, withRespectTo: [fakeLogits], retainGraph: true)[0]
    // Where the discriminator is certain its slope is zero, and would leave nothing to scale.
    let fakeSlope = try slopes[1].clamped(low: Self.leastSlope, high: .infinity)
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
      return (
        Array(found.dropLast()),
        try SparringTorch.gradients(of: [fakeExamples], weightedBy: [exampleGradient], withRespectTo: generator)
      )
    }
  }

  /// So little that it changes no gradient of the discriminator, and enough to be scaled back up in fp32 and bf16.
  private static let leastSlope = 1e-20
}
