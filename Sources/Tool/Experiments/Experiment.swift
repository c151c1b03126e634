import SparringDatasets
import SparringRecipes
import SparringTorch
import SparringTraining

/// What the tool needs to know of a recipe to run it: its defaults, how it fits a data set, how it is
/// made. One small type per recipe; all that is the same for every recipe stands once, elsewhere.
protocol Experiment {
  associatedtype Method: Recipe
  associatedtype Source: BatchSource where Source.Batch == Method.Batch
  associatedtype Model: Codable & Sendable
  associatedtype Options: Codable & Sendable
  typealias Configuration = RunConfiguration<Model, Options>

  static var defaults: Configuration { get }
  /// Whether labels matter, so that a split is drawn and saved.
  static var usesLabels: Bool { get }
  /// Takes image size, channels and class count from the data set where the configuration leaves them
  /// open (0).
  static func fit(_ model: inout Model, to dataset: Dataset) throws
  static func makeRecipe(_ configuration: Configuration, device: Device) throws -> Method
  static func makeBatches(
    _ configuration: Configuration, dataset: Dataset, split: LabelledSplit?
  ) throws -> Source
}

extension Experiment {
  static var name: String { Method.name }
}

/// Something to be done with the experiment of a recipe known only by name.
protocol ExperimentTask {
  associatedtype Result
  func run<Chosen: Experiment>(_ experiment: Chosen.Type) throws -> Result
}

enum Experiments {
  static let names = [GAN.name, Supervised.name, SemiSupervisedGAN.name]

  static func perform<Task: ExperimentTask>(_ task: Task, onRecipe name: String) throws -> Task.Result {
    switch name {
    case GAN.name: return try task.run(GANExperiment.self)
    case Supervised.name: return try task.run(SupervisedExperiment.self)
    case SemiSupervisedGAN.name: return try task.run(SemiSupervisedExperiment.self)
    default:
      let hint = nearestName(to: name, among: names).map { "; did you mean '\($0)'?" } ?? ""
      throw ToolError("there is no recipe '\(name)'\(hint); the recipes are \(names.joined(separator: ", "))")
    }
  }
}

/// A size that the configuration gives, or the data set's own where it gives 0.
func fitted(_ size: Int, to own: Int, key: String) throws -> Int {
  guard size == 0 || size == own else {
    throw ToolError("\(key) is \(size), but the data set has \(own); leave it at 0 to follow the data set")
  }
  return own
}

extension Dataset {
  /// The side of its square images.
  func side() throws -> Int {
    guard height == width else { throw ToolError("\(name) has images of \(height)×\(width); they must be square") }
    return height
  }
}
