import SparringDatasets
import SparringModels
import SparringObjectives
import SparringTorch
import Testing

@testable import SparringRecipes

/// Recipes that restore images.
@Suite struct RestorationSteps {
  static func setting(_ shape: ExampleShape = .image(channels: 3, height: 16, width: 12)) -> Setting {
    var model = ModelConfiguration.ofRestorers
    model.restorer = RestorerConfiguration(UNetFamily(widths: [4, 6]))
    model.discriminator = TrunkConfiguration(ConvolutionalFamily(widths: [4, 8], normalization: .spectral))
    return Setting(
      data: DataFacts(name: "images", shape: shape, classNames: []), model: model, learningRate: 3e-3, seed: 1)
  }

  private let images = try! Tensor.normal([6, 3, 16, 12], using: RandomGenerator(seed: 2)).tanh()

  @Test(arguments: AdversarialObjective.allCases, [0, 3])
  func completionTrains(objective: AdversarialObjective, latentSize: Int) throws {
    var options = Completion.Options()
    (options.adversary.objective, options.adversary.r1Penalty, options.latentSize) = (objective, 0.1, latentSize)
    let recipe = try Completion(options, in: Self.setting())
    let losses = try recipe.step(UnlabelledBatch(images: images), at: StepTime())
    #expect(losses.values.map(\.name) == ["reconstruction", "discriminator", "generator"])
    #expect(try losses.values.allSatisfy { try $0.value.isFinite() })
    #expect(losses.imagePasses == (latentSize > 0 ? 36 : 18))
  }

  /// Wasserstein's distance is one only among functions of bounded slope.
  @Test func aSteepDiscriminatorHasNoWassersteinDistance() throws {
    var model = ModelConfiguration.ofRestorers
    model.discriminator = TrunkConfiguration(ConvolutionalFamily(widths: [4, 8], normalization: .none))
    let setting = Setting(data: Self.setting().data, model: model, learningRate: 3e-3, seed: 1)
    var options = Enhancement.Options()
    (options.adversary.weight, options.adversary.objective) = (0.1, .wasserstein)
    let error = #expect(throws: TorchError.self) { try Enhancement(options, in: setting) }
    #expect(error?.message.contains("options.adversary.r1Penalty") == true)
    options.adversary.r1Penalty = 1
    _ = try Enhancement(options, in: setting)
  }

  @Test func withoutAnAdversaryThereIsNoDiscriminator() throws {
    var options = Completion.Options()
    (options.adversary.weight, options.holes) = (0, .boxes)
    let recipe = try Completion(options, in: Self.setting())
    #expect(recipe.networks.map(\.name) == ["restorer"] && recipe.failureSigns.isEmpty)
    let batch = UnlabelledBatch(images: images)
    let first = try recipe.step(batch, at: StepTime()).values
    for _ in 0..<60 { _ = try recipe.step(batch, at: StepTime()) }
    let last = try recipe.step(batch, at: StepTime()).values
    #expect(first.map(\.name) == ["reconstruction"])
    #expect(try last[0].value.item() < first[0].value.item())
  }

  /// Before its begin the adversary learns, and the restorer does not learn from it.
  @Test func theAdversaryBeginsLater() throws {
    var options = Completion.Options()
    options.averageDecay = 0
    func state(_ weight: Double, _ begins: Double) throws -> [Float] {
      (options.adversary.weight, options.adversary.begins) = (weight, begins)
      let recipe = try Completion(options, in: Self.setting())
      for _ in 0..<2 { _ = try recipe.step(UnlabelledBatch(images: images), at: StepTime(progress: 0.2)) }
      return try recipe.restorer.network.namedParameters.flatMap { try $0.value.array(of: Float.self) }
    }
    let (alone, waiting, playing) = (try state(0, 0), try state(3, 0.5), try state(3, 0.1))
    #expect(zip(alone, waiting).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(!zip(alone, playing).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func whatIsKnownStays() throws {
    var options = Completion.Options()
    options.latentSize = 2
    let recipe = try Completion(options, in: Self.setting())
    for _ in 0..<3 { _ = try recipe.step(UnlabelledBatch(images: images), at: StepTime()) }
    let random = try RandomGenerator(seed: 4)
    // Another size than in training.
    let images = try Tensor.normal([2, 3, 21, 30], using: random).tanh()
    let holes = try recipe.drawHoles(for: images, using: random)
    #expect(holes.shape == [2, 1, 21, 30] && recipe.isStochastic && recipe.largestHole == 6)
    let filled = try recipe.complete(images, holes: holes, using: random)
    #expect(try ((filled - images) * (1 - holes)).absolute().maximum().item() == 0)
    #expect(try filled.absolute().maximum().item() <= 1)
    let other = try recipe.complete(images, holes: holes, using: random)
    #expect(try (filled - other).absolute().maximum().item() > 0, "another filling")
    // What stands in the hole does not matter.
    let state = try random.state()
    let first = try recipe.complete(images, holes: holes, using: random)
    try random.setState(state)
    let garbled = try recipe.complete(images + holes, holes: holes, using: random)
    #expect(try (garbled - first).absolute().maximum().item() == 0)
  }

