public import SparringDatasets
public import SparringModels
public import SparringTorch

/// A recipe whose result names what an example shows. It is shown labels.
public protocol ImageClassifying {
  /// Class logits `[N, K]` of images `[N, C, H, W]` on [-1, 1] or vectors `[N, F]`, by the averaged weights where the
  /// recipe keeps an average, in inference mode and without gradients.
  func classLogits(of images: Tensor) throws -> Tensor
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
public protocol ClassifierRecipe: Recipe, ImageClassifying {
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
