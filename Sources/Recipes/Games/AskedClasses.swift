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
  /// Varies generated examples as real ones are (Zhao et al. 2020); nil shows them as they are.
  private let augmentation: Augmentation?
  private let augmentationRandom: RandomGenerator

  init(_ generator: Player<Generator>, _ options: GeneratorOptions, in setting: Setting) throws {
    (self.generator, count) = (generator, options.batchSize)
    latentRandom = try setting.random("latents")
    labelRandom = try setting.random("classes asked for")
    augmentation = options.augments ? setting.augmentation : nil
    augmentationRandom = try setting.random("augmentation of generated images")
  }

  /// New examples `[count, …]` with their graph, not yet augmented, and the classes that were asked for, `[count]`.
  /// - Parameter labels: Where the classes are drawn from, `[N]` of `int64`.
  func make(like labels: Tensor) throws -> (examples: Tensor, labels: Tensor) {
    let drawn = try Tensor.randomIntegers([count], in: 0..<labels.size(0), using: labelRandom)
    let asked = try labels.indexSelect(drawn)
    let latents = try Tensor.normal([count, generator.network.latentSize], using: latentRandom)
    return (try generator.network(latents, labels: asked), asked)
  }

  /// The examples as other players are shown them.
  func shown(_ examples: Tensor) throws -> Tensor {
    try augmentation?(examples, using: augmentationRandom) ?? examples
  }
}

extension Quantity {
  /// How badly generated images are named as they were asked for.
  static let synthetic = Quantity(
    "synthetic", title: "loss of generated images", short: "loss generated", unit: .nats, better: .lower)
}
