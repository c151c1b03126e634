import SparringModels
public import SparringTorch

/// What moves a network's weights.
public enum OptimizerChoice: String, NamedChoice {
  /// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
  case adamw
  /// Stochastic gradient descent with Nesterov's momentum (Sutskever et al. 2013); its weight decay is a penalty.
  case sgd
}

/// How a classifier is optimised: the same choices in every recipe that has one, under `options.classifier`.
public struct ClassifierOptions: Codable, Sendable {
  /// What moves its weights.
  public var optimizer = OptimizerChoice.adamw
  /// Adam's decay of the gradient's mean, or the momentum.
  public var beta1 = 0.9
  /// Decoupled weight decay (Loshchilov and Hutter 2019), or λ of the penalty λ/2·‖w‖².
  public var weightDecay = 0.0
  /// What the weight decay shrinks.
  public var decayed = DecayedParameters.weights
  /// The share of the target spread over all classes, for labelled examples.
  public var labelSmoothing = 0.0
  /// How much of the averaged weights survives one step.
  public var averageDecay = 0.99

  /// The defaults, to be changed one by one.
  public init() {}

  /// - Throws: ``TorchError`` naming the value out of range.
  public func validate() throws(TorchError) {
    try require(beta1, named: "options.classifier.beta1", in: 0...0.999_999)
    try require(weightDecay, named: "options.classifier.weightDecay", in: 0...1e6)
    try require(labelSmoothing, named: "options.classifier.labelSmoothing", in: 0...1)
    try require(averageDecay, named: "options.classifier.averageDecay", in: 0...0.999_999)
  }

  /// The setting's classifier with its optimiser and average.
  /// - Parameter teaches: Whether its average names examples that it is shown as they are (``Teacher``).
  func player(in setting: Setting, teaches: Bool = false) throws -> Player<Classifier> {
    try player(of: setting.classifier(), in: setting, teaches: teaches)
  }

  /// A network that classifies, with its optimiser and average.
  func player<Network: Module>(
    of network: Network, in setting: Setting, teaches: Bool = false
  ) throws -> Player<Network> {
    try Player(network, averageDecay: averageDecay, teaches: teaches) { parameters -> any Optimizer in
      switch optimizer {
      case .adamw:
        try AdamW(
          parameters: parameters, learningRate: setting.learningRate, beta1: beta1, weightDecay: weightDecay,
          decaying: decayed)
      case .sgd:
        try SGD(
          parameters: parameters, learningRate: setting.learningRate, momentum: beta1, nesterov: beta1 > 0,
          weightDecay: weightDecay, decaying: decayed)
      }
    }
  }
}

/// The options of a recipe that has a classifier.
public protocol ClassifierRecipeOptions: RecipeOptions {
  /// How the classifier is optimised.
  var classifier: ClassifierOptions { get set }
}

/// How a generator is optimised that spars with a classifier, under `options.generator`.
public struct GeneratorOptions: Codable, Sendable {
  /// Of the generator's Adam; the schedule scales it like the classifier's.
  public var learningRate = 1e-3
  /// Adam's decay of the gradient's mean.
  public var beta1 = 0.5
  /// Examples that the generator makes in one step.
  public var batchSize = 64
  /// Whether they pass through the same augmentation as real ones (Zhao et al. 2020).
  public var augments = true
  /// How much of the averaged generator, which makes the images that are looked at, survives one step; 0 keeps no average.
  public var averageDecay = 0.0

  /// The defaults, to be changed one by one.
  public init() {}

  /// The defaults but for the rate.
  public init(learningRate: Double) { self.learningRate = learningRate }

  /// - Throws: ``TorchError`` naming the value out of range.
  public func validate() throws(TorchError) {
    try require(learningRate, named: "options.generator.learningRate", in: 0...1000)
    try require(beta1, named: "options.generator.beta1", in: 0...0.999_999)
    try require(averageDecay, named: "options.generator.averageDecay", in: 0...0.999_999)
    try require(batchSize: batchSize, named: "generator.batchSize")
  }

  /// The setting's generator with its optimiser.
  /// - Parameter ofClasses: Whether a class can be asked for.
  func player(in setting: Setting, ofClasses: Bool = false) throws -> Player<Generator> {
    try Player(setting.generator(ofClasses: ofClasses), averageDecay: averageDecay) {
      try Adam(parameters: $0, learningRate: learningRate, beta1: beta1)
    }
  }
}

/// How a discriminator is optimised that has a network to itself, under `options.discriminator`.
public struct DiscriminatorOptions: Codable, Sendable {
  /// Of the discriminator's Adam; the schedule scales it like the classifier's.
  public var learningRate = 4e-4
  /// Adam's decay of the gradient's mean.
  public var beta1 = 0.5

  /// The defaults, to be changed one by one.
  public init() {}

  /// The defaults but for the rate.
  public init(learningRate: Double) { self.learningRate = learningRate }

  /// - Throws: ``TorchError`` naming the value out of range.
  public func validate() throws(TorchError) {
    try require(learningRate, named: "options.discriminator.learningRate", in: 0...1000)
    try require(beta1, named: "options.discriminator.beta1", in: 0...0.999_999)
  }

  /// A discriminator with its optimiser.
  func player(_ network: Discriminator) throws -> Player<Discriminator> {
    try Player(network) { try Adam(parameters: $0, learningRate: learningRate, beta1: beta1) }
  }
}

/// The sizes of the two kinds of batches that a step with few labels takes, under `options`.
public protocol FewLabelsBatchSizes {
  /// Labelled examples in one step.
  var labelledBatchSize: Int { get }
  /// Unlabelled real examples in one step; an epoch is one pass over them.
  var unlabelledBatchSize: Int { get }
}

extension FewLabelsBatchSizes {
  func validateBatchSizes() throws(TorchError) {
    try require(batchSize: labelledBatchSize, named: "labelledBatchSize")
    try require(batchSize: unlabelledBatchSize, named: "unlabelledBatchSize")
  }
}
