/// Scales gradients together so that their common norm √Σ‖g‖² is at most `limit` (Pascanu et al. 2013).
///
/// A norm that is infinite or not a number is returned and the gradients stay as they are: scaling
/// would spread it.
/// - Returns: The norm before.
/// - Throws: ``TorchError`` when `limit` is not above 0.
@discardableResult
public func clipGradients(_ gradients: inout [Tensor], toNorm limit: Double) throws(TorchError) -> Double {
  guard limit > 0 else { throw TorchError("gradients are clipped to a norm above 0, not \(limit)") }
  guard !gradients.isEmpty else { return 0 }
  let given = gradients
  let (norm, clipped) = try withoutGradients { () throws(TorchError) -> (Double, [Tensor]) in
    let norm = try commonNorm(of: given).item()
    guard norm.isFinite, norm > limit else { return (norm, given) }
    return (norm, try given.map { gradient throws(TorchError) in try gradient * (limit / norm) })
  }
  gradients = clipped
  return norm
}

/// Moves every element of the gradients into [−`limit`, `limit`].
/// - Throws: ``TorchError`` when `limit` is not above 0.
public func clipGradients(_ gradients: inout [Tensor], toValue limit: Double) throws(TorchError) {
  guard limit > 0 else { throw TorchError("gradients are clipped to a value above 0, not \(limit)") }
  let given = gradients
  gradients = try withoutGradients { () throws(TorchError) in
    try given.map { gradient throws(TorchError) in try gradient.clamped(low: -limit, high: limit) }
  }
}

/// √Σ‖t‖² over all tensors, which lie on one device: a scalar there, without gradients.
package func commonNorm(of tensors: [Tensor]) throws(TorchError) -> Tensor {
  try withoutGradients { () throws(TorchError) in
    let norms = try Operators.foreachNorm.results(.tensors(tensors), 2.0, capacity: tensors.count)
    return try Tensor.stack(norms).norm()
  }
}
