/// Changes parameters against their gradients.
///
/// ```swift
/// let optimizer = try Adam(parameters: network.trainedParameters, learningRate: 2e-4, beta1: 0.5)
/// let loss = try network(images).mean()
/// try optimizer.step(gradients(of: loss, withRespectTo: optimizer.parameters.map(\.value)))
/// ```
public protocol Optimizer: AnyObject {
  /// What is optimised, in the order in which ``step(_:)`` takes gradients.
  var parameters: [NamedParameter] { get }
  /// The step size. Kernels read it from a tensor, so that a schedule may set it between two replays of a recorded
  /// step.
  var learningRate: Double { get }
  /// Sets the step size, at least 0.
  func setLearningRate(_ rate: Double) throws(TorchError)
  /// What is remembered of the gradients of the last steps, one tensor for each parameter: their running mean, or their
  /// fading sum. None where nothing is remembered. The tensors are the optimiser's own, not copies.
  var recentGradients: [Tensor] { get }
  /// Changes every parameter once.
  /// - Parameter gradients: One for each of ``parameters``, in their order.
  /// - Throws: ``TorchError`` when the number of gradients or a shape differs; nothing is changed then.
  func step(_ gradients: [Tensor]) throws(TorchError)
  /// What the optimiser remembers, by parameter path: `conv1.weight.first_moment`. The tensors are
  /// its own, not copies.
  func state() throws(TorchError) -> [String: Tensor]
  /// Continues from a ``state()``.
  /// - Throws: ``TorchError`` naming the first entry that is missing, unexpected or of another
  ///   shape; nothing is overwritten then.
  func load(state: [String: Tensor]) throws(TorchError)
}

extension Optimizer {
  /// Nothing is remembered.
  public var recentGradients: [Tensor] { [] }

  /// Differentiates `loss` and takes one step.
  /// - Throws: ``TorchError`` when a parameter did not take part in the loss.
  public func minimize(_ loss: Tensor) throws(TorchError) {
    try step(gradients(of: loss, withRespectTo: parameters.map(\.value)))
  }
}

/// Which parameters a weight decay shrinks.
public enum DecayedParameters: String, NamedChoice {
  case all
  /// Matrices and kernels; biases, normalisations' scales and lengths of weights are left alone, since pulling them
  /// to zero regularises nothing (as in He et al. 2019, "Bag of tricks", section 3.1).
  case weights

  func holds(_ parameter: NamedParameter) -> Bool {
    self == .all || parameter.value.shape.filter { $0 > 1 }.count > 1
  }
}

/// The tensors that one fused kernel changes together.
///
/// LibTorch's fused CPU kernels walk through memory and ignore strides, so parameters, gradients and
/// moments must share one dense layout. This is where that is made sure of.
struct FusedParameters {
  let named: [NamedParameter]
  /// Positions of parameters of one format on one device with one decay, which one call may change.
  let groups: [[Int]]
  /// λ of each group.
  let decays: [Double]
  /// α of each group, on its device.
  private let rates: [DeviceNumber]

  /// - Throws: ``TorchError`` for an empty list, a parameter given twice, one with holes in memory, or a number out of
  ///   range.
  init(
    _ named: [NamedParameter], learningRate: Double, weightDecay: Double, decaying decayed: DecayedParameters
  ) throws(TorchError) {
    guard weightDecay >= 0, weightDecay.isFinite else {
      throw TorchError("a weight decay must be at least 0, not \(weightDecay)")
    }
    guard !named.isEmpty else { throw TorchError("an optimiser needs at least one parameter") }
    var paths: Set<String> = []
    var seen: Set<ObjectIdentifier> = []
    var groups: [String: [Int]] = [:]
    for (index, parameter) in named.enumerated() {
      let path = parameter.path
      guard seen.insert(ObjectIdentifier(parameter.parameter)).inserted, paths.insert(path).inserted else {
        throw TorchError("the optimiser was given '\(path)' twice")
      }
      guard parameter.parameter.role == .trained else { throw TorchError("'\(path)' is a buffer and is not optimised") }
      guard try parameter.value.zerosLike().hasLayout(of: parameter.value) else {
        throw TorchError("'\(path)' is a view with holes in memory; give the parameter a clone of it")
      }
      let kind = "\(parameter.value.device) \(parameter.value.dtype) \(decayed.holds(parameter))"
      groups[kind, default: []].append(index)
    }
    self.named = named
    self.groups = groups.values.sorted { $0[0] < $1[0] }
    decays = self.groups.map { decayed.holds(named[$0[0]]) ? weightDecay : 0 }
    rates = try self.groups.map { group throws(TorchError) in
      try DeviceNumber(on: named[group[0]].value.device)
    }
    try setLearningRate(learningRate)
  }

  func setLearningRate(_ rate: Double) throws(TorchError) {
    guard rate >= 0, rate.isFinite else { throw TorchError("a learning rate must be at least 0, not \(rate)") }
    for number in rates { try number.set(rate) }
  }

  /// Zeros in the layout of each parameter, for a moment.
  func zeros() throws(TorchError) -> [Tensor] {
    try withoutGradients { () throws(TorchError) in
      try named.map { parameter throws(TorchError) in try parameter.value.zerosLike() }
    }
  }

  /// The gradients, copied where their layout or format is not the parameter's own.
  func aligned(_ gradients: [Tensor]) throws(TorchError) -> [Tensor] {
    guard gradients.count == named.count else {
      throw TorchError("the optimiser has \(named.count) parameters but was given \(gradients.count) gradients")
    }
    var aligned = gradients
    for (index, parameter) in named.enumerated() {
      let value = parameter.value
      let gradient = gradients[index]
      guard gradient.shape == value.shape else {
        throw TorchError("the gradient of '\(parameter.path)' has shape \(gradient.shape), not \(value.shape)")
      }
      if !gradient.hasLayout(of: value) || gradient.dtype != value.dtype || gradient.device != value.device {
        aligned[index] = try value.zerosLike()
        try aligned[index].copy(from: gradient)
      }
    }
    return aligned
  }

  /// One call's worth of parameters.
  struct Group {
    let index: Int
    /// Positions among all parameters.
    let members: [Int]
    let values: Argument
    let gradients: Argument
    /// α, a scalar on the group's device.
    let rate: Tensor
    /// λ.
    let decay: Double
  }

  /// Runs `change` for each group.
  func update(
    with gradients: [Tensor], _ change: (Group) throws(TorchError) -> Void
  ) throws(TorchError) {
    try withoutGradients { () throws(TorchError) in
      let gradients = try aligned(gradients)
      for (index, members) in groups.enumerated() {
        try change(
          Group(
            index: index, members: members, values: .tensors(members.map { named[$0].value }),
            gradients: .tensors(members.map { gradients[$0] }), rate: rates[index].value, decay: decays[index]))
      }
    }
    forgetCastWeights()
  }
}