  /// Fillings of one image come to differ where nobody can say what was there, and none runs off to black or white.
  @Test func fillingsDifferAsTheTruthIsUncertain() throws {
    var options = Completion.Options()
    (options.latentSize, options.averageDecay, options.holes, options.adversary.weight) = (3, 0, .boxes, 0)
    let recipe = try Completion(options, in: Self.setting())
    let random = try RandomGenerator(seed: 4)
    // Of pixels that are drawn one by one, nothing around a hole tells what was there.
    func noise() throws -> Tensor { try Tensor.normal([6, 3, 16, 12], using: random).tanh() }
    let holes = try recipe.drawHoles(for: images, using: random)
    func distance() throws -> Double {
      let distances = try (0..<8).map { _ in
        let fillings = try (0..<2).map { _ in try recipe.complete(images, holes: holes, using: random) }
        return try ReconstructionLoss.absolute(restored: fillings[0], truths: fillings[1], holes: holes).mean().item()
      }
      return distances.reduce(0, +) / 8
    }
    let before = try distance()
    for _ in 0..<100 { _ = try recipe.step(UnlabelledBatch(images: noise()), at: StepTime()) }
    let after = try distance()
    let truths = try (noise() - noise()).absolute().mean().item()
    #expect(before < 0.1 && after > 0.5 * truths && after < 1.3 * truths, "\(before), \(after) of \(truths)")
  }

  /// Holes take what is around them, whatever their size; a wholly missing image takes the middle of the range.
  @Test func theRoughFilling() throws {
    let images = try Tensor.full([1, 2, 9, 13], 0.3)
    let holes = try HoleDrawing(kind: .boxes, largestBox: 0.9)(
      count: 1, height: 9, width: 13, using: RandomGenerator(seed: 1))
    let filled = try PullPush.filled(images * (1 - holes), holes: holes)
    #expect(try (filled - images).absolute().maximum().item() < 1e-6)
    let nothing = try PullPush.filled(images.zerosLike(), holes: Tensor.ones([1, 1, 9, 13]))
    #expect(try nothing.absolute().maximum().item() == 0)
    // One pixel of four is missing, in a corner: the mean of its two neighbours, nearly.
    let square = try Tensor([Float(0), 3, 6, 9], shape: [1, 1, 2, 2])
    let first = try PullPush.filled(square, holes: Tensor([Float(1), 0, 0, 0], shape: [1, 1, 2, 2]))
    let numbers = try first.array(of: Float.self)
    #expect(abs(numbers[0] - 4.5) < 1e-3 && Array(numbers.dropFirst()) == [3, 6, 9], "\(numbers)")
    // A slope goes on through a hole.
    let slope = try Tensor((0..<16).map { Float($0 % 16) }, shape: [1, 1, 1, 16]).expanded([1, 1, 8, 16]) * 0.1
    let gap = try Tensor((0..<16).map { Float((5..<10).contains($0) ? 1 : 0) }, shape: [1, 1, 1, 16])
      .expanded([1, 1, 8, 16]).contiguous()
    let through = try PullPush.filled(slope * (1 - gap), holes: gap)
    #expect(try (through - slope).absolute().maximum().item() < 0.02)
  }

