internal import CSparringTorch

/// Runs `body` without recording anything for differentiation.
public func withoutGradients<Result, Failure: Error>(
  _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  try withGradientMode(false, body)
}

/// Runs `body` with recording switched on, as inside a ``withoutGradients(_:)`` scope.
public func withGradients<Result, Failure: Error>(
  _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  try withGradientMode(true, body)
}

private func withGradientMode<Result, Failure: Error>(
  _ enabled: Bool, _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  let before = ct_gradient_mode()
  guard before != enabled else { return try body() }
  // A weight cast to bf16 while nothing is recorded must not serve a pass that is.
  ct_autocast_clear_cache()
  ct_set_gradient_mode(enabled)
  defer {
    ct_set_gradient_mode(before)
    ct_autocast_clear_cache()
  }
  return try body()
}

/// The gradients of a scalar `loss` with respect to `inputs`, nothing being accumulated.
///
/// - Parameters:
///   - createGraph: Records the gradients themselves, so that they can be differentiated again, as a
///     gradient penalty needs.
///   - retainGraph: Keeps the graph for another pass.
/// - Throws: ``TorchError`` when an input did not take part in the loss.
public func gradients(
  of loss: Tensor, withRespectTo inputs: [Tensor], createGraph: Bool = false, retainGraph: Bool = false
) throws(TorchError) -> [Tensor] {
  try gradients(of: [loss], weightedBy: nil, withRespectTo: inputs, createGraph: createGraph, retainGraph: retainGraph)
}

/// The vector-Jacobian products of `outputs` with `weights` (nil where every output is a scalar).
public func gradients(
  of outputs: [Tensor], weightedBy weights: [Tensor]?, withRespectTo inputs: [Tensor], createGraph: Bool = false,
  retainGraph: Bool = false
) throws(TorchError) -> [Tensor] {
  if let weights, weights.count != outputs.count {
    throw TorchError("\(outputs.count) outputs need as many weights, not \(weights.count)")
  }
  let outputHandles: [ct_tensor?] = outputs.map(\.handle)
  let weightHandles: [ct_tensor?] = weights?.map(\.handle) ?? outputs.map { _ in nil }
  let inputHandles: [ct_tensor?] = inputs.map(\.handle)
  var found = [ct_tensor?](repeating: nil, count: inputs.count)
  let message = ct_gradients(
    outputHandles, weightHandles, outputs.count, inputHandles, inputs.count, retainGraph || createGraph, createGraph,
    false, &found)
  try withExtendedLifetime((outputs, weights, inputs)) { () throws(TorchError) in try check(message) }
  return found.compactMap { $0.map(Tensor.init(owning:)) }
}

extension Tensor {
  /// Whether operations are being recorded at all, as outside a ``withoutGradients(_:)`` scope.
  static var recordsGradients: Bool { ct_gradient_mode() }

  /// Adds this scalar's gradients to the ``gradient`` of every leaf that asked for them.
  public func backward(retainGraph: Bool = false, createGraph: Bool = false) throws(TorchError) {
    try check(ct_backward(handle, retainGraph || createGraph, createGraph))
  }

  /// What ``backward(retainGraph:createGraph:)`` has accumulated; nil before the first pass.
  public var gradient: Tensor? {
    get { ct_tensor_gradient(handle).map(Tensor.init(owning:)) }
    set { withExtendedLifetime(newValue) { ct_tensor_set_gradient(handle, newValue?.handle) } }
  }

  /// Whether operations on this tensor are recorded.
  public var requiresGradient: Bool { ct_tensor_requires_gradient(handle) }

  /// Asks that operations on this leaf be recorded; returns itself.
  /// - Throws: ``TorchError`` for a tensor that is no floating-point leaf.
  @discardableResult
  public func requiringGradient(_ flag: Bool = true) throws(TorchError) -> Tensor {
    try check(ct_tensor_set_requires_gradient(handle, flag))
    return self
  }

  /// The same numbers, cut off from the graph.
  public func detached() throws(TorchError) -> Tensor { try Operators.detach(.tensor(self)) }
}
