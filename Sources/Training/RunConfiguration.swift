import Foundation
public import SparringDatasets
import SparringModels
public import SparringRecipes
import SparringTorch

/// Which examples a run sees, and how many of their labels.
public struct DatasetConfiguration: Codable, Sendable, Hashable {
  /// A known data set, such as `mnist`, or the path of a folder or of a file of examples.
  public var name = "mnist"
  /// Training images whose label is shown; 0 shows every label, which is also the default on the command line for data of
  /// one's own.
  public var labels = 100
  /// How many of the shown labels each class gets; validation images are drawn alike.
  public var labelFrequencies = LabelledSplit.Frequencies.balanced
  /// Of those, how many only validate choices.
  public var validation = 0
  /// Further training images whose labels only validate choices: they come on top of the budget, so a figure chosen by them has to say so.
  public var heldOut = 0
  /// Whether labelled batches show every class equally often, however many examples it has.
  public var balancesClasses = false
  /// How a folder of images is read.
  public var folder = ImageFolder.Options()
  /// How a file of examples is read.
  public var file = ExampleFile.Options()

  /// The defaults: MNIST with 100 labels.
  public init() {}

  /// - Throws: An error that begins with the key whose value is out of range.
  public func validate() throws {
    try require(labels, named: "dataset.labels", in: 0...1_000_000_000)
    // Of the labels that are shown, some must be left to train on.
    try require(validation, named: "dataset.validation", in: 0...(labels > 0 ? labels - 1 : 1_000_000_000))
    try require(heldOut, named: "dataset.heldOut", in: 0...1_000_000_000)
    guard heldOut == 0 || validation == 0 else {
      throw TrainingError("dataset.heldOut is \(heldOut) and dataset.validation is \(validation); use one of them")
    }
    try folder.check()
    try file.check()
    try requireUse()
  }

  /// - Throws: ``TrainingError`` naming the section that says how to read what there is nothing of.
  private func requireUse() throws {
    guard let source = try? DatasetSource(name) else { return }
    let (isFolder, isFile, what): (Bool, Bool, String) =
      switch source {
      case .known(let dataset): (false, false, "\(dataset.title) is read as it was published")
      case .cifar10, .idx: (false, false, "\(name) holds images of one size")
      case .file: (false, true, "\(name) is no folder of pictures")
      case .pictures: (true, false, "\(name) is a folder of pictures")
      }
    if !isFolder, folder != ImageFolder.Options() {
      throw TrainingError("dataset.folder would do nothing: \(what); leave \(changed(folder)) out")
    }
    if !isFile, file != ExampleFile.Options() {
      throw TrainingError("dataset.file would do nothing: \(what)")
    }
  }

  private func changed(_ folder: ImageFolder.Options) -> String {
    var others = ImageFolder.Options()
    others.skipUnreadable = folder.skipUnreadable
    return others == folder ? "--skip-unreadable" : "dataset.folder"
  }

  /// How folders and files are read.
  package var options: DatasetOptions {
    var options = DatasetOptions()
    (options.folder, options.file) = (folder, file)
    return options
  }

  /// The split that this configuration draws from a training set.
  package func split(of dataset: Dataset, seed: UInt64) throws -> LabelledSplit {
    try .drawn(
      labelFrequencies, from: dataset, labelCount: labels == 0 ? nil : labels, seed: seed,
      validation: heldOut > 0 ? .heldOut(heldOut) : validation > 0 ? .fromLabelled(validation) : .none)
  }
}

/// All that determines a run, in the sections of its YAML file. Saved, with every key resolved, beside the run and in
/// each checkpoint.
public struct RunConfiguration<Method: Recipe>: Codable, Sendable {
  /// The recipe's name.
  public var recipe = Method.name
  /// What every random decision flows from.
  public var seed: UInt64 = 1
  /// `cpu`, `cuda:0`, `mps`.
  public var device = "cpu"
  /// Threads within one operation; 0 uses all processors. Resuming bit for bit needs the same count.
  public var threads = 0
  /// Which images, and how many of their labels.
  public var dataset = DatasetConfiguration()
  /// The families and sizes of the networks that fill the recipe's roles.
  public var model = Method.model
  /// The recipe's own choices, such as the weights of its losses.
  public var options = Method.Options()
  /// How real images are varied before each step.
  public var augmentation = Method.augmentation
  /// How long and in what manner the recipe is trained.
  public var training = TrainingConfiguration(pace: Method.pace)

