import SparringTorch

/// A test part drawn from a training part, class by class, where nobody brought one.
enum HeldOut {
  /// The places that are held out.
  ///
  /// - Parameters:
  ///   - labels: The class of each example, negative where there is none.
  ///   - fraction: Of each class, above 0 and below 1; at least one example.
  ///   - lonely: The message about a class with a single example, from its label and the example's place.
  /// - Throws: ``DatasetError`` where holding one out would leave a class without any.
  static func places(
    labels: [Int], fraction: Double, seed: UInt64, lonely: (_ label: Int, _ place: Int) -> String
  ) throws -> Set<Int> {
    let generator = try RandomGenerator(seed: seed, purpose: "held-out images")
    let groups = Dictionary(grouping: labels.indices) { labels[$0] }
    var heldOut: Set<Int> = []
    for (label, members) in groups.sorted(by: { $0.key < $1.key }) {
      let count = max(1, Int(Double(members.count) * fraction))
      guard count < members.count else { throw DatasetError(lonely(label, members[0])) }
      heldOut.formUnion(
        try Tensor.permutation(members.count, using: generator).integers().prefix(count).map { members[$0] })
    }
    return heldOut
  }

  /// - Throws: ``DatasetError`` naming the setting.
  static func check(_ fraction: Double, named name: String) throws(DatasetError) {
    guard (0..<1).contains(fraction) else {
      throw DatasetError("\(name) is \(fraction); use 0 (no test part) to below 1")
    }
  }
}
