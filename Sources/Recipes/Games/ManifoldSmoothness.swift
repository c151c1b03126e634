import SparringDatasets
import SparringModels
import SparringObjectives
import SparringTorch

/// A classifier must answer alike along the generator's manifold: for a generated example and for the same example moved by
/// a step of fixed length in the direction in which the generator moves it when its latent moves a little (Lecouat et al.
/// 2018, "Semi-supervised learning with GANs: revisiting manifold regularization").
///
/// The step's length is fixed in the space of examples, and not vanishing: in bf16 two examples that are almost the same are
/// the same.
struct ManifoldSmoothness {
  private let step: Double
  private let random: RandomGenerator

  /// How far the latents move to find the direction, of latents whose numbers have deviation 1.
  private static let latentStep = 0.1

  /// - Parameters:
  ///   - step: The length of the step, where pixels lie on [-1, 1].
  ///   - augments: Whether generated examples are augmented before the classifier sees them.
  /// - Throws: ``TorchError`` where they are: the generator's tangents are then not those of what is seen.
  init(step: Double, augments: Bool, in setting: Setting) throws {
    guard !augments || setting.augmentation == .none else {
      throw TorchError(
        "options.manifoldWeight needs generated images as they are: leave augmentation out, or set options.generator.augments to false"
      )
    }
    self.step = step
    random = try setting.random("tangents")
  }

  /// ‖l(G(z)) − l(G(z) + ε·d)‖², averaged over the examples, with l the logits and d of length 1.
  ///
  /// - Parameters:
  ///   - logits: The classifier's for `examples`, `[N, K]`.
  ///   - examples: G(z), `[N, …]`; no gradient flows into the generator.
  ///   - latents: z, `[N, latentSize]`.
  func loss(
    of classifier: Classifier, logits: Tensor, at examples: Tensor, latents: Tensor, by generator: Generator
  ) throws -> Tensor {
    let moved = try moved(examples, latents: latents, by: generator)
    return try SemiSupervisedLoss.manifold(
      logits: logits, movedLogits: classifier(moved, countsInStatistics: false))
  }

  /// G(z) + ε·d, without a graph.
  func moved(_ examples: Tensor, latents: Tensor, by generator: Generator) throws -> Tensor {
    try withoutGradients {
      let direction = try Tensor.normal(latents.shape, using: random).scaledToLengthOne()
      let tangent = try generator(latents + direction * Self.latentStep) - examples
      return try examples + tangent.scaledToLengthOne() * step
    }
  }
}

extension Quantity {
  /// How far answers move along the generator's manifold.
  static let manifold = Quantity("manifold", title: "manifold loss", short: "loss manifold", better: .lower)
}