  /// The recipe's defaults.
  public init() {}

  /// The configuration's layers, to be laid over the defaults; keys that would do nothing for this recipe are not there.
  /// - Parameter forVectors: Whether the networks' defaults are those for vectors.
  /// - Parameter showsAllLabels: Whether every label is shown unless a number is given.
  package static func tree(
    forVectors: Bool = false, showsAllLabels: Bool = false
  ) throws -> ConfigurationTree<Self> {
    var defaults = Self()
    if showsAllLabels { defaults.dataset.labels = 0 }
    if forVectors { (defaults.model, defaults.augmentation) = (defaults.model.forVectors, .none) }
    return try ConfigurationTree(defaults: defaults, hiding: hidden, alternatives: alternatives)
  }

  /// The same without the places of files on this machine, for what people pass on.
  package var shared: Self {
    var shared = self
    func last(_ path: String) -> String { path.hasPrefix("/") ? (path as NSString).lastPathComponent : path }
    shared.dataset.name = last(dataset.name)
    shared.model.classifier.from = last(model.classifier.from)
    shared.model.discriminator.from = last(model.discriminator.from)
    shared.model.encoder.from = last(model.encoder.from)
    return shared
  }

  /// The configuration as YAML, every key that does something written out.
  package func text() throws -> String { try ConfigurationTree(defaults: self, hiding: Self.hidden).text() }

  /// A network's keys depend on its family.
  private static var alternatives: [Alternatives] {
    let model = Method.model
    return Method.roles.map { role in
      let path = "model.\(role.rawValue)"
      if role == .restorer {
        return Alternatives(at: path, by: "family", names: NetworkFamilies.restorers.map { $0.name }, keeping: []) {
          model.restorer.choosing(family: $0)
        }
      }
      guard let trunk = model[trunkOf: role] else {
        return Alternatives(
          at: path, by: "family", names: NetworkFamilies.generators.map { $0.name },
          keeping: GeneratorConfiguration.commonKeys
        ) { model.generator.choosing(family: $0) }
      }
      return Alternatives(
        at: path, by: "family", names: NetworkFamilies.trunks.map { $0.name }, keeping: TrunkConfiguration.commonKeys
      ) { trunk.choosing(family: $0) }
    }
  }

  private static var hidden: [String: String] {
    var hidden: [String: String] = [:]
    for role in NetworkRole.allCases where !Method.roles.contains(role) {
      hidden["model.\(role.rawValue)"] = "\(Method.name) has no \(role.rawValue)"
    }
    if !(Method.self is any ImageClassifying.Type) {
      let ofLabels = [
        "dataset.labels", "dataset.labelFrequencies", "dataset.validation", "dataset.heldOut",
        "dataset.balancesClasses",
      ]
      for key in ofLabels {
        hidden[key] = "\(Method.name) does not classify"
      }
      if !(Method.self is any ImageGenerating.Type), !Method.restores {
        for key in ["training.measureEvery", "training.result", "training.patience"] {
          hidden[key] = "\(Method.name) neither classifies nor makes images"
        }
      }
    }
    if Method.fitsAtOnce {
      for section in ["augmentation", "training"] {
        hidden[section] = "\(Method.name) fits its classifier in one step, to the images as they are"
      }
    }
    if !(Method.self is any ImageGenerating.Type), !Method.restores, !Method.fitsAtOnce {
      hidden["training.sampleEvery"] = "\(Method.name) makes no images"
    }
    return hidden
  }

  /// Everything that can be said before any data are read.
  /// - Throws: An error that begins with the key whose value is out of range.
  public func validate() throws {
    guard recipe == Method.name else {
      throw TrainingError("recipe is '\(recipe)' in the configuration, but '\(Method.name)' was asked for")
    }
    try require(threads, named: "threads", in: 0...1024)
    try dataset.validate()
    try training.validate()
    try augmentation.check()
    try options.validate()
    try model.validate(Method.roles)
  }
}
