import Foundation

/// Adam (Kingma and Ba 2015): steps along m̂ / (√v̂ + ε), with m and v the bias-corrected running
/// means of the gradient and of its square.
///
/// Weight decay is added to the gradient (L2 regularisation); ``AdamW`` keeps it apart.
public final class Adam: Optimizer {
  /// What is optimised, in the order in which ``step(_:)`` takes gradients.
  public var parameters: [NamedParameter] { moments.parameters.named }
  /// The step size α.
  public private(set) var learningRate: Double
  /// The running mean m; see ``Optimizer/recentGradients``.
  public var recentGradients: [Tensor] { moments.first }
  private let moments: AdamMoments

  /// - Parameters:
  ///   - beta1: The share of the past in the mean of gradients, in [0, 1).
  ///   - beta2: The share of the past in the mean of squares, in [0, 1).
  ///   - epsilon: Keeps the division finite; above 0.
  ///   - weightDecay: λ of the penalty λ/2·‖w‖², at least 0.
  ///   - decayed: What it applies to.
  ///   - addsEpsilonBeforeCorrection: Divides by √v + ε before the correction of v's bias, as Keras does
  ///     (ε̂ at the end of the paper's section 2), and not after it, as PyTorch does. Early steps along
  ///     small gradients differ.
  /// - Throws: ``TorchError`` for a number outside its range or an unusable list of parameters.
  public init(
    parameters: [NamedParameter], learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, weightDecay: Double = 0, decaying decayed: DecayedParameters = .all,
    addsEpsilonBeforeCorrection: Bool = false
  ) throws(TorchError) {
    self.learningRate = learningRate
    moments = try AdamMoments(
      FusedParameters(parameters, learningRate: learningRate, weightDecay: weightDecay, decaying: decayed),
      beta1: beta1, beta2: beta2, epsilon: epsilon, addsEpsilonBeforeCorrection: addsEpsilonBeforeCorrection)
  }

  /// Changes every parameter once; see ``Optimizer/step(_:)``.
  public func step(_ gradients: [Tensor]) throws(TorchError) {
    try moments.step(gradients, by: Operators.fusedAdam)
  }

  /// Sets the step size; see ``Optimizer/setLearningRate(_:)``.
  public func setLearningRate(_ rate: Double) throws(TorchError) {
    try moments.parameters.setLearningRate(rate)
    learningRate = rate
  }

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
  public private(set) var learningRate: Double
  /// The running mean m; see ``Optimizer/recentGradients``.
  public var recentGradients: [Tensor] { moments.first }
  private let moments: AdamMoments

  /// - Parameters:
  ///   - beta1: The share of the past in the mean of gradients, in [0, 1).
  ///   - beta2: The share of the past in the mean of squares, in [0, 1).
  ///   - epsilon: Keeps the division finite; above 0.
  ///   - weightDecay: λ, at least 0.
  ///   - decayed: What it applies to.
  /// - Throws: ``TorchError`` for a number outside its range or an unusable list of parameters.
  public init(
    parameters: [NamedParameter], learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, weightDecay: Double = 1e-2, decaying decayed: DecayedParameters = .all
  ) throws(TorchError) {
    self.learningRate = learningRate
    moments = try AdamMoments(
      FusedParameters(parameters, learningRate: learningRate, weightDecay: weightDecay, decaying: decayed),
      beta1: beta1, beta2: beta2, epsilon: epsilon)
  }

  /// Changes every parameter once; see ``Optimizer/step(_:)``.
  public func step(_ gradients: [Tensor]) throws(TorchError) {
    try moments.step(gradients, by: Operators.fusedAdamW)
  }

  /// Sets the step size; see ``Optimizer/setLearningRate(_:)``.
  public func setLearningRate(_ rate: Double) throws(TorchError) {
    try moments.parameters.setLearningRate(rate)
    learningRate = rate
  }

  /// The moments and the number of steps; see ``Optimizer/state()``.
  public func state() throws(TorchError) -> [String: Tensor] { moments.state }
  /// Continues from a ``state()``; see ``Optimizer/load(state:)``.
  public func load(state: [String: Tensor]) throws(TorchError) { try moments.load(state) }
}

/// The memory that ``Adam`` and ``AdamW`` share.
private final class AdamMoments {
  let parameters: FusedParameters
  let first: [Tensor]
  private let second: [Tensor]
  /// Steps taken, one scalar for each group, as the kernels want it: `float32` on the group's device.
  private let counts: [Tensor]
  private let (beta1, beta2, epsilon): (Double, Double, Double)
  private let addsEpsilonBeforeCorrection: Bool

  init(
    _ parameters: FusedParameters, beta1: Double, beta2: Double, epsilon: Double,
    addsEpsilonBeforeCorrection: Bool = false
  ) throws(TorchError) {
    guard (0..<1).contains(beta1) else { throw TorchError("Adam's beta1 must lie in [0, 1), not \(beta1)") }
    guard (0..<1).contains(beta2) else { throw TorchError("Adam's beta2 must lie in [0, 1), not \(beta2)") }
    guard epsilon > 0, epsilon.isFinite else { throw TorchError("Adam's epsilon must be above 0, not \(epsilon)") }
    self.parameters = parameters
    first = try parameters.zeros()
    second = try parameters.zeros()
    counts = try parameters.groups.map { group throws(TorchError) in
      try Tensor.zeros([], device: parameters.named[group[0]].value.device)
    }
    (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, epsilon)
    self.addsEpsilonBeforeCorrection = addsEpsilonBeforeCorrection
  }

  func step(_ gradients: [Tensor], by kernel: Operator) throws(TorchError) {
    try parameters.update(with: gradients) { group throws(TorchError) in
      var (rate, count) = (group.rate, counts[group.index])
      try Operators.addScalarInPlace(.tensor(count), 1)
      if addsEpsilonBeforeCorrection { (rate, count) = try corrected(rate, age: count) }
      _ = try kernel.results(
        group.values, group.gradients, .tensors(group.members.map { first[$0] }),
        .tensors(group.members.map { second[$0] }), .tensors([]), .tensors(group.members.map { _ in count }),
        .tensor(rate), .double(beta1), .double(beta2), .double(group.decay), .double(epsilon), /* amsgrad: */ false,
        /* maximize: */ false)
    }
  }

  /// m̂ / (√v̂ + ε/√(1 − β₂ᵗ)) = m / (√v + ε) · √(1 − β₂ᵗ) / (1 − β₁ᵗ): ε is an argument and cannot follow the
  /// count, so both corrections move into the rate, and the kernel is shown a count at which its own have vanished.
  private func corrected(_ rate: Tensor, age: Tensor) throws(TorchError) -> (rate: Tensor, count: Tensor) {
    let age = try age.to(rate.dtype)
    func vanishing(_ beta: Double) throws(TorchError) -> Tensor {
      beta > 0 ? try 1 - (age * log(beta)).exponential() : try Tensor.ones([], dtype: rate.dtype, device: rate.device)
    }
    let correction = try vanishing(beta2).squareRoot() / vanishing(beta1)
    return (try rate * correction, try Tensor.full([], 1e9, device: rate.device))
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
  }
}
