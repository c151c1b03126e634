import SparringDatasets
import SparringTorch

/// Shows generated examples as real ones are shown (Zhao et al. 2020): varied by draws of their own, or as they are where
/// the generator's options say so.
struct GeneratedAugmentation {
  private let augmentation: Augmentation?
  private let random: RandomGenerator

  init(_ options: GeneratorOptions, in setting: Setting) throws {
    augmentation = options.augments ? setting.augmentation : nil
    random = try setting.random("augmentation of generated images")
  }

  /// Examples `[N, …]` as other players are shown them.
  func callAsFunction(_ examples: Tensor) throws -> Tensor {
    try augmentation?(examples, using: random) ?? examples
  }
}
