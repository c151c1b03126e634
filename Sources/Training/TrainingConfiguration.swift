package import SparringRecipes
public import SparringTorch

/// How long and in what manner any recipe is trained.
public struct TrainingConfiguration: Codable, Sendable, Hashable {
  /// The number format of convolutions and matrix products.
  public enum PrecisionChoice: String, NamedChoice {
    /// bf16 where the processor or GPU multiplies it natively, otherwise fp32; fp32 on Apple's GPUs.
    case auto
    case fp32
    case bf16
  }

  /// Whether whole steps are recorded into a graph of the GPU's work and replayed.
  public enum GraphChoice: String, NamedChoice {
    /// On CUDA devices, unless a step cannot be recorded; a warning says why then.
    case auto
    /// Every step is queued kernel by kernel.
    case off
  }

  /// Which weights are the run's result.
  public enum ResultChoice: String, NamedChoice {
    /// The best where a folder brings validation images of its own, or where a watch intervenes in the training of a
    /// generator that classifies nothing; else the last.
    case auto
    /// Those of the last step.
    case last
    /// Those that measured best on the validation images; of a recipe that does not classify, those whose samples lay
    /// nearest to real images.
    case best
  }

  /// Passes over the training images; 0 leaves the length to `steps`.
  public var epochs = 0
  /// Steps in all, where `epochs` is 0.
  public var steps = 1000
  /// The rate before ``schedule`` scales it, above 0; a recipe may give a network its own.
  public var learningRate = 2e-4
  /// How the learning rates of all the recipe's optimisers move.
  public var schedule = LearningRateSchedule.constant
  /// The number format of convolutions and matrix products; ``resolvedPrecision(on:)`` settles `auto`.
  public var precision = PrecisionChoice.auto
  /// Whether whole steps are recorded and replayed on a GPU.
  public var graphs = GraphChoice.auto
  /// Steps between two reports of the losses.
  public var logEvery = 50
  /// Steps between two grids of samples; 0 draws only the last.
  public var sampleEvery = 500
  /// Steps between two measurements of the accuracy, or of samples' distance to real images; 0 measures only at the end.
  public var measureEvery = 0
  /// Which weights are the run's result.
  public var result = ResultChoice.auto
  /// Measurements that choose, as ``ResultChoice/best`` says, without a better one after which training ends; 0 trains to the end.
  public var patience = 0
  /// Steps between two checkpoints; 0 writes only the last.
  public var checkpointEvery = 500
  /// How many checkpoints stay on disk.
  public var keepCheckpoints = 2
  /// What is done about a run that is being ruined.
  public var watch = WatchConfiguration()

  /// The defaults: 1000 steps.
  public init() {}

  /// A recipe's own pace.
  package init(pace: TrainingPace) {
    (epochs, steps, learningRate, schedule) = (pace.epochs, pace.steps, pace.learningRate, pace.schedule)
    (logEvery, checkpointEvery) = (pace.logEvery, pace.checkpointEvery)
    (sampleEvery, measureEvery) = (pace.lookEvery, pace.lookEvery)
  }

  /// - Throws: ``TorchError`` that begins with the key whose value is out of range.
  public func validate() throws(TorchError) {
    let many = 1_000_000_000
    try require(epochs, named: "training.epochs", in: 0...1_000_000)
    try require(steps, named: "training.steps", in: (epochs > 0 ? 0 : 1)...many)
    try require(learningRate, named: "training.learningRate", in: 1e-12...1000)
    try require(schedule.warmUpSteps, named: "training.schedule.warmUpSteps", in: 0...many)
    try require(schedule.decayStart, named: "training.schedule.decayStart", in: 0...1)
    try require(schedule.finalFactor, named: "training.schedule.finalFactor", in: 0...1)
    try require(logEvery, named: "training.logEvery", in: 1...many)
    try require(sampleEvery, named: "training.sampleEvery", in: 0...many)
    try require(measureEvery, named: "training.measureEvery", in: 0...many)
    try require(patience, named: "training.patience", in: 0...many)
    guard patience == 0 || measureEvery > 0 else {
      throw TorchError("training.patience is \(patience), but training.measureEvery 0 measures only at the end")
    }
    try require(checkpointEvery, named: "training.checkpointEvery", in: 0...many)
    try require(keepCheckpoints, named: "training.keepCheckpoints", in: 1...many)
    try watch.validate()
  }

  /// The precision to use on a device.
  public func resolvedPrecision(on device: Device) -> Precision {
    switch precision {
    case .fp32: .fp32
    case .bf16: .bf16
    case .auto:
      (device == .cpu ? ProcessorFeatures.current.isFasterInBFloat16 : Machine.hasNativeBFloat16(device))
        ? .bf16 : .fp32
    }
  }

  /// The steps of the whole run.
  public func totalSteps(stepsPerEpoch: Int) -> Int { epochs > 0 ? epochs * stepsPerEpoch : steps }
}
