/// The one check of a number that somebody chose, and the one way to say that it will not do.
///
/// - Parameter name: The key as it was typed, such as `model.classifier.dropout`.
/// - Throws: ``TorchError`` that names the key, the value and its range.
package func require<Number: Comparable>(
  _ value: Number, named name: String, in range: ClosedRange<Number>
) throws(TorchError) {
  guard range.contains(value) else {
    throw TorchError("\(name) is \(value); use \(range.lowerBound) to \(range.upperBound)")
  }
}

/// The same for a range without its upper bound, such as a probability below 1.
package func require<Number: Comparable>(
  _ value: Number, named name: String, in range: Range<Number>
) throws(TorchError) {
  guard range.contains(value) else {
    throw TorchError("\(name) is \(value); use \(range.lowerBound) to below \(range.upperBound)")
  }
}