  @Test(arguments: HoleDrawing.Kind.allCases)
  func holesAreSomePixelsAndNeverAll(kind: HoleDrawing.Kind) throws {
    let drawing = HoleDrawing(kind: kind, largestBox: 0.5)
    let random = try RandomGenerator(seed: 5)
    let holes = try drawing(count: 300, height: 20, width: 24, using: random)
    #expect(holes.shape == [300, 1, 20, 24])
    let numbers = Set(try holes.array(of: Float.self))
    #expect(numbers == [0, 1])
    let shares = try holes.mean(1, 2, 3).array(of: Double.self)
    #expect(shares.allSatisfy { $0 > 0 && $0 < 0.95 }, "\(shares.min() ?? 0) to \(shares.max() ?? 0)")
    #expect(Set(shares).count > 20, "each image has its own")
    if kind == .boxes {
      // Nowhere longer than half, nowhere shorter than a sixth, less a pixel of rounding.
      for (dimension, length) in [(2, 20), (3, 24)] {
        let sides = try holes.maximum(along: dimension == 2 ? 3 : 2).sum(-1).array(of: Double.self)
        #expect(sides.allSatisfy { $0 >= Double(length) / 6 - 1 && $0 <= Double(length) / 2 + 1 })
      }
    }
  }

  @Test(arguments: [(2, 0.0), (4, 20), (1, 30)])
  func enhancementTrains(scale: Int, noise: Double) throws {
    var options = Enhancement.Options()
    (options.scale, options.denoise) = (scale, noise)
    let recipe = try Enhancement(options, in: Self.setting())
    let losses = try recipe.step(UnlabelledBatch(images: images), at: StepTime())
    #expect(losses.values.map(\.name) == ["reconstruction", "discriminator", "generator"])
    #expect(try losses.values.allSatisfy { try $0.value.isFinite() })
    let random = try RandomGenerator(seed: 3)
    let seen = try recipe.damage(images, noise: noise, using: random)
    #expect(seen.shape == [6, 3, 16 / scale, 12 / scale])
    let levels = try ((seen + 1) * 127.5).array(of: Double.self)
    #expect(levels.allSatisfy { abs($0 - $0.rounded()) < 1e-3 && $0 > -0.01 && $0 < 255.01 }, "as files have them")
    #expect(try recipe.enhance(seen, noise: noise).shape == images.shape)
    #expect(try recipe.enhance(Tensor.zeros([1, 3, 5, 7]), noise: noise).shape == [1, 3, 5 * scale, 7 * scale])
    #expect(recipe.noiseLevels == 0...noise && recipe.scale == scale)
  }

  /// The noise has the strength that was asked for.
  @Test func noiseIsInLevels() throws {
    var options = Enhancement.Options()
    (options.scale, options.denoise) = (1, 50)
    let recipe = try Enhancement(options, in: Self.setting())
    let grey = try Tensor.zeros([8, 3, 16, 12])
    let seen = try recipe.damage(grey, noise: 20, using: RandomGenerator(seed: 1))
    let deviation = try (seen * 127.5).variance().item().squareRoot()
    #expect(abs(deviation - 20) < 1, "\(deviation)")
  }

  @Test func refusals() throws {
    let vectors = Self.setting(.vector(features: 7))
    for make: () throws -> Any in [{ try Completion(in: vectors) }, { try Enhancement(in: vectors) }] {
      #expect { try make() } throws: { "\($0)".contains("holds vectors: choose a data set of images") }
    }
    var options = Enhancement.Options()
    options.scale = 4
    #expect { try Enhancement(options, in: Self.setting(.image(channels: 1, height: 30, width: 32))) } throws: {
      "\($0)".contains("options.scale=4 does not divide")
    }
    for (scale, denoise) in [(3, 0.0), (1, 0), (2, -1), (2, 300)] {
      (options.scale, options.denoise) = (scale, denoise)
      #expect(throws: TorchError.self) { try options.validate() }
    }
    var others = Completion.Options()
    others.largestBox = 1
    #expect(throws: TorchError.self) { try others.validate() }
  }
}
