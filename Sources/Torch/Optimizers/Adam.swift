import Foundation

/// Adam (Kingma and Ba 2015): steps along m̂ / (√v̂ + ε), with m and v the bias-corrected running
/// means of the gradient and of its square.
///
/// Weight decay is added to the gradient (L2 regularisation); ``AdamW`` keeps it apart.
public final class Adam: Optimizer {
  /// What is optimised, in the order in which ``step(_:)`` takes gradients.
  public var parameters: [NamedParameter] { moments.parameters.named }
  /// The step size α.
  public var learningRate: Double
  private let moments: AdamMoments

  /// - Parameters:
  ///   - beta1: The share of the past in the mean of gradients, in [0, 1).
  ///   - beta2: The share of the past in the mean of squares, in [0, 1).
  ///   - epsilon: Keeps the division finite; above 0.
  ///   - weightDecay: λ of the penalty λ/2·‖w‖², at least 0.
  ///   - addsEpsilonBeforeCorrection: Divides by √v + ε before the correction of v's bias, as Keras does
  ///     (ε̂ at the end of the paper's section 2), and not after it, as PyTorch does. Early steps along
  ///     small gradients differ.
  /// - Throws: ``TorchError`` for a number outside its range or an unusable list of parameters.
  public init(
    parameters: [NamedParameter], learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, weightDecay: Double = 0, addsEpsilonBeforeCorrection: Bool = false
  ) throws(TorchError) {
    self.learningRate = try requireRate(learningRate)
    moments = try AdamMoments(
      parameters, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay,
      addsEpsilonBeforeCorrection: addsEpsilonBeforeCorrection)
  }

  /// Changes every parameter once; see ``Optimizer/step(_:)``.
  public func step(_ gradients: [Tensor]) throws(TorchError) {
    try moments.step(
      gradients, by: Operators.fusedAdam, orByTensorRate: Operators.fusedAdamTensorRate, learningRate: learningRate)
  }

  /// Lets kernels read the rate from a tensor; see ``StepNumbers``.
  public func keepNumbersOnDevice() throws(TorchError) { try moments.keepRateOnDevice() }
  /// Puts the next step's rate in place and counts the step; see ``StepNumbers``.
  public func prepareStep() throws(TorchError) { try moments.prepareStep(learningRate: learningRate) }

  /// The moments and the number of steps; see ``Optimizer/state()``.
  public func state() throws(TorchError) -> [String: Tensor] { moments.state }
  /// Continues from a ``state()``; see ``Optimizer/load(state:)``.
  public func load(state: [String: Tensor]) throws(TorchError) { try moments.load(state) }
}

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019): every step also shrinks the
/// parameters by α·λ, whatever their gradients.
public final class AdamW: Optimizer {
  /// What is optimised, in the order in which ``step(_:)`` takes gradients.
  public var parameters: [NamedParameter] { moments.parameters.named }
  /// The step size α.
  public var learningRate: Double
  private let moments: AdamMoments

  /// - Parameters:
  ///   - beta1: The share of the past in the mean of gradients, in [0, 1).
  ///   - beta2: The share of the past in the mean of squares, in [0, 1).
  ///   - epsilon: Keeps the division finite; above 0.
  ///   - weightDecay: λ, at least 0.
  /// - Throws: ``TorchError`` for a number outside its range or an unusable list of parameters.
  public init(
    parameters: [NamedParameter], learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, weightDecay: Double = 1e-2
  ) throws(TorchError) {
    self.learningRate = try requireRate(learningRate)
    moments = try AdamMoments(
      parameters, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay)
  }

  /// Changes every parameter once; see ``Optimizer/step(_:)``.
  public func step(_ gradients: [Tensor]) throws(TorchError) {
    try moments.step(
      gradients, by: Operators.fusedAdamW, orByTensorRate: Operators.fusedAdamWTensorRate, learningRate: learningRate)
  }

  /// Lets kernels read the rate from a tensor; see ``StepNumbers``.
  public func keepNumbersOnDevice() throws(TorchError) { try moments.keepRateOnDevice() }
  /// Puts the next step's rate in place and counts the step; see ``StepNumbers``.
  public func prepareStep() throws(TorchError) { try moments.prepareStep(learningRate: learningRate) }

  /// The moments and the number of steps; see ``Optimizer/state()``.
  public func state() throws(TorchError) -> [String: Tensor] { moments.state }
  /// Continues from a ``state()``; see ``Optimizer/load(state:)``.
  public func load(state: [String: Tensor]) throws(TorchError) { try moments.load(state) }
}

