import Foundation
import SparringObjectives
import SparringTorch
import Testing

/// Every objective of a GAN on numbers worked out by hand, and against finite differences.
@Suite struct AdversarialObjectives {
  let real = try! Tensor([Float(2), -1], shape: [2, 1])
  let fake = try! Tensor([Float(-3), 0.5], shape: [2, 1])

  func softplus(_ x: Double) -> Double { log(1 + exp(x)) }

  private func expect(
    _ objective: AdversarialObjective, discriminator: Double, generator: Double, smoothing: Double = 0
  ) throws {
    let losses = try objective.losses(realLogits: real, fakeLogits: fake, smoothing: smoothing)
    #expect(abs(try losses.discriminator.item() - discriminator) < 1e-6, "\(objective)")
    #expect(abs(try losses.generator.item() - generator) < 1e-6, "\(objective)")
  }

  @Test func values() throws {
    let crossEntropy = (softplus(-2) + softplus(1) + softplus(-3) + softplus(0.5)) / 2
    try expect(.nonSaturating, discriminator: crossEntropy, generator: (softplus(3) + softplus(-0.5)) / 2)
    try expect(.minimax, discriminator: crossEntropy, generator: -(softplus(-3) + softplus(0.5)) / 2)
    // ½·(1² + 2²)/2 + ½·(3² + ½²)/2 and ½·(4² + ½²)/2.
    try expect(.leastSquares, discriminator: 1.25 + 2.3125, generator: 4.0625)
    try expect(.hinge, discriminator: 1 + 0.75, generator: 1.25)
    try expect(.wasserstein, discriminator: -1.25 - 0.5, generator: 1.25)
    // Pairs: −3 − 2 and 0.5 + 1.
    try expect(
      .relativistic, discriminator: (softplus(-5) + softplus(1.5)) / 2, generator: (softplus(5) + softplus(-1.5)) / 2)
  }

  /// −0.9·log D(x) − 0.1·log(1 − D(x)), and ½(D(x) − 0.9)².
  @Test func smoothedTargets() throws {
    let real = 0.9 * (softplus(-2) + softplus(1)) / 2 + 0.1 * (softplus(2) + softplus(-1)) / 2
    let fake = (softplus(-3) + softplus(0.5)) / 2
    try expect(
      .nonSaturating, discriminator: real + fake, generator: (softplus(3) + softplus(-0.5)) / 2, smoothing: 0.1)
    try expect(
      .leastSquares, discriminator: (1.1 * 1.1 + 1.9 * 1.9) / 4 + 2.3125, generator: 4.0625, smoothing: 0.1)
    #expect(AdversarialObjective.allCases.filter(\.smoothsLabels) == [.nonSaturating, .minimax, .leastSquares])
  }

  /// At logits that tell nothing apart no discriminator does better than this.
  @Test(arguments: AdversarialObjective.allCases, [0, 0.2])
  func lossAtChance(objective: AdversarialObjective, smoothing: Double) throws {
    guard let loss = objective.lossAtChance(smoothing: smoothing) else {
      #expect(objective == .wasserstein)
      return
    }
    let same = try stride(from: -2.0, through: 2, by: 0.005).map { logit in
      let logits = try Tensor([logit, logit])
      return try objective.losses(realLogits: logits, fakeLogits: logits, smoothing: smoothing).discriminator.item()
    }
    // Without targets there is nothing that could be smoothed.
    if smoothing == 0 || objective.smoothsLabels { #expect(abs((same.min() ?? 0) - loss) < 1e-5) }
  }

  /// −0.8·log 0.8 − 0.2·log 0.2 is left where every example is told apart.
  @Test func leastLosses() throws {
    let (real, fake) = (try Tensor([log(4.0)]), try Tensor([-40.0]))
    let least = try AdversarialObjective.nonSaturating.losses(realLogits: real, fakeLogits: fake, smoothing: 0.2)
    #expect(abs(try least.discriminator.item() - AdversarialObjective.minimax.leastLoss(smoothing: 0.2)) < 1e-9)
    #expect(AdversarialObjective.allCases.allSatisfy { $0.leastLoss() == 0 })
  }

  @Test(arguments: AdversarialObjective.allCases) func slopes(objective: AdversarialObjective) throws {
    // Away from the hinge's corners.
    let (realLogits, fakeLogits) = (try Tensor([2.0, -0.7]), try Tensor([-3, 0.5]))
    let smoothing = objective.smoothsLabels ? 0.2 : 0
    try expectGradient(at: [2, -0.7]) {
      try objective.losses(realLogits: $0, fakeLogits: fakeLogits, smoothing: smoothing).discriminator
    }
    try expectGradient(at: [-3, 0.5]) {
      try objective.losses(realLogits: realLogits, fakeLogits: $0, smoothing: smoothing).discriminator
    }
    try expectGradient(at: [-3, 0.5]) {
      try objective.losses(realLogits: realLogits, fakeLogits: $0, smoothing: smoothing).generator
    }
    // Minimising raises what is said of a generated example.
    let logits = try Tensor([-0.5, 0.25]).requiringGradient()
    let loss = try objective.losses(realLogits: realLogits, fakeLogits: logits).generator
    #expect(try gradients(of: loss, withRespectTo: [logits])[0].array(of: Double.self).allSatisfy { $0 < 0 })
  }

  /// D(x) = w·x has the slope w everywhere, of length 5.
  @Test func penaltiesOfALinearDiscriminator() throws {
    let weight = try Tensor([Float(3), 4], shape: [2, 1]).requiringGradient()
    let (real, fake) = (try Tensor([Float(1), 2], shape: [1, 2]), try Tensor([Float(-4), 0], shape: [1, 2]))
    func logits(_ images: Tensor) throws -> Tensor { try images.matmul(weight) }
    #expect(try abs(GradientPenalty.r2(fakeImages: fake, logits: logits).item() - 12.5) < 1e-5)
    let penalty = try GradientPenalty.unitSlope(
      realImages: real, fakeImages: fake, shares: Tensor([Float(0.25)], shape: [1, 1]), logits: logits)
    #expect(try abs(penalty.item() - 16) < 1e-4)
    // 2·(5 − 1)·w/5.
    let slope = try gradients(of: penalty, withRespectTo: [weight])[0].array(of: Float.self)
    #expect(abs(slope[0] - 4.8) < 1e-4 && abs(slope[1] - 6.4) < 1e-4)
  }

  /// D(x) = Σ tanh(w·x): at a quarter of the way from the generated to the real image, against finite differences.
  @Test func theSlopeIsTakenBetweenTheImages() throws {
    let (real, fake) = (try Tensor([0.4, -0.8], shape: [1, 2]), try Tensor([-0.4, 0.8], shape: [1, 2]))
    func penalty(_ w: Tensor) throws -> Tensor {
      try GradientPenalty.unitSlope(
        realImages: real, fakeImages: fake, shares: Tensor([0.25], shape: [1, 1])
      ) { try ($0 * w).tanh().sum(1) }
    }
    // x̂ = (−0.2, 0.4), whose slope is w·(1 − tanh²(w·x̂)).
    let w = 1.3
    let length = hypot(w * (1 - pow(tanh(-0.2 * w), 2)), w * (1 - pow(tanh(0.4 * w), 2)))
    #expect(try abs(penalty(Tensor([w])).item() - pow(length - 1, 2)) < 1e-9)
    try expectGradient(at: [w]) { try penalty($0) }
  }
}
