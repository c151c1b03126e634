import SparringDatasets
import SparringModels
import SparringObjectives
import SparringTorch
import Testing

@testable import SparringRecipes

/// A small GAN learns what images look like by each objective, and by each means of keeping the game stable.
@Suite struct LearningGANs {
  init() { Machine.threadCount = 1 }

  /// A game to play: what differs from Keras's options, and where it needs them other networks and augmentation.
  struct Game: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let change: @Sendable (inout GAN.Options) -> Void
    var discriminator: any TrunkFamily = DCGANFamily(width: 8)
    var generator: any GeneratorFamily = DCGANGeneratorFamily(width: 8)
    var augmentation = Augmentation.none

    init(_ name: String, change: @escaping @Sendable (inout GAN.Options) -> Void) {
      (testDescription, self.change) = (name, change)
    }

    /// The same in another setting.
    func with(_ change: (inout Game) -> Void) -> Game {
      var game = self
      change(&game)
      return game
    }
  }

  static let objectives = AdversarialObjective.allCases.map { objective in
    let game = Game(objective.rawValue) { $0.objective = objective }
    guard objective == .wasserstein else { return game }
    return Game(objective.rawValue) { ($0.objective, $0.gradientPenalty) = (objective, 10) }
      .with { $0.discriminator = ConvolutionalFamily(widths: [8, 16], normalization: .none) }
  }

  static let means = [
    Game("R1") { $0.r1Penalty = 0.1 },
    Game("R2") { $0.r2Penalty = 0.1 },
    Game("R1 and R2 of a quarter") { ($0.r1Penalty, $0.r2Penalty, $0.penalizedShare) = (0.1, 0.1, 0.25) },
    Game("gradient penalty") { $0.gradientPenalty = 0.1 },
    Game("spectral normalisation") { $0.objective = .hinge }
      .with { $0.discriminator = ConvolutionalFamily(widths: [8, 16], normalization: .spectral) },
    Game("instance noise") { $0.instanceNoise = 0.3 },
    Game("one-sided label smoothing") { $0.labelSmoothing = 0.1 },
    Game("adaptive augmentation") { ($0.augmentationTarget, $0.augmentationPace) = (0.1, 500) }
      .with { $0.augmentation = Augmentation(maximumShift: 1, brightness: 0.2) },
    Game("two time-scales") { $0.discriminatorRate = 4e-3 },
    Game("residual networks") { ($0.objective, $0.r1Penalty) = (.relativistic, 0.1) }
      .with {
        var (trunk, body) = (ResidualFamily(), ResidualGeneratorFamily())
        (trunk.depth, trunk.normalization) = (10, .none)
        (body.width, body.normalization) = (8, .none)
        ($0.discriminator, $0.generator) = (trunk, body)
      },
  ]

  /// Bright on the left, dark on the right.
  private static func images(_ random: RandomGenerator) throws -> Tensor {
    try Tensor.normal([24, 1, 8, 8], using: random) * 0.1 + pattern()
  }

  private static func pattern() throws -> Tensor {
    try Tensor((0..<8).map { $0 < 4 ? Float(0.5) : -0.5 }, shape: [1, 1, 1, 8])
  }

  @Test(arguments: objectives + means)
  func generatedImagesLookLikeTheRealOnes(game: Game) throws {
    var options = GAN.Options.reference
    // Players circle around each other; the average is where.
    options.averageDecay = 0.95
    game.change(&options)
    let gan = try GAN(
      options,
      in: Setting(
        shape: .image(channels: 1, height: 8, width: 8), generator: game.generator, latentSize: 4,
        discriminator: game.discriminator, augmentation: game.augmentation, learningRate: 2e-3, seed: 4))
    let random = try RandomGenerator(seed: 1)
    let latents = try Tensor.normal([32, 4], using: random)
    func distance() throws -> Double {
      try (gan.generateImages(from: latents).mean(0) - Self.pattern()).squared().mean().item().squareRoot()
    }
    let before = try distance()
    var names: [String] = []
    let steps = 250
    for step in 0..<steps {
      let time = try StepTime(progress: Double(step) / Double(steps))
      names = try gan.step(ExampleBatch(images: Self.images(random)), at: time).values.map(\.name)
    }
    let after = try distance()
    #expect(after < 0.25 && before > 0.45, "from \(before) to \(after)")
    #expect(names.contains("augmented") == (options.augmentationTarget > 0))
  }
}
