/// Several p-values of one family of comparisons, each corrected so that the chance of any false finding among all of them
/// stays below the level that they are held against (Holm 1979): with the values in ascending order,
///
///     p̃₍ᵢ₎ = max over j ≤ i of min(1, (m − j + 1) · p₍ⱼ₎)
///
/// Never weaker than Bonferroni's correction, and like it free of assumptions on how the comparisons hang together.
///
/// - Parameter pValues: Uncorrected, each from 0 to 1.
/// - Returns: The corrected values in the order given.
/// - Throws: ``EvaluationError`` when a value is no probability.
public func holmCorrected(_ pValues: [Double]) throws(EvaluationError) -> [Double] {
  if let wrong = pValues.first(where: { !(0...1).contains($0) }) {
    throw EvaluationError("\(wrong) is no p-value: it does not lie between 0 and 1")
  }
  var corrected = pValues
  var largest = 0.0
  for (rank, index) in pValues.indices.sorted(by: { pValues[$0] < pValues[$1] }).enumerated() {
    largest = max(largest, min(1, Double(pValues.count - rank) * pValues[index]))
    corrected[index] = largest
  }
  return corrected
}
