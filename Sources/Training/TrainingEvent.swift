public import Datasets

/// What a run tells its observers. Training knows nothing of who listens.
public enum TrainingEvent: Sendable {
  case started(RunStart)
  case stepped(StepReport)
  case epochEnded(EpochReport)
  case measured(Measurement)
  case sampled(SampleReport)
  case warned(StabilityWarning)
  case checkpointed(step: Int, path: String)
  case finished(RunEnd)
}

/// A named number; the order in a list is the order of display.
public struct NamedValue: Sendable, Hashable, Codable {
  public let name: String
  public let value: Double

  public init(_ name: String, _ value: Double) {
    (self.name, self.value) = (name, value)
  }
}

public struct RunStart: Sendable {
  /// The recipe's name, such as `semi-supervised-gan`.
  public let recipe: String
  public let totalSteps: Int
  public let stepsPerEpoch: Int
  /// Zero for a new run, the checkpoint's step for a resumed one.
  public let firstStep: Int
  /// Trained numbers of each network.
  public let parameterCounts: [NamedValue]

  public init(recipe: String, totalSteps: Int, stepsPerEpoch: Int, firstStep: Int, parameterCounts: [NamedValue]) {
    (self.recipe, self.totalSteps, self.stepsPerEpoch) = (recipe, totalSteps, stepsPerEpoch)
    (self.firstStep, self.parameterCounts) = (firstStep, parameterCounts)
  }
}

/// The state after a step; sent at the logging interval, so losses are means over that interval.
public struct StepReport: Sendable {
  /// Steps done, from 1.
  public let step: Int
  /// From 1.
  public let epoch: Int
  public let losses: [NamedValue]
  public let learningRate: Double
  /// Seconds of training in this process.
  public let seconds: Double
  public let imagesPerSecond: Double

  public init(
    step: Int, epoch: Int, losses: [NamedValue], learningRate: Double, seconds: Double, imagesPerSecond: Double
  ) {
    (self.step, self.epoch, self.losses) = (step, epoch, losses)
    (self.learningRate, self.seconds, self.imagesPerSecond) = (learningRate, seconds, imagesPerSecond)
  }
}

public struct EpochReport: Sendable {
  /// From 1.
  public let epoch: Int
  public let totalEpochs: Int
  public let step: Int
  /// Means over the epoch.
  public let losses: [NamedValue]

  public init(epoch: Int, totalEpochs: Int, step: Int, losses: [NamedValue]) {
    (self.epoch, self.totalEpochs, self.step, self.losses) = (epoch, totalEpochs, step, losses)
  }
}

/// Metrics on a split, such as `accuracy` on `validation`.
public struct Measurement: Sendable {
  public let step: Int
  public let split: String
  public let values: [NamedValue]

  public init(step: Int, split: String, values: [NamedValue]) {
    (self.step, self.split, self.values) = (step, split, values)
  }
}

/// Images generated from latents that stay the same for the whole run.
public struct SampleReport: Sendable {
  public let step: Int
  public let images: PixelImages

  public init(step: Int, images: PixelImages) {
    (self.step, self.images) = (step, images)
  }
}

/// A sign that adversarial training is failing, and what usually helps.
public struct StabilityWarning: Sendable, Hashable {
  public let step: Int
  public let message: String

  public init(step: Int, message: String) {
    (self.step, self.message) = (step, message)
  }
}

public struct RunEnd: Sendable {
  public let step: Int
  /// False when the run was interrupted and can be resumed.
  public let isComplete: Bool
  /// Seconds of training, over every resumed part.
  public let seconds: Double
  /// Images that passed forward through any trained network.
  public let imagePasses: Int

  public init(step: Int, isComplete: Bool, seconds: Double, imagePasses: Int) {
    (self.step, self.isComplete, self.seconds, self.imagePasses) = (step, isComplete, seconds, imagePasses)
  }
}
