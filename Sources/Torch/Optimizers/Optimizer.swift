/// Changes parameters against their gradients.
///
/// ```swift
/// let optimizer = try Adam(parameters: network.trainedParameters, learningRate: 2e-4, beta1: 0.5)
/// let loss = try network(images).mean()
/// try optimizer.step(gradients(of: loss, withRespectTo: optimizer.parameters.map(\.value)))
/// ```
public protocol Optimizer: StepNumbers {
  /// What is optimised, in the order in which ``step(_:)`` takes gradients.
  var parameters: [NamedParameter] { get }
  /// The step size; a schedule may set it before every step.
  var learningRate: Double { get set }
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
  /// Differentiates `loss` and takes one step.
  /// - Throws: ``TorchError`` when a parameter did not take part in the loss.
  public func minimize(_ loss: Tensor) throws(TorchError) {
    try step(gradients(of: loss, withRespectTo: parameters.map(\.value)))
  }
}

/// The tensors that one fused kernel changes together.
///
/// LibTorch's fused CPU kernels walk through memory and ignore strides, so parameters, gradients and
/// moments must share one dense layout. This is where that is made sure of.
struct FusedParameters {
  let named: [NamedParameter]
  /// Positions of parameters of one format on one device, which one call may change.
  let groups: [[Int]]

  /// - Throws: ``TorchError`` for an empty list, a parameter given twice, or one with holes in memory.
  init(_ named: [NamedParameter]) throws(TorchError) {
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
      groups["\(parameter.value.device) \(parameter.value.dtype)", default: []].append(index)
    }
    self.named = named
    self.groups = groups.values.sorted { $0[0] < $1[0] }
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

  /// Runs `change` for each group, with the positions of its members.
  func update(
    with gradients: [Tensor],
    _ change: (_ members: [Int], _ values: Argument, _ gradients: Argument) throws(TorchError) -> Void
  ) throws(TorchError) {
    try withoutGradients { () throws(TorchError) in
      let gradients = try aligned(gradients)
      for members in groups {
        try change(members, .tensors(members.map { named[$0].value }), .tensors(members.map { gradients[$0] }))
      }
    }
    forgetCastWeights()
  }
}
