internal import CSparringTorch

/// Overwrites tensors by name, all of them or none.
///
/// - Parameter owner: Whose tensors they are, for the message: `network`, `optimiser`.
/// - Throws: ``TorchError`` naming the first path that is missing, unexpected or of another shape.
func overwrite(
  _ targets: [(path: String, value: Tensor)], with state: [String: Tensor], whose owner: String
) throws(TorchError) {
  var sources: [Tensor] = []
  for (path, value) in targets {
    guard let source = state[path] else { throw TorchError("the checkpoint has no '\(path)'") }
    guard source.shape == value.shape else {
      throw TorchError(
        "'\(path)' has shape \(source.shape) in the checkpoint, but the \(owner) needs \(value.shape)")
    }
    sources.append(source)
  }
  if targets.count != state.count {
    let known = Set(targets.map(\.path))
    let extra = state.keys.filter { !known.contains($0) }.min() ?? "?"
    throw TorchError("the checkpoint has '\(Printable.name(extra))', which the \(owner) has not")
  }
  try withoutGradients { () throws(TorchError) in
    for (target, source) in zip(targets, sources) { try target.value.copy(from: source) }
  }
  forgetCastWeights()
}

/// Weights have changed in place: their bf16 copies, which autocast keeps for a scope, are stale.
func forgetCastWeights() { ct_autocast_clear_cache() }

extension Tensor {
  /// The distance in memory, in elements, between neighbours along each dimension.
  var strides: [Int] { (0..<rank).map { Int(ct_tensor_stride(handle, Int64($0))) } }

  /// Whether elements lie in the same order in memory; dimensions of size one have no say.
  func hasLayout(of other: Tensor) -> Bool {
    shape == other.shape
      && (0..<rank).allSatisfy { dimension in
        ct_tensor_size(handle, Int64(dimension)) <= 1
          || ct_tensor_stride(handle, Int64(dimension)) == ct_tensor_stride(other.handle, Int64(dimension))
      }
  }
}
