import SparringDatasets
import SparringModels
import SparringTorch

/// What a generator of classes makes in one step: examples of classes that are as frequent as among the labels.
struct AskedClasses {
  let generator: Player<Generator>
  /// Examples that the generator makes in one step.
  let count: Int
  private let latentRandom: RandomGenerator
  private let labelRandom: RandomGenerator
  /// The examples as other players are shown them.
  let shown: GeneratedAugmentation
  private let seeking: ModeSeeking

  init(
    _ generator: Player<Generator>, _ options: GeneratorOptions, modeSeekingWeight: Double, in setting: Setting
  ) throws {
    seeking = ModeSeeking(weight: modeSeekingWeight)
    (self.generator, count) = (generator, options.batchSize)
    latentRandom = try setting.random("latents")
    labelRandom = try setting.random("classes asked for")
    shown = try GeneratedAugmentation(options, in: setting)
  }

  /// New examples `[count, …]` with their graph, not yet augmented, and the classes that were asked for, `[count]`.
  /// - Parameter labels: Where the classes are drawn from, `[N]` of `int64`.
  /// - Returns: Also what the generator pays for their likeness; nil where that is left out.
  func make(like labels: Tensor) throws -> (examples: Tensor, labels: Tensor, likeness: Tensor?) {
    let drawn = try Tensor.randomIntegers([count], in: 0..<labels.size(0), using: labelRandom)
    let asked = try seeking.asked(labels.indexSelect(drawn))
    let latents = try Tensor.normal([count, generator.network.latentSize], using: latentRandom)
    let made = try generator.network(latents, labels: asked)
    return (made, asked, try seeking.loss(examples: made, latents: latents))
  }
}

extension Quantity {
  /// How badly generated images are named as they were asked for.
  static let synthetic = Quantity(
    "synthetic", title: "loss of generated images", short: "loss generated", unit: .nats, better: .lower)
}