/// The memory that ``Adam`` and ``AdamW`` share.
private final class AdamMoments {
  let parameters: FusedParameters
  private let first: [Tensor]
  private let second: [Tensor]
  /// Steps taken, one scalar for each group, as the kernels want it: `float32` on the group's device.
  private let counts: [Tensor]
  /// The same on the host, which need not ask the device for it.
  private var stepCount = 0
  /// Once the rate is kept on the device: for each group, the rate and the count that its kernel reads.
  private var prepared: [(rate: DeviceNumber, count: Tensor)]?
  private let (beta1, beta2, epsilon, weightDecay): (Double, Double, Double, Double)
  private let addsEpsilonBeforeCorrection: Bool

  init(
    _ parameters: [NamedParameter], beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double,
    addsEpsilonBeforeCorrection: Bool = false
  ) throws(TorchError) {
    guard (0..<1).contains(beta1) else { throw TorchError("Adam's beta1 must lie in [0, 1), not \(beta1)") }
    guard (0..<1).contains(beta2) else { throw TorchError("Adam's beta2 must lie in [0, 1), not \(beta2)") }
    guard epsilon > 0, epsilon.isFinite else { throw TorchError("Adam's epsilon must be above 0, not \(epsilon)") }
    self.parameters = try FusedParameters(parameters)
    first = try self.parameters.zeros()
    second = try self.parameters.zeros()
    counts = try self.parameters.groups.map { group throws(TorchError) in
      try Tensor.zeros([], device: parameters[group[0]].value.device)
    }
    (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, epsilon)
    self.addsEpsilonBeforeCorrection = addsEpsilonBeforeCorrection
    self.weightDecay = try requireDecay(weightDecay)
  }

  func step(
    _ gradients: [Tensor], by kernel: Operator, orByTensorRate tensorRateKernel: Operator, learningRate: Double
  ) throws(TorchError) {
    var group = 0
    try parameters.update(with: gradients) { members, values, gradients throws(TorchError) in
      defer { group += 1 }
      if group == 0, prepared == nil { stepCount += 1 }
      let count = counts[group]
      try Operators.addScalarInPlace(.tensor(count), 1)
      // √v + ε, corrected by √(1 − β₂ᵗ) as a whole, is the kernel's form with a larger ε.
      let correction =
        addsEpsilonBeforeCorrection && prepared == nil ? (1 - pow(beta2, Double(stepCount))).squareRoot() : 1
      let ready = prepared?[group]
      let chosen = ready == nil ? kernel : tensorRateKernel
      _ = try chosen.results(
        values, gradients, .tensors(members.map { first[$0] }), .tensors(members.map { second[$0] }), .tensors([]),
        .tensors(members.map { _ in ready?.count ?? count }),
        ready.map { .tensor($0.rate.value) } ?? .double(learningRate),
        .double(beta1), .double(beta2), .double(weightDecay), .double(epsilon / correction), /* amsgrad: */ false,
        /* maximize: */ false)
    }
  }

  func keepRateOnDevice() throws(TorchError) {
    guard prepared == nil else { return }
    prepared = try counts.map { count throws(TorchError) in
      // ε is an argument and cannot follow √(1 − β₂ᵗ), so both corrections move into the rate, and the
      // kernel is shown a count at which its own have vanished.
      let read = addsEpsilonBeforeCorrection ? try Tensor.full([], 1e9, device: count.device) : count
      return (try DeviceNumber(on: count.device), read)
    }
  }

  func prepareStep(learningRate: Double) throws(TorchError) {
    guard let prepared else { return }
    stepCount += 1
    let age = Double(stepCount)
    let correction = addsEpsilonBeforeCorrection ? (1 - pow(beta2, age)).squareRoot() / (1 - pow(beta1, age)) : 1
    for group in prepared { try group.rate.set(learningRate * correction) }
  }

  private var entries: [(path: String, value: Tensor)] {
    var entries: [(path: String, value: Tensor)] = []
    for (group, members) in parameters.groups.enumerated() {
      for index in members {
        let path = parameters.named[index].path
        entries.append((path + ".first_moment", first[index]))
        entries.append((path + ".second_moment", second[index]))
      }
      entries.append((parameters.named[members[0]].path + ".step", counts[group]))
    }
    return entries
  }

  var state: [String: Tensor] {
    Dictionary(entries.map { ($0.path, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  func load(_ state: [String: Tensor]) throws(TorchError) {
    try overwrite(entries, with: state, whose: "optimiser")
    stepCount = Int(try counts[0].item())
  }
}

func requireRate(_ rate: Double) throws(TorchError) -> Double {
  guard rate >= 0, rate.isFinite else { throw TorchError("a learning rate must be at least 0, not \(rate)") }
  return rate
}

func requireDecay(_ decay: Double) throws(TorchError) -> Double {
  guard decay >= 0, decay.isFinite else { throw TorchError("a weight decay must be at least 0, not \(decay)") }
  return decay
}
