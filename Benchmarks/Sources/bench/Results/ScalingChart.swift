import Foundation

/// Time and memory against each size, both axes logarithmic: a line that is no steeper than the dashed one
/// costs no more than its FLOPs.
struct ScalingChart {
  private typealias Place = (x: Double, y: Double)
  private let scaling: Scaling
  private let panelWidth = 240.0
  private let panelHeight = 170.0
  private let gap = 56.0

  init(_ scaling: Scaling) {
    self.scaling = scaling
  }

  var svg: String {
    let axes = Scaling.Axis.allCases.filter { scaling.points[$0.rawValue]?.isEmpty == false }
    let panels = axes.enumerated().flatMap { column, axis in
      let points = scaling.points[axis.rawValue] ?? []
      return [
        panel(
          "ms per image", column: column, row: 0, axis: axis, points: points, of: \.millisecondsPerImage,
          guide: \.gigaflopPerImage),
        panel("peak memory, MB", column: column, row: 1, axis: axis, points: points, of: \.peakMegabytes),
      ]
    }
    let width = Double(axes.count) * (panelWidth + gap) + gap / 2
    let height = 2 * (panelHeight + gap) + 26
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(text(width)) \(text(height))" role="img" \
      aria-label="Time and memory of a DCGAN step against batch size, image size and width">
      <style>
      svg { background: #fff; color: #222; font: 11px system-ui, sans-serif }
      @media (prefers-color-scheme: dark) { svg { background: #16181c; color: #ddd } }
      text { fill: currentColor } .frame { stroke: currentColor; opacity: 0.25; fill: none }
      .curve { stroke: #2f74c0; fill: none; stroke-width: 2 } .mark { fill: #2f74c0 }
      .guide { stroke: currentColor; opacity: 0.6; fill: none; stroke-dasharray: 4 4 }
      </style>
      \(panels.joined(separator: "\n"))
      <text x="\(text(gap))" y="\(text(height - 8))">Dashed: growing as the FLOPs do, from the smallest size.</text>
      </svg>

      """
  }

  private func panel(
    _ title: String, column: Int, row: Int, axis: Scaling.Axis, points: [Scaling.Point],
    of value: (Scaling.Point) -> Double, guide: ((Scaling.Point) -> Double)? = nil
  ) -> String {
    let left = gap + Double(column) * (panelWidth + gap)
    let top = 30 + Double(row) * (panelHeight + gap)
    let values = points.map(value)
    // Begins where the curve does.
    let scale = guide.flatMap { guide in points.first.map { value($0) / guide($0) } } ?? 0
    let guides = guide.map { guide in points.map { guide($0) * scale } } ?? []
    let horizontal = LogarithmicScale(points.map { Double($0.value) }, from: left + 12, to: left + panelWidth - 12)
    let vertical = LogarithmicScale(values + guides, from: top + panelHeight - 14, to: top + 14)
    let places = zip(points, values).map { (horizontal.position(Double($0.value)), vertical.position($1)) }
    var parts = [
      "<text x=\"\(text(left))\" y=\"\(text(top - 8))\">\(title), by \(axis.title)</text>",
      "<rect class=\"frame\" x=\"\(text(left))\" y=\"\(text(top))\" width=\"\(text(panelWidth))\" "
        + "height=\"\(text(panelHeight))\"/>",
    ]
    if !guides.isEmpty {
      parts.append(line(zip(places, guides).map { ($0.0, vertical.position($1)) }, class: "guide"))
    }
    parts.append(line(places, class: "curve"))
    for ((place, point), value) in zip(zip(places, points), values) {
      parts.append("<circle class=\"mark\" cx=\"\(text(place.0))\" cy=\"\(text(place.1))\" r=\"3\"/>")
      parts.append(label("\(point.value)", place.0, top + panelHeight + 14))
      parts.append(label(decimal(value, value < 10 ? 2 : 0), place.0, place.1 - 7))
    }
    return parts.joined(separator: "\n")
  }

  private func line(_ places: [Place], class name: String) -> String {
    let list = places.map { "\(text($0.x)),\(text($0.y))" }.joined(separator: " ")
    return "<polyline class=\"\(name)\" points=\"\(list)\"/>"
  }

  private func label(_ label: String, _ x: Double, _ y: Double) -> String {
    "<text x=\"\(text(x))\" y=\"\(text(y))\" text-anchor=\"middle\">\(label)</text>"
  }

  private func text(_ number: Double) -> String { decimal(number, 1) }
}

/// Equal ratios are equal distances.
private struct LogarithmicScale {
  private let low: Double
  private let high: Double
  private let start: Double
  private let end: Double

  init(_ values: [Double], from start: Double, to end: Double) {
    let logarithms = values.map { log(max($0, 1e-9)) }
    low = logarithms.min() ?? 0
    high = max(logarithms.max() ?? 1, low + 0.1)
    (self.start, self.end) = (start, end)
  }

  func position(_ value: Double) -> Double {
    start + (log(max(value, 1e-9)) - low) / (high - low) * (end - start)
  }
}
