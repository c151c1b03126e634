public import SparringDatasets

/// Which images a run sees, and how many of their labels.
public struct DatasetConfiguration: Codable, Sendable, Hashable {
  /// A known data set (`mnist`, `fashion-mnist`, `cifar10`) or the path of a folder.
  public var name = "mnist"
  /// Training images whose label is shown, equally many of each class; 0 shows every label.
  public var labels = 100
  /// Of those, how many only validate choices.
  public var validation = 0
  /// Further training images, equally many of each class, whose labels only validate choices: they come on
  /// top of the budget, so a figure chosen by them has to say so.
  public var heldOut = 0
  /// The classes in the order of the logits; taken from the data set.
  public var classNames: [String] = []
  /// How a folder of images is read.
  public var folder = ImageFolder.Options()

  /// The defaults: MNIST with 100 labels.
  public init() {}

  /// - Throws: ``TrainingError`` naming the value out of range.
  public func validate() throws {
    guard labels >= 0 else { throw TrainingError("dataset.labels is \(labels); use 0 (all) or more") }
    guard heldOut >= 0, heldOut == 0 || validation == 0 else {
      throw TrainingError("dataset.heldOut is \(heldOut); use 0 or more, and not together with dataset.validation")
    }
    guard validation >= 0 else { throw TrainingError("dataset.validation is \(validation); use 0 or more") }
  }

  /// The split that this configuration draws from a training set.
  public func split(of dataset: Dataset, seed: UInt64) throws -> LabelledSplit {
    try .balanced(
      dataset, labelCount: labels == 0 ? nil : labels, seed: seed,
      validation: heldOut > 0 ? .heldOut(heldOut) : validation > 0 ? .fromLabelled(validation) : .none)
  }
}

/// All that determines a run, in the sections of its YAML file; `Model` and `Options` are the recipe's
/// own. Saved, with every key resolved, beside the run and in each checkpoint.
public struct RunConfiguration<Model: Codable & Sendable, Options: Codable & Sendable>: Codable, Sendable {
  /// The recipe's name.
  public var recipe: String
  /// What every random decision flows from.
  public var seed: UInt64 = 1
  /// `cpu`, `cuda:0`, `mps`.
  public var device = "cpu"
  /// Threads within one operation; 0 uses all processors. Resuming bit for bit needs the same count.
  public var threads = 0
  /// Which images, and how many of their labels.
  public var dataset = DatasetConfiguration()
  /// The sizes of the recipe's networks.
  public var model: Model
  /// The recipe's own choices, such as the weights of its losses.
  public var options: Options
  /// How real images are varied before each step.
  public var augmentation = Augmentation.none
  /// How long and in what manner the recipe is trained.
  public var training = TrainingConfiguration()

  /// The recipe's own sections given, the rest at its defaults.
  public init(recipe: String, model: Model, options: Options) {
    (self.recipe, self.model, self.options) = (recipe, model, options)
  }

  /// - Throws: ``TrainingError`` naming the value out of range.
  public func validate() throws {
    guard (0...1024).contains(threads) else {
      throw TrainingError("threads is \(threads); use 0 (all) to 1024")
    }
    try dataset.validate()
    try training.validate()
  }
}
