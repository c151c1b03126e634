import SparringDatasets
import SparringModels
public import SparringObjectives
public import SparringTorch

/// The discriminator that a restorer may play against, under `options.adversary`.
public struct AdversaryOptions: Codable, Sendable {
  /// The weight of deceiving the discriminator beside the reconstruction's, which is 1; 0 leaves the discriminator out.
  public var weight = 0.01
  /// What the two networks minimise.
  public var objective = AdversarialObjective.hinge
  /// The discriminator's learning rate, scaled by the schedule like the restorer's.
  public var learningRate = 4e-4
  /// The weight γ of the R1 penalty on the discriminator's slope at real images; 0 leaves it out.
  public var r1Penalty = 0.0
  /// The share of the run before which the reconstruction counts alone for the restorer.
  public var begins = 0.0

  /// The defaults, to be changed one by one.
  public init() {}

  /// - Throws: ``TorchError`` naming the value out of range.
  public func validate() throws(TorchError) {
    try require(weight, named: "options.adversary.weight", in: 0...1e6)
    try require(learningRate, named: "options.adversary.learningRate", in: 0...1000)
    try require(r1Penalty, named: "options.adversary.r1Penalty", in: 0...1e6)
    try require(begins, named: "options.adversary.begins", in: 0...1)
  }

  /// A discriminator with its optimiser; nil where it is left out.
  /// - Throws: ``TorchError`` for an objective that its slope does not allow.
  func player(_ network: @autoclosure () throws -> Discriminator) throws -> Player<Discriminator>? {
    guard weight > 0 else { return nil }
    let network = try network()
    guard !objective.isTooSteep(network, penalties: r1Penalty) else {
      throw TorchError(
        "options.adversary.objective=wasserstein needs a discriminator of small slope: set options.adversary.r1Penalty, or "
          + "model.discriminator.normalization=spectral")
    }
    return try Player(network) { try Adam(parameters: $0, learningRate: learningRate, beta1: 0.5) }
  }

  /// What shows that the discriminator fails.
  var failureSigns: [FailureSign] {
    guard weight > 0, let chance = objective.lossAtChance() else { return [] }
    return [
      .discriminatorWins(loss: objective.leastLoss(), rate: "options.adversary.learningRate"),
      .discriminatorAtChance(loss: chance, .raise("options.adversary.learningRate")),
    ]
  }
}

/// One step of a restorer: the reconstruction, and where there is an adversary the game with it (Pathak et al. 2016,
/// "Context encoders"; Ledig et al. 2017, "SRGAN").
struct RestorationGame {
  let options: AdversaryOptions
  let restorer: Player<Restorer>
  let adversary: Player<Discriminator>?
  let setting: Setting

  /// - Parameters:
  ///   - restored: What the discriminator judges of the restored images, `[N, …]`, with their graph.
  ///   - truths: The same of the true ones.
  ///   - reconstruction: How far the restored images are from the true ones, a scalar.
  ///   - paid: What the restorer pays for that, a scalar; nil for the same.
  ///   - images: How many images there are.
  func step(
    restored: Tensor, truths: Tensor, reconstruction: Tensor, paid: Tensor? = nil, images: Int, at time: StepTime
  ) throws -> Losses {
    let own = paid ?? reconstruction
    guard let adversary else {
      try restorer.step(restorer.gradients(of: own))
      return try Losses([.reconstruction: reconstruction], imagePasses: images)
    }
    let network = adversary.network
    let backward = try SharedBackward(fakeExamples: restored, mixesExamples: network.mixesExamples)
    let (realLogits, fakeLogits) = try setting.computing {
      (try network(truths), try network(backward.judgedExamples))
    }
    let losses = try options.objective.losses(realLogits: realLogits, fakeLogits: fakeLogits)
    let weight = try time.switched(at: options.begins) * options.weight
    let gradients = try backward.gradients(
      discriminatorLoss: losses.discriminator, generatorLoss: losses.generator * weight, realLogits: realLogits,
      fakeLogits: fakeLogits, penalty: penalty(on: network, at: truths), generatorPenalty: own,
      discriminator: adversary.parameters, generator: restorer.parameters)
    try adversary.step(gradients.discriminator)
    try restorer.step(gradients.generator)
    let unit: Quantity.Unit = options.objective.isInNats ? .nats : .plain
    return try Losses(
      [
        .reconstruction: reconstruction, .discriminator.measured(in: unit): losses.discriminator,
        .generator.measured(in: unit): losses.generator,
      ], imagePasses: 3 * images)
  }

  private func penalty(on network: Discriminator, at truths: Tensor) throws -> Tensor? {
    guard options.r1Penalty > 0 else { return nil }
    return try GradientPenalty.r1(realImages: truths) { try network($0) } * options.r1Penalty
  }
}

extension Quantity {
  /// The mean distance of restored pixels from the true ones, where pixels lie on [-1, 1].
  public static let reconstruction = Quantity(
    "reconstruction", title: "reconstruction loss", short: "loss R", better: .lower)
}

extension ModelConfiguration {
  /// A U-net, and a discriminator of bounded slope.
  static var ofRestorers: ModelConfiguration {
    var model = ModelConfiguration()
    model.discriminator = TrunkConfiguration(
      ConvolutionalFamily(widths: [32, 64, 128], normalization: .spectral, leakyReLUSlope: 0.2))
    return model
  }
}

extension TrainingPace {
  /// A few minutes on a data set of small images.
  static var ofRestorers: TrainingPace {
    var pace = TrainingPace()
    (pace.steps, pace.learningRate) = (2000, 1e-3)
    (pace.logEvery, pace.lookEvery, pace.checkpointEvery) = (50, 500, 500)
    return pace
  }
}
