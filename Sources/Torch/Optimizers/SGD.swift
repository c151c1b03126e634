/// Stochastic gradient descent with momentum: b ← μ·b + g; w ← w − α·b, or w − α·(g + μ·b) with
/// Nesterov's look-ahead (Sutskever et al. 2013).
public final class SGD: Optimizer {
  /// What is optimised, in the order in which ``step(_:)`` takes gradients.
  public var parameters: [NamedParameter] { fused.named }
  /// The step size α.
  public var learningRate: Double
  private let fused: FusedParameters
  /// b for each parameter; none without momentum.
  private let buffers: [Tensor]
  private let momentum: Double
  private let nesterov: Bool
  private let weightDecay: Double
  /// The rate of each group, once it is kept on the device.
  private var rates: [DeviceNumber]?

  /// - Parameters:
  ///   - momentum: μ, in [0, 1).
  ///   - nesterov: Looks ahead along the momentum; needs a momentum above 0.
  ///   - weightDecay: λ of the penalty λ/2·‖w‖², at least 0.
  /// - Throws: ``TorchError`` for a number outside its range or an unusable list of parameters.
  public init(
    parameters: [NamedParameter], learningRate: Double, momentum: Double = 0, nesterov: Bool = false,
    weightDecay: Double = 0
  ) throws(TorchError) {
    guard (0..<1).contains(momentum) else { throw TorchError("a momentum must lie in [0, 1), not \(momentum)") }
    if nesterov, momentum == 0 { throw TorchError("Nesterov's look-ahead needs a momentum above 0") }
    self.learningRate = try requireRate(learningRate)
    self.weightDecay = try requireDecay(weightDecay)
    (self.momentum, self.nesterov) = (momentum, nesterov)
    fused = try FusedParameters(parameters)
    buffers = momentum > 0 ? try fused.zeros() : []
  }

  /// Changes every parameter once; see ``Optimizer/step(_:)``.
  public func step(_ gradients: [Tensor]) throws(TorchError) {
    var group = 0
    try fused.update(with: gradients) { members, values, gradients throws(TorchError) in
      defer { group += 1 }
      let rate = rates?[group].value
      // Buffers begin at zero, which makes the first step no exception (b ← g).
      _ = try (rate == nil ? Operators.fusedSGD : Operators.fusedSGDTensorRate).results(
        values, gradients, .tensors(momentum > 0 ? members.map { buffers[$0] } : []), .double(weightDecay),
        .double(momentum), rate.map { .tensor($0) } ?? .double(learningRate), /* dampening: */ 0.0, .bool(nesterov),
        /* maximize: */ false, /* is_first_step: */ false)
    }
  }

  /// Lets kernels read the rate from a tensor; see ``StepNumbers``.
  public func keepNumbersOnDevice() throws(TorchError) {
    guard rates == nil else { return }
    rates = try fused.groups.map { group throws(TorchError) in
      try DeviceNumber(on: fused.named[group[0]].value.device)
    }
  }

  /// Puts the next step's rate in place; see ``StepNumbers``.
  public func prepareStep() throws(TorchError) {
    for rate in rates ?? [] { try rate.set(learningRate) }
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
