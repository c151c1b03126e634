import SparringDatasets
import SparringModels
import SparringObjectives
import Testing
import SparringTorch

@testable import SparringRecipes

/// What a recipe's author may rely on.
@Suite struct Frame {
  init() { Machine.threadCount = 1 }

  private final class Tiny: Module {
    let weight: Parameter
    let dropout: Dropout
    init(_ random: RandomGenerator) throws {
      weight = try Parameter(Tensor([Float(1), 2]))
      dropout = try Dropout(probability: 0.5, using: random)
    }
  }

  private struct Group {
    let memory: Tiny
    let draws: RandomGenerator
  }

  private final class Sample: Recipe {
    static let name = "sample"
    static let summary = "holds one of everything"
    static let roles: [NetworkRole] = []
    struct Options: RecipeOptions { func validate() {} }
    let player: Player<Tiny>
    private let lone: SGD
    private let group: Group?
    private let list: [RandomGenerator]
    private let count = 3

    init() throws {
      let (shared, own) = (try RandomGenerator(seed: 1), try RandomGenerator(seed: 2))
      let second = try Tiny(shared)
      player = try Player(Tiny(shared), averageDecay: 0.9) { try AdamW(parameters: $0) }
      lone = try SGD(parameters: second.trainedParameters, learningRate: 0.1)
      group = Group(memory: second, draws: own)
      list = [shared, try RandomGenerator(seed: 3)]
    }

    convenience init(_ options: Options, in setting: Setting) throws { try self.init() }
    func batches(from data: TrainingData) throws -> any BatchSource<UnlabelledBatch> {
      try data.unlabelled(batchSize: 1)
    }
    func step(_ batch: UnlabelledBatch, at time: StepTime) throws -> Losses { try Losses([:], imagePasses: 0) }
  }

  /// Whatever changes is found wherever it stands, once, so that no checkpoint forgets it.
  @Test func everythingThatChangesIsFound() throws {
    let parts = RecipeParts(of: try Sample())
    #expect(parts.networks.map(\.name) == ["player", "group.memory"])
    #expect(parts.optimizers.map(\.name) == ["player", "lone"])
    #expect(parts.averages.map(\.name) == ["player"])
    #expect(parts.generators.map(\.name) == ["player.dropout.generator", "group.draws", "list.1"])
  }

  @Test func playersInferWithTheirAverage() throws {
    let player = try Player(Tiny(RandomGenerator(seed: 1)), averageDecay: 0.5, warmsUp: false) {
      try SGD(parameters: $0, learningRate: 1)
    }
    try player.step(player.gradients(of: player.network.weight.value.sum()))
    #expect(try player.network.weight.value.array(of: Float.self) == [0, 1])
    let (averaged, trains) = try player.inferring {
      (try $0.weight.value.array(of: Float.self), $0.dropout.isTraining)
    }
    #expect(averaged == [0.5, 1.5] && !trains)
    #expect(try player.network.weight.value.array(of: Float.self) == [0, 1] && player.network.dropout.isTraining)
  }

  @Test func rampsFollowTheTime() throws {
    for (progress, expected) in [(0.0, 2.0), (0.25, 2), (0.5, 3), (0.75, 4), (1, 4)] {
      let ramp = try StepTime(progress: progress).ramp(from: 2, to: 4, over: 0.25...0.75)
      #expect(try ramp.item() == expected && ramp.dtype == .float32 && !ramp.requiresGradient)
    }
    for (progress, length, expected) in [(0.0, 0.0, 1.0), (0.9, 0, 1), (0, 0.5, 0), (0.25, 0.5, 0.5), (0.75, 0.5, 1)] {
      #expect(try StepTime(progress: progress).growth(over: length).item() == expected)
    }
  }

  /// One backward pass gives what two plain ones give, for every pair of losses, also where the discriminator is so sure
  /// that its own slope at the generated images is zero.
  @Test(arguments: AdversarialObjective.allCases, [0.0, 30.0])
  func sharedBackwardEqualsTwoPlainOnes(objective: AdversarialObjective, certainty: Double) throws {
    var options = GAN.Options.reference
    (options.objective, options.gradientPenalty) = (objective, 10)
    let gan = try GAN(
      options,
      in: Setting(
        shape: .image(channels: 1, height: 28, width: 28), generator: DCGANGeneratorFamily(width: 2), latentSize: 4,
        discriminator: DCGANFamily(width: 2), learningRate: 2e-4, seed: 5))
    let random = try RandomGenerator(seed: 6)
    let (real, latents) = (
      try Tensor.uniform([5, 1, 28, 28], low: -1, high: 1, using: random), try Tensor.normal([5, 4], using: random)
    )
    func logits(_ images: Tensor, shift: Double) throws -> Tensor { try gan.discriminator.network(images) + shift }

    // What the generator pays for its examples themselves.
    func paleness(_ images: Tensor) throws -> Tensor { try images.squared().mean() * 0.3 }

    let fakes = try gan.generator.network(latents)
    let backward = try SharedBackward(fakeExamples: fakes, mixesExamples: false)
    let (realLogits, fakeLogits) = (
      try logits(real, shift: certainty), try logits(backward.judgedExamples, shift: -certainty)
    )
    let losses = try gan.losses(realLogits: realLogits, fakeLogits: fakeLogits)
    let shared = try backward.gradients(
      discriminatorLoss: losses.discriminator, generatorLoss: losses.generator, realLogits: realLogits,
      fakeLogits: fakeLogits, generatorPenalty: paleness(fakes), discriminator: gan.discriminator.parameters,
      generator: gan.generator.parameters)

    let plainFakes = try gan.generator.network(latents)
    let plain = try gan.losses(
      realLogits: logits(real, shift: certainty), fakeLogits: logits(plainFakes, shift: -certainty))
    let expected = [
      try gan.discriminator.gradients(of: plain.discriminator, retainGraph: true),
      try gan.generator.gradients(of: plain.generator + paleness(plainFakes)),
    ]
    for (found, wanted) in zip([shared.discriminator, shared.generator], expected) {
      // Of the network's largest: a bias before a batch normalisation has rounding errors for a gradient.
      let scale = try max(wanted.map { try $0.absolute().maximum().item() }.max() ?? 0, 1e-12)
      for (gradient, other) in zip(found, wanted) {
        let error = try (gradient - other).absolute().maximum().item()
        #expect(error < 1e-4 * scale)
      }
    }
  }
}
