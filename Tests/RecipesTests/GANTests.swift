import SparringDatasets
import SparringModels
import SparringObjectives
import SparringTorch
import Testing

@testable import SparringRecipes

/// The game without labels: its objectives and what keeps the discriminator's slope small.
@Suite struct GANSteps {
  @Test(arguments: AdversarialObjective.allCases)
  func everyObjectiveTrains(objective: AdversarialObjective) throws {
    var options = GAN.Options()
    options.objective = objective
    (options.r1Penalty, options.r2Penalty, options.gradientPenalty) = (0.1, 0.2, 0.3)
    options.labelSmoothing = objective.smoothsLabels ? 0.1 : 0
    options.averageDecay = 0.9
    let gan = try GAN(
      options,
      in: Setting(
        shape: .image(channels: 1, height: 28, width: 28), generator: DCGANGeneratorFamily(width: 2), latentSize: 8,
        discriminator: DCGANFamily(width: 2), learningRate: 2e-4, seed: 1))
    let images = try Tensor.normal([4, 1, 28, 28], using: RandomGenerator(seed: 2))
    let losses = try gan.step(UnlabelledBatch(images: images), at: StepTime())
    #expect(losses.values.map(\.name) == ["discriminator", "generator"])
    #expect(try losses.values.allSatisfy { try $0.value.isFinite() })
  }

  private func smallGAN(
    _ options: GAN.Options, discriminator: any TrunkFamily = DCGANFamily(width: 2)
  ) throws -> GAN {
    try GAN(
      options,
      in: Setting(
        shape: .image(channels: 1, height: 12, width: 12), generator: DCGANGeneratorFamily(width: 2), latentSize: 8,
        discriminator: discriminator, learningRate: 2e-4, seed: 1))
  }

  /// Without a bound on its slope the discriminator's mean difference has no end.
  @Test func wassersteinNeedsASmallSlope() throws {
    var options = GAN.Options()
    options.objective = .wasserstein
    #expect(throws: TorchError.self) { try smallGAN(options) }
    let normalized = try smallGAN(
      options, discriminator: ConvolutionalFamily(widths: [4, 8], normalization: .spectral))
    #expect(normalized.discriminator.network.isSpectrallyNormalized && normalized.failureSigns.isEmpty)
    let images = try Tensor.normal([4, 1, 12, 12], using: RandomGenerator(seed: 2))
    for _ in 0..<3 {
      let losses = try normalized.step(UnlabelledBatch(images: images), at: StepTime())
      #expect(try losses.values.allSatisfy { try $0.value.isFinite() })
    }
    options.gradientPenalty = 10
    #expect(try !smallGAN(options).discriminator.network.isSpectrallyNormalized)
    var smoothed = GAN.Options()
    (smoothed.objective, smoothed.labelSmoothing) = (.hinge, 0.1)
    #expect(throws: TorchError.self) { try smoothed.validate() }
  }

  /// What the discriminator is shown is noisy at the run's beginning and as it is at its end; its rate is its own.
  @Test func noiseFallsAndRatesDiffer() throws {
    var options = GAN.Options()
    let images = try Tensor.normal([4, 1, 12, 12], using: RandomGenerator(seed: 2))
    func losses(_ options: GAN.Options, at progress: Double) throws -> [Double] {
      try smallGAN(options).step(UnlabelledBatch(images: images), at: StepTime(progress: progress)).values
        .map { try $0.value.item() }
    }
    let plain = try losses(options, at: 0)
    (options.instanceNoise, options.instanceNoiseLength) = (0.5, 0.5)
    #expect(try losses(options, at: 0.6) == plain)
    let noisy = try losses(options, at: 0)
    #expect(noisy != plain && noisy.allSatisfy(\.isFinite))
    options.discriminatorRate = 8e-4
    let gan = try smallGAN(options)
    #expect(gan.discriminator.optimizer.learningRate == 8e-4 && gan.generator.optimizer.learningRate == 2e-4)
  }

  /// Each penalty with its own weight, at the images that it is made for.
  @Test func penaltiesAddUp() throws {
    var options = GAN.Options()
    (options.r1Penalty, options.r2Penalty, options.gradientPenalty) = (0.1, 0.2, 0.3)
    let gan = try smallGAN(options)
    let random = try RandomGenerator(seed: 2)
    let (real, fake) = (
      try Tensor.normal([4, 1, 12, 12], using: random), try Tensor.normal([4, 1, 12, 12], using: random) * 2
    )
    func logits(_ images: Tensor) throws -> Tensor { try gan.discriminator.network(images) }
    let shares = try Tensor.uniform([4, 1, 1, 1], low: 0, high: 1, using: gan.setting.random("shares of real images"))
    let (r1, r2) = (
      try GradientPenalty.r1(realImages: real, logits: logits).item(),
      try GradientPenalty.r2(fakeImages: fake, logits: logits).item()
    )
    let slope = try GradientPenalty.unitSlope(realImages: real, fakeImages: fake, shares: shares, logits: logits).item()
    let sum = try #require(try gan.penalty(at: real, and: fake)).item()
    #expect(abs(sum - (0.1 * r1 + 0.2 * r2 + 0.3 * slope)) < 1e-5 * max(1, sum) && r1 != r2)
    #expect(try smallGAN(GAN.Options()).penalty(at: real, and: fake) == nil)
  }
}
