/// Stochastic gradient descent with momentum: b ← μ·b + g; w ← w − α·b, or w − α·(g + μ·b) with
/// Nesterov's look-ahead (Sutskever et al. 2013).
public final class SGD: Optimizer {
  /// What is optimised, in the order in which ``step(_:)`` takes gradients.
  public var parameters: [NamedParameter] { fused.named }
  /// The step size α.
  public private(set) var learningRate: Double
  /// The fading sum b; none without momentum. See ``Optimizer/recentGradients``.
  public var recentGradients: [Tensor] { buffers }
  private let fused: FusedParameters
  /// b for each parameter; none without momentum.
  private let buffers: [Tensor]
  private let momentum: Double
  private let nesterov: Bool

  /// - Parameters:
  ///   - momentum: μ, in [0, 1).
  ///   - nesterov: Looks ahead along the momentum; needs a momentum above 0.
  ///   - weightDecay: λ of the penalty λ/2·‖w‖², at least 0.
  ///   - decayed: What it applies to.
  /// - Throws: ``TorchError`` for a number outside its range or an unusable list of parameters.
  public init(
    parameters: [NamedParameter], learningRate: Double, momentum: Double = 0, nesterov: Bool = false,
    weightDecay: Double = 0, decaying decayed: DecayedParameters = .all
  ) throws(TorchError) {
    guard (0..<1).contains(momentum) else { throw TorchError("a momentum must lie in [0, 1), not \(momentum)") }
    if nesterov, momentum == 0 { throw TorchError("Nesterov's look-ahead needs a momentum above 0") }
    (self.learningRate, self.momentum, self.nesterov) = (learningRate, momentum, nesterov)
    fused = try FusedParameters(
      parameters, learningRate: learningRate, weightDecay: weightDecay, decaying: decayed)
    buffers = momentum > 0 ? try fused.zeros() : []
  }

  /// Sets the step size; see ``Optimizer/setLearningRate(_:)``.
  public func setLearningRate(_ rate: Double) throws(TorchError) {
    try fused.setLearningRate(rate)
    learningRate = rate
  }

  /// Changes every parameter once; see ``Optimizer/step(_:)``.
  public func step(_ gradients: [Tensor]) throws(TorchError) {
    try fused.update(with: gradients) { group throws(TorchError) in
      // Buffers begin at zero, which makes the first step no exception (b ← g).
      _ = try Operators.fusedSGD.results(
        group.values, group.gradients, .tensors(momentum > 0 ? group.members.map { buffers[$0] } : []),
        .double(group.decay), .double(momentum), .tensor(group.rate), /* dampening: */ 0.0, .bool(nesterov),
        /* maximize: */ false, /* is_first_step: */ false)
    }
  }

  private var entries: [(path: String, value: Tensor)] {
    zip(fused.named, buffers).map { ($0.path + ".momentum", $1) }
  }

  /// The momentum; see ``Optimizer/state()``.
  public func state() throws(TorchError) -> [String: Tensor] {
    Dictionary(entries.map { ($0.path, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  /// Continues from a ``state()``; see ``Optimizer/load(state:)``.
  public func load(state: [String: Tensor]) throws(TorchError) {
    try overwrite(entries, with: state, whose: "optimiser")
  }
}
