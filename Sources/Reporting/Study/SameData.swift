package import SparringDatasets

extension DataFacts {
  /// Whether two runs were of the same examples, as far as their facts tell: numbers as measured differ in their last
  /// digits from machine to machine.
  package func areOfSameData(as other: DataFacts?) -> Bool {
    guard let other else { return true }
    guard shape == other.shape, classNames == other.classNames, scaling.kind == other.scaling.kind,
      scaling.centers.count == other.scaling.centers.count, scaling.spreads.count == other.scaling.spreads.count
    else { return false }
    if let counts, let others = other.counts, counts != others { return false }
    let spreads = zip(scaling.spreads, other.scaling.spreads)
    return spreads.allSatisfy { abs($0 - $1) <= 1e-3 * max(abs($0), abs($1)) }
  }
}
