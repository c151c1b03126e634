public import SparringDatasets
public import SparringRecipes

/// What a run tells its observers. Training knows nothing of who listens.
public enum TrainingEvent: Sendable {
  case started(RunStart)
  case stepped(StepReport)
  case epochEnded(EpochReport)
  case measured(Measurement)
  case sampled(SampleReport)
  case warned(StabilityWarning)
  case checkpointed(step: Int, path: String)
  /// The run went back to a checkpoint; what was told of later steps is no part of it any more.
  case wentBack(toStep: Int)
  case finished(RunEnd)
}

/// What a quantity was found to be; the order in a list is the order of display.
public struct MeasuredValue: Sendable, Hashable {
  /// What was measured.
  public let quantity: Quantity
  /// In the quantity's unit.
  public let value: Double
  /// The quantity's name.
  public var name: String { quantity.name }

  /// `value` of `quantity`.
  public init(_ quantity: Quantity, _ value: Double) {
    (self.quantity, self.value) = (quantity, value)
  }
}

/// How much of a network is trained.
public struct NetworkSize: Sendable, Hashable {
  /// The recipe's name for the network.
  public let name: String
  /// Trained numbers.
  public let parameterCount: Int

  /// A network of that name and size.
  package init(_ name: String, parameterCount: Int) {
    (self.name, self.parameterCount) = (name, parameterCount)
  }
}

/// What is known before the first step.
public struct RunStart: Sendable {
  /// The recipe's name, such as `semi-supervised-gan`.
  public let recipe: String
  /// The step at which the whole run ends, earlier parts included.
  public let totalSteps: Int
  /// Steps in one pass over the training images.
  public let stepsPerEpoch: Int
  /// Zero for a new run, the checkpoint's step for a resumed one.
  public let firstStep: Int
  /// Every network that is trained.
  public let networks: [NetworkSize]
  /// Whether the length was given in epochs, so that the end of each is reported.
  public let countsEpochs: Bool
  /// What examples are called: `images` or `vectors`.
  public let examples: String

  /// A report of these values.
  package init(
    recipe: String, totalSteps: Int, stepsPerEpoch: Int, firstStep: Int, networks: [NetworkSize],
    countsEpochs: Bool = true, examples: String = "images"
  ) {
    (self.recipe, self.totalSteps, self.stepsPerEpoch) = (recipe, totalSteps, stepsPerEpoch)
    (self.firstStep, self.networks, self.countsEpochs) = (firstStep, networks, countsEpochs)
    self.examples = examples
  }
}

/// The state after a step; sent at the logging interval, so losses are means over that interval.
public struct StepReport: Sendable {
  /// Steps done, from 1.
  public let step: Int
  /// From 1.
  public let epoch: Int
  /// Means over the steps since the last report.
  public let losses: [MeasuredValue]
  /// Of the recipe's first optimiser, as the schedule has scaled it.
  public let learningRate: Double
  /// Seconds of training so far, resumed parts included.
  public let seconds: Double
  /// Images that passed forward through a trained network per second since the last report; 0 in the first.
  public let imagesPerSecond: Double

  /// A report of these values.
  package init(
    step: Int, epoch: Int, losses: [MeasuredValue], learningRate: Double, seconds: Double, imagesPerSecond: Double
  ) {
    (self.step, self.epoch, self.losses) = (step, epoch, losses)
    (self.learningRate, self.seconds, self.imagesPerSecond) = (learningRate, seconds, imagesPerSecond)
  }
}

/// The end of one pass over the training images; sent where the length is given in epochs.
public struct EpochReport: Sendable {
  /// From 1.
  public let epoch: Int
  /// The epoch at which the whole run ends.
  public let totalEpochs: Int
  /// Steps done by then.
  public let step: Int
  /// Means over the epoch.
  public let losses: [MeasuredValue]

  /// A report of these values.
  package init(epoch: Int, totalEpochs: Int, step: Int, losses: [MeasuredValue]) {
    (self.epoch, self.totalEpochs, self.step, self.losses) = (epoch, totalEpochs, step, losses)
  }
}

/// Metrics on a split, such as `accuracy` on `validation`.
public struct Measurement: Sendable {
  /// Steps done by then.
  public let step: Int
  /// The images measured, such as `validation` or `2000 test images`.
  public let split: String
  /// The metrics, such as `accuracy` on [0, 1].
  public let values: [MeasuredValue]

  /// A report of these values.
  public init(step: Int, split: String, values: [MeasuredValue]) {
    (self.step, self.split, self.values) = (step, split, values)
  }
}

/// Images generated from latents that stay the same for the whole run.
public struct SampleReport: Sendable {
  /// Steps done by then; 0 for the untrained generator.
  public let step: Int
  /// One image for each latent, as bytes from 0 to 255.
  public let images: PixelImages

  /// A report of these values.
  package init(step: Int, images: PixelImages) {
    (self.step, self.images) = (step, images)
  }
}

/// A sign that training is failing, and what usually helps.
public struct StabilityWarning: Sendable, Hashable {
  /// Steps done by then.
  public let step: Int
  /// What was seen and what to try, in one line.
  public let message: String

  /// A warning of these values.
  package init(step: Int, message: String) {
    (self.step, self.message) = (step, message)
  }
}

/// How a run, or this part of it, ended.
public struct RunEnd: Sendable {
  /// Steps done, earlier parts included.
  public let step: Int
  /// False when the run was interrupted and can be resumed.
  public let isComplete: Bool
  /// Seconds of training, over every resumed part.
  public let seconds: Double
  /// Images that passed forward through any trained network.
  public let imagePasses: Int

  /// A report of these values.
  package init(step: Int, isComplete: Bool, seconds: Double, imagePasses: Int) {
    (self.step, self.isComplete, self.seconds, self.imagePasses) = (step, isComplete, seconds, imagePasses)
  }
}
