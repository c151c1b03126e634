/// The middle and both ends of a few measurements.
struct Summary: Codable {
  var median: Double
  var low: Double
  var high: Double

  init?(_ values: [Double]) {
    let sorted = values.sorted()
    guard let low = sorted.first, let high = sorted.last else { return nil }
    let middle = sorted.count / 2
    median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    (self.low, self.high) = (low, high)
  }
}
