import SparringDatasets
import SparringModels
import SparringRecipes
import SparringTorch
import Testing

@testable import SparringTraining

/// The norms of gradients, and what they are signs of.
@Suite struct GradientSigns {
  @Test func explosionsAreThoseBeyondTheLargest() {
    var history = GradientHistory()
    for norm in [1.0, 0.1, 2, 0.5, 1] { #expect(history.take(norm) == .usual) }
    #expect(history.take(150) == .usual, "not a hundred times 2")
    #expect(history.take(16_000) == .usual && history.isLoud, "it may pass")
    #expect(history.take(20_000) == .exploded)
    #expect(history.take(.infinity) == .exploded && history.take(10) == .usual)
  }

  @Test func vanishedIsAThousandthOfTheUsual() {
    var history = GradientHistory()
    for _ in 0..<5 { #expect(history.take(1) == .usual) }
    for _ in 0..<4 { #expect(history.take(1e-4) == .usual && history.isStill) }
    #expect(history.take(0) == .vanished)
    #expect(history.take(0.01) == .usual && !history.isStill)
  }

  @Test func onlyAGeneratorsMayNotVanish() throws {
    var watch = StabilityWatch(signs: [], steadyOptimizer: "generator")
    func said(_ norm: Double) throws -> [String] {
      try watch.look(at: [], gradients: ["classifier": norm, "generator": norm]).map(\.reason)
    }
    for _ in 0..<9 { #expect(try said(3).isEmpty) }
    let vanished = try (0..<5).flatMap { _ in try said(1e-6) }
    #expect(vanished == ["the gradients of 'generator' have vanished (norm 1e-06), so it learns nothing"])
    #expect(try said(1e9).isEmpty && said(1e9).count == 2)
  }

  /// A recipe that generates gives the norms of what its optimisers remember.
  @Test func normsAreThoseOfTheRunningMeans() throws {
    let gan = try GAN(
      in: Setting(
        shape: .image(channels: 1, height: 8, width: 8), generator: DCGANGeneratorFamily(width: 2), latentSize: 4,
        discriminator: DCGANFamily(width: 2), learningRate: 2e-4, seed: 1))
    _ = try gan.step(
      ExampleBatch(images: Tensor.normal([4, 1, 8, 8], using: RandomGenerator(seed: 2))), at: StepTime())
    let norms = try GradientNorms(of: gan).values()
    #expect(Set(norms.keys) == ["generator", "discriminator"])
    let squares = try gan.generator.optimizer.recentGradients.map { try $0.squared().sum().item() }.reduce(0, +)
    #expect(abs((norms["generator"] ?? 0) / squares.squareRoot() - 1) < 1e-5 && squares > 0)
  }
}
