public import SparringDatasets
public import SparringTorch

/// One training method: the networks it owns, by name, and one step over them.
///
/// A recipe knows nothing of files, schedules or reports. Everything that changes while it trains stands in its
/// stored properties, where ``RecipeParts`` finds it, so that a checkpoint of it continues the recipe bit for bit.
///
/// A step reads nothing back from its device and keeps no count of its own on the host: on a GPU it may be recorded
/// once and replayed (``StepGraph``). What changes from step to step lies in tensors: the step's time, and what the
/// recipe's parts hold. A recipe that counts on the host all the same is not recorded, and a warning says so.
public protocol Recipe: AnyObject {
  associatedtype Batch: TensorBatch
  associatedtype Options: RecipeOptions

  /// The name on the command line, such as `supervised`.
  static var name: String { get }
  /// What it does, in one line.
  static var summary: String { get }
  /// The networks that it asks its ``Setting`` for.
  static var roles: [NetworkRole] { get }
  /// Sizes to begin with, where nothing else is said.
  static var model: ModelConfiguration { get }
  /// How images are varied, where nothing else is said.
  static var augmentation: Augmentation { get }
  /// Length and pace to begin with, where nothing else is said.
  static var pace: TrainingPace { get }
  /// How its training is known to fail.
  static var failureSigns: [FailureSign] { get }
  /// The same with this recipe's options.
  var failureSigns: [FailureSign] { get }
  /// Whether its networks are moved throughout the run; where a game rests for a part of it, gradients that vanish are
  /// no sign of failure.
  static var playsThroughout: Bool { get }
  /// Whether its only step does it all, without gradients: such a recipe has no pace and no augmentation to choose.
  static var fitsAtOnce: Bool { get }

  /// Networks with fresh weights.
  /// - Throws: `TorchError` for sizes that do not fit the data, or an option out of range.
  init(_ options: Options, in setting: Setting) throws

  /// What the recipe's steps are fed.
  func batches(from data: TrainingData) throws -> any BatchSource<Batch>

  /// Changes the networks once.
  /// - Parameter time: How much of the run is done, for weights that change over it.
  /// - Returns: The losses before the change, in the order of display.
  func step(_ batch: Batch, at time: StepTime) throws -> Losses
}

extension Recipe {
  /// The usual sizes.
  public static var model: ModelConfiguration { ModelConfiguration() }
  /// Images as they are.
  public static var augmentation: Augmentation { .none }
  /// Short, for a few labels; one step for a recipe that fits at once.
  public static var pace: TrainingPace { fitsAtOnce ? .once : TrainingPace() }
  /// A discriminator that always wins, for a recipe that reports the loss of one.
  public static var failureSigns: [FailureSign] { [.discriminatorWins()] }
  /// Whatever the options are.
  public var failureSigns: [FailureSign] { Self.failureSigns }
  /// Most games never rest.
  public static var playsThroughout: Bool { true }
  /// Most recipes take many steps.
  public static var fitsAtOnce: Bool { false }
}

/// A recipe's own choices, with their defaults and ranges.
public protocol RecipeOptions: Codable, Sendable {
  /// The defaults, to be changed one by one.
  init()
  /// Whether the generator has a part in what the classifier learns; false where an option takes it out of the game, as
  /// ablations do. Nothing to a recipe without a generator.
  var usesGenerator: Bool { get }
  /// - Throws: ``TorchError`` naming the option out of range.
  func validate() throws(TorchError)
}

extension RecipeOptions {
  /// It has.
  public var usesGenerator: Bool { true }
}

/// How long and how fast a recipe trains unless told otherwise.
public struct TrainingPace: Sendable {
  /// Passes over the training images; 0 leaves the length to `steps`.
  public var epochs = 0
  /// Steps in all, where `epochs` is 0.
  public var steps = 600
  /// The rate before the schedule scales it.
  public var learningRate = 2e-3
  /// How the learning rate moves.
  public var schedule = LearningRateSchedule.linear(decayStart: 0.3, warmUpSteps: 50)
  /// Steps between two reports of the losses.
  public var logEvery = 20
  /// Steps between two looks at samples and accuracy.
  public var lookEvery = 100
  /// Steps between two checkpoints.
  public var checkpointEvery = 200

  /// A classifier's with few labels.
  public init() {}

  /// A single step.
  static var once: TrainingPace {
    var pace = TrainingPace()
    (pace.steps, pace.schedule, pace.logEvery) = (1, .constant, 1)
    (pace.lookEvery, pace.checkpointEvery) = (0, 0)
    return pace
  }
}

/// - Throws: ``TorchError`` that names the option.
func require(batchSize: Int, named name: String) throws(TorchError) {
  try require(batchSize, named: "options.\(name)", in: 1...65_536)
}

/// The losses of one step, and what else a step may report of itself: scalars cut off from the graph, still on their
/// device, so that reading them does not stall the loop.
public struct Losses {
  /// A quantity and the scalar of shape `[]` that it was in this step.
  public struct Entry {
    /// What was measured.
    public let quantity: Quantity
    /// Of shape `[]`, without a graph.
    public let value: Tensor
    /// The quantity's name.
    public var name: String { quantity.name }
  }

  /// In the order of display.
  public let values: [Entry]
  /// Images that passed forward through a trained network in this step.
  public let imagePasses: Int

  /// Cuts the losses off from the graph.
  /// - Throws: `TorchError` when LibTorch cannot detach one.
  /// - Parameter values: nil for what this run does without.
  public init(_ values: KeyValuePairs<Quantity, Tensor?>, imagePasses: Int) throws {
    self.values = try values.compactMap { quantity, value in
      try value.map { Entry(quantity: quantity, value: try $0.detached()) }
    }
    self.imagePasses = imagePasses
  }
}
