internal import Foundation

/// A stretch of numbers with round ticks, laid onto a stretch of the drawing.
struct Axis {
  let low: Double
  let high: Double
  let ticks: [Double]
  /// Decimals that tell neighbouring ticks apart.
  let digits: Int
  /// Where ``low`` and ``high`` lie in the drawing.
  let start: Double
  let end: Double

  /// Covers `values`, up to the next ticks when `rounds`; ticks are 1, 2 or 5 times a power of ten.
  init(covering values: [Double], tickCount: Int, rounds: Bool = true, from start: Double, to end: Double) {
    // Differences of larger numbers would be no numbers.
    let finite = values.filter(\.isFinite).map { min(1e300, max(-1e300, $0)) }
    var (low, high) = (finite.min() ?? 0, finite.max() ?? 1)
    if high - low < 1e-12 * max(1, abs(low)) {
      let room = max(0.5, 1e-3 * abs(low))
      (low, high) = (low - room, high + room)
    }
    let rough = (high - low) / Double(max(1, tickCount))
    let power = pow(10, floor(log10(rough)))
    let step = power * ([1, 2, 5].first { $0 * power >= rough * 0.999 } ?? 10)
    if rounds { (low, high) = (floor(low / step + 1e-9) * step, ceil(high / step - 1e-9) * step) }
    (self.low, self.high, self.start, self.end) = (low, high, start, end)
    let first = (low / step - 1e-9).rounded(.up)
    let last = (high / step + 1e-9).rounded(.down)
    ticks = first <= last ? Swift.stride(from: first, through: last, by: 1).prefix(100).map { $0 * step } : []
    digits = max(0, Int(-floor(log10(step) + 1e-9)))
  }

  /// Where a value lies; beyond the ends it is held at them.
  func position(_ value: Double) -> Double {
    start + (min(high, max(low, value)) - low) / (high - low) * (end - start)
  }
}
