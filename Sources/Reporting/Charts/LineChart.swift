internal import Foundation
internal import SparringRecipes

/// Curves of one unit over training steps.
struct LineChart {
  struct Series {
    let name: String
    let points: [(step: Int, value: Double)]
  }

  let title: String
  let unit: Quantity.Unit
  /// Which way is better for every curve.
  let better: Quantity.Direction
  let series: [Series]

  /// The chart, its legend and what has to be said about it; nil when there is no point to draw.
  func figure() -> ChartFigure? {
    let drawn = series.map { Self.thinned($0.points.filter { $0.value.isFinite }) }
    let values = drawn.flatMap { $0.map(\.value) }
    guard !values.isEmpty else { return nil }
    let (range, cutsSpikes) = Self.limits(values)
    let limits = unit == .share ? Self.widened(range) : range
    let steps = drawn.flatMap { $0.map(\.step) }

    var svg = SVG(width: 440, height: 255)
    let y = Axis(covering: limits, tickCount: 5, from: 218, to: 12)
    let x = Axis(
      covering: [0, Double(steps.max() ?? 1)], tickCount: 4, rounds: false, from: 50, to: svg.width - 14)
    for tick in y.ticks {
      svg.line((x.start, y.position(tick)), (x.end, y.position(tick)), class: "grid")
      let label =
        unit == .share
        ? Format.percent(tick, digits: max(0, y.digits - 2))
        : abs(tick) < 1e6 ? Format.fixed(tick, y.digits) : Format.number(tick)
      svg.label(label, at: (x.start - 8, y.position(tick) + 4), anchor: "end")
    }
    for tick in x.ticks {
      let place = x.position(tick)
      let anchor = tick == 0 ? "start" : place > x.end - 20 ? "end" : "middle"
      svg.label(Format.count(tick), at: (place, 236), anchor: anchor)
    }
    svg.label("step", at: (x.end, 250), anchor: "end", class: "tick quiet")
    if unit == .nats { svg.label("nats", at: (x.start - 8, 250), anchor: "end", class: "tick quiet") }
    for (index, points) in drawn.enumerated() {
      let placed = points.map { (x: x.position(Double($0.step)), y: y.position($0.value)) }
      let color = seriesClass(index)
      if placed.count > 1 { svg.polyline(placed, class: "curve \(color)") }
      if placed.count <= 30 {
        for (place, point) in zip(placed, points) {
          svg.circle(place, radius: 2.6, class: "mark \(color)", title: "step \(point.step): \(text(point.value))")
        }
      }
    }
    return ChartFigure(
      title: title, svg: svg.markup(description: description),
      legend: series.enumerated().map { index, series in
        .init(color: seriesClass(index), name: series.name, value: series.points.last.map { text($0.value) } ?? "")
      },
      note: [direction, cutsSpikes ? "Spikes beyond the frame are cut off." : ""].filter { !$0.isEmpty }
        .joined(separator: " "))
  }

  private var direction: String {
    switch better {
    case .higher: "Higher is better."
    case .lower: "Lower is better."
    case .neither: ""
    }
  }

  private var description: String {
    let ends = series.compactMap { series in
      series.points.last.map { "\(series.name) ends at \(text($0.value))" }
    }
    return "\(title) over training steps: \(ends.joined(separator: ", "))"
  }

  private func text(_ value: Double) -> String { Format.value(value, in: unit) }

  /// The values' range; the largest hundredth is left out where it would squash everything else.
  static func limits(_ values: [Double]) -> (limits: [Double], cutsSpikes: Bool) {
    let sorted = values.sorted()
    guard let low = sorted.first, let high = sorted.last, sorted.count >= 50 else { return (values, false) }
    let usual = sorted[(sorted.count - 1) * 98 / 100]
    return high - low > 2.5 * (usual - low) ? ([low, usual + 0.1 * (usual - low)], true) : ([low, high], false)
  }

  /// A single share, or several that hardly differ, with some room around them, but none beyond the whole.
  static func widened(_ shares: [Double]) -> [Double] {
    guard let low = shares.min(), let high = shares.max(), high - low < 0.02, low >= 0, high <= 1 else { return shares }
    return [max(0, low - 0.05), min(1, high + 0.05)]
  }

  /// At most 300 points: means of equal stretches.
  static func thinned(_ points: [(step: Int, value: Double)]) -> [(step: Int, value: Double)] {
    let stretch = (points.count + 299) / 300
    guard stretch > 1 else { return points }
    return stride(from: 0, to: points.count, by: stretch).map { start in
      let part = points[start..<min(points.count, start + stretch)]
      return (part[part.endIndex - 1].step, part.reduce(0) { $0 + $1.value } / Double(part.count))
    }
  }
}

/// A drawn chart with what stands around it.
struct ChartFigure {
  struct LegendEntry {
    let color: String
    let name: String
    let value: String
  }

  let title: String
  let svg: String
  let legend: [LegendEntry]
  let note: String
}
