public import SparringDatasets
public import SparringModels
public import SparringTorch

/// A recipe whose result names what an example shows. It is shown labels.
public protocol ImageClassifying {
  /// Class logits `[N, K]` of images `[N, C, H, W]` on [-1, 1] or vectors `[N, F]`, by the averaged weights where the
  /// recipe keeps an average, in inference mode and without gradients.
  func classLogits(of images: Tensor) throws -> Tensor
}

/// A recipe whose result describes examples by numbers that other recipes can be trained on.
public protocol ExampleDescribing {
  /// Whether the features know the labels that the recipe was shown.
  var featuresKnowLabels: Bool { get }
  /// What the result's last layer sees, `[N, F]` of `float32`, of images `[N, C, H, W]` on [-1, 1] or vectors, by the
  /// averaged weights where the recipe keeps an average, in inference mode and without gradients.
  func features(of examples: Tensor) throws -> Tensor
}

/// A recipe whose result makes examples.
public protocol ImageGenerating {
  /// How many normal numbers an example is made from.
  var latentSize: Int { get }
  /// Images `[N, C, H, W]` on [-1, 1] or vectors `[N, F]` for latents `[N, latentSize]`, in inference mode and without
  /// gradients.
  func generateImages(from latents: Tensor) throws -> Tensor
}

/// A recipe that looks at examples long and only once, and keeps what it has seen: whoever will ask about many of them
/// says so beforehand, while there is somebody to show the progress to.
public protocol PreparesExamples {
  /// Looks at those of the examples (or of those at `indices`) that it has not seen before.
  /// - Parameter progress: Called with the number of examples done.
  func prepare(_ examples: Dataset, indices: [Int]?, progress: (_ done: Int) -> Void) throws
}

/// A recipe whose result makes examples of a class that is asked for.
public protocol ClassConditionalGenerating: ImageGenerating {
  /// Whether this one does: some recipes choose by an option.
  var generatesByClass: Bool { get }
  /// Images `[N, C, H, W]` on [-1, 1] or vectors `[N, F]` for latents `[N, latentSize]` and classes, `[N]` of `int64`, in
  /// inference mode and without gradients.
  func generateImages(from latents: Tensor, labels: Tensor) throws -> Tensor
}

/// A recipe that classifies by a player of that name.
public protocol ClassifierRecipe: Recipe, ImageClassifying, ExampleDescribing {
  /// Examples to class logits `[N, K]`; its average gives the result.
  var classifier: Player<Classifier> { get }
  /// What the recipe was made from.
  var setting: Setting { get }
}

extension ClassifierRecipe {
  /// Class logits `[N, K]` of images `[N, C, H, W]` on [-1, 1] or vectors `[N, F]`, by the averaged weights, in inference
  /// mode and without gradients.
  public func classLogits(of images: Tensor) throws -> Tensor {
    try classifier.inferring { network in try setting.computing { try network(images) } }
  }

  /// A classifier's features serve its labels.
  public var featuresKnowLabels: Bool { true }

  /// What the classifier's last layer sees, `[N, F]` of `float32`, by the averaged weights, in inference mode and without
  /// gradients.
  public func features(of examples: Tensor) throws -> Tensor {
    try classifier.inferring { network in
      try setting.computing { try network.features(of: examples).to(.float32) }
    }
  }
}

/// A recipe that generates by a player of that name.
public protocol GeneratorRecipe: Recipe, ImageGenerating {
  /// Latents `[N, latentSize]` to examples.
  var generator: Player<Generator> { get }
  /// What the recipe was made from.
  var setting: Setting { get }
}

extension GeneratorRecipe {
  /// How many normal numbers an example is made from.
  public var latentSize: Int { generator.network.latentSize }

  /// Images `[N, C, H, W]` on [-1, 1] or vectors `[N, F]` for latents `[N, latentSize]`, by the averaged generator where
  /// there is one, in inference mode and without gradients.
  public func generateImages(from latents: Tensor) throws -> Tensor {
    try generator.inferring { network in try setting.computing { try network(latents) } }
  }
}

/// A recipe that generates by class: its `generator` has classes.
public protocol ClassGeneratorRecipe: GeneratorRecipe, ClassConditionalGenerating {}

extension ClassGeneratorRecipe {
  /// Whether the generator has classes.
  public var generatesByClass: Bool { generator.network.classVectors != nil }

  /// Images `[N, C, H, W]` on [-1, 1] or vectors `[N, F]` for latents `[N, latentSize]` and classes, `[N]` of `int64`, by
  /// the averaged generator where there is one, in inference mode and without gradients.
  public func generateImages(from latents: Tensor, labels: Tensor) throws -> Tensor {
    try generator.inferring { network in try setting.computing { try network(latents, labels: labels) } }
  }

  /// The same of every class in turn, or of none where the generator has no classes.
  public func generateImages(from latents: Tensor) throws -> Tensor {
    guard generatesByClass else {
      return try generator.inferring { network in try setting.computing { try network(latents) } }
    }
    let labels = try (0..<latents.size(0)).map { $0 % setting.data.classCount }
    return try generateImages(from: latents, labels: Tensor(indices: labels).to(latents.device))
  }
}

/// A recipe whose result fills what is missing of images.
public protocol ImageCompleting {
  /// Whether several fillings of one image differ.
  var isStochastic: Bool { get }
  /// How wide the widest holes of training are, in pixels: a filling reaches no farther than that.
  var largestHole: Int { get }
  /// Holes as training draws them for images `[N, C, H, W]`: `[N, 1, H, W]`, 1 where a pixel is missing and 0 elsewhere.
  func drawHoles(for images: Tensor, using random: RandomGenerator) throws -> Tensor
  /// The images `[N, C, H, W]` on [-1, 1], of any size, with the holes filled; what is known stays as it is. In inference
  /// mode and without gradients.
  /// - Parameters:
  ///   - holes: `[N, 1, H, W]`, 1 where a pixel is missing and 0 elsewhere; what the images show there does not matter.
  ///   - random: Where ``isStochastic``, what the filling flows from.
  func complete(_ images: Tensor, holes: Tensor, using random: RandomGenerator) throws -> Tensor
}

/// A recipe whose result enlarges images, or takes noise out of them.
public protocol ImageEnhancing {
  /// How many times as high and wide images become: 1, 2 or 4.
  var scale: Int { get }
  /// The standard deviations of noise that it was trained for, in levels of 255; `0...0` for none.
  var noiseLevels: ClosedRange<Double> { get }
  /// Images `[N, C, H, W]` on [-1, 1] as training damages them: `[N, C, H/scale, W/scale]`, with noise of that standard
  /// deviation.
  func damage(_ images: Tensor, noise: Double, using random: RandomGenerator) throws -> Tensor
  /// Images `[N, C, H, W]` on [-1, 1], of any size, to `[N, C, scale·H, scale·W]`, in inference mode and without gradients.
  /// - Parameter noise: The standard deviation of their noise, in levels of 255.
  func enhance(_ images: Tensor, noise: Double) throws -> Tensor
}

extension Recipe {
  /// Whether its result completes or enhances images.
  public static var restores: Bool { Self.self is any ImageCompleting.Type || Self.self is any ImageEnhancing.Type }
}
