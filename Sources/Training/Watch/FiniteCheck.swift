import SparringRecipes
import SparringTorch

/// Whether all numbers of many tensors are finite, asked on their device and read later: an infinity, or what is no number,
/// shows in a tensor's sum.
struct FiniteCheck {
  private let names: [String]
  private let sums: [Tensor]

  /// Waits for nothing.
  init(_ tensors: [(name: String, value: Tensor)]) throws(TorchError) {
    let floating = tensors.filter { $0.value.dtype.isFloatingPoint && $0.value.count > 0 }
    let groups = Dictionary(grouping: floating) { "\($0.value.device)" }.sorted { $0.key < $1.key }.map(\.value)
    names = groups.flatMap { $0.map(\.name) }
    sums = try withoutGradients { () throws(TorchError) in
      try groups.map { group throws(TorchError) in
        try Tensor.stack(group.map { named throws(TorchError) in try named.value.sum().to(.float32) })
      }
    }
  }

  /// Of everything that a checkpoint holds, by name.
  init(_ tensors: [String: Tensor]) throws(TorchError) {
    try self.init(tensors.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
  }

  /// Of the weights of a recipe's networks and of their averages.
  init(weightsOf recipe: some Recipe) throws(TorchError) {
    var tensors: [(name: String, value: Tensor)] = []
    for network in recipe.networks {
      tensors += network.value.namedParameters.map { ("\(network.name).\($0.path)", $0.value) }
    }
    for average in recipe.averages {
      let averages = average.value.averages.sorted { $0.key < $1.key }
      tensors += averages.map { ("average:\(average.name).\($0.key)", $0.value) }
    }
    try self.init(tensors)
  }

  /// The name of a tensor that is not finite; waits until the sums are there. One whose sum overflows counts as well: such
  /// weights are as broken.
  func firstBroken() throws(TorchError) -> String? {
    var values: [Float] = []
    for part in sums { values += try part.array(of: Float.self) }
    return values.firstIndex { !$0.isFinite }.map { names[$0] }
  }
}
