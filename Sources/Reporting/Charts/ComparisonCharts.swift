internal import SparringEvaluation
internal import Foundation

/// Each arm's accuracies as dots, the mean with its interval beside them, and a line joining the two
/// runs of a seed.
struct AccuracyChart {
  let comparison: Comparison

  func figure() -> ChartFigure {
    // The pair that the claim is about stands side by side, whatever the order of the table.
    let arms = [comparison.baseline, comparison.method].compactMap(comparison.arm) + extras
    // The first arm's mean is written to its left, clear of the axis.
    let width = 366 / Double(arms.count)
    let nameLines = arms.map { wrapped($0.name, room: width).count }.max() ?? 1
    var svg = SVG(width: 440, height: 264 + 14 * Double(nameLines))
    let bounds = arms.flatMap { arm in
      arm.rows.map(\.accuracy) + [arm.accuracy?.interval?.low, arm.accuracy?.interval?.high].compactMap(\.self)
    }
    let y = Axis(covering: bounds.map { min(1, max(0, $0)) }, tickCount: 5, from: 252, to: 12)
    for tick in y.ticks {
      svg.line((50, y.position(tick)), (430, y.position(tick)), class: "grid")
      svg.label(
        Format.percent(tick, digits: max(0, y.digits - 2)), at: (42, y.position(tick) + 4), anchor: "end")
    }
    func center(_ index: Int) -> Double { 64 + width * (Double(index) + 0.5) }
    if let paired = try? comparison.paired() {
      for (before, after) in zip(paired.baseline, paired.method) {
        svg.line((center(0), y.position(before)), (center(1), y.position(after)), class: "pair")
      }
    }
    for (index, arm) in arms.enumerated() {
      let color = index == 0 ? "baseline" : index == 1 ? "method" : "extra"
      // The method's mean stands to its right, so that the joining lines stay clear; the others' where there is room.
      let side = index == 1 ? 1.0 : -1.0
      draw(arm, at: center(index), side: side, room: width, on: y, color: color, &svg)
    }
    return ChartFigure(
      title: "Accuracy of each arm",
      svg: svg.markup(description: description(arms)), legend: [],
      note: "Small dots are seeds, lines join the two runs of a seed; large dots are means with their 95% intervals.")
  }

  private var extras: [Comparison.Arm] {
    comparison.arms.filter { $0.name != comparison.baseline && $0.name != comparison.method }
  }

  private func draw(
    _ arm: Comparison.Arm, at x: Double, side: Double, room: Double, on y: Axis, color: String, _ svg: inout SVG
  ) {
    for row in arm.rows {
      svg.circle(
        (x, y.position(row.accuracy)), radius: 3.4, class: "mark \(color)",
        title: "\(arm.name), seed \(row.seed): \(Format.percent(row.accuracy))")
    }
    if let accuracy = arm.accuracy {
      let place = x + side * min(20, room / 5)
      if let interval = accuracy.interval {
        svg.line(
          (place, y.position(interval.low)), (place, y.position(interval.high)), class: "interval \(color)")
      }
      svg.circle((place, y.position(accuracy.mean)), radius: 5.5, class: "mark \(color)")
      if room > 100 {
        svg.label(
          Format.percent(accuracy.mean, digits: 1), at: (place + side * 10, y.position(accuracy.mean) + 4),
          anchor: side < 0 ? "end" : "start", class: "value")
      }
    }
    for (line, text) in wrapped(arm.name, room: room).enumerated() {
      svg.label(text, at: (x, 271 + 14 * Double(line)), anchor: "middle", class: "name")
    }
  }

  /// An arm's name broken at hyphens to fit its column.
  private func wrapped(_ name: String, room: Double) -> [String] {
    let limit = max(6, Int(room / 7.4))
    var lines: [String] = []
    for part in name.split(separator: "-") {
      if let last = lines.last, last.count + part.count + 1 <= limit {
        lines[lines.count - 1] = last + "-" + part
      } else {
        if !lines.isEmpty { lines[lines.count - 1] += "-" }
        lines.append(String(part))
      }
    }
    return lines
  }

  private func description(_ arms: [Comparison.Arm]) -> String {
    let means = arms.map { arm in
      "\(arm.name) \(arm.accuracy.map { Format.percent($0.mean) } ?? "unknown") over \(arm.rows.count) seeds"
    }
    return "Mean accuracy of each arm: \(means.joined(separator: ", "))"
  }
}

/// The difference of each pair of runs, a row each, and their mean with its interval; zero is marked.
struct DifferenceChart {
  let comparison: Comparison
  let paired: Comparison.Paired
  let baseline: String

  func figure() -> ChartFigure {
    let result = paired.result
    let rowHeight = 26.0
    let bottom = 20 + rowHeight * Double(paired.seeds.count + 1)
    var svg = SVG(width: 440, height: bottom + 42)
    let interval = result.difference.interval
    let x = Axis(
      covering: ([0] + result.differences + [interval?.low, interval?.high].compactMap(\.self)).map { $0 * 100 },
      tickCount: 5, from: 80, to: 366)
    for tick in x.ticks {
      svg.line((x.position(tick), 8), (x.position(tick), bottom), class: abs(tick) < 1e-9 ? "zero" : "grid")
      svg.label(signed(tick, x.digits), at: (x.position(tick), bottom + 16), anchor: "middle")
    }
    svg.label(
      "points of accuracy gained", at: ((x.start + x.end) / 2, bottom + 34), anchor: "middle", class: "tick quiet")
    for (index, (seed, difference)) in zip(paired.seeds, result.differences).enumerated() {
      let y = 8 + rowHeight * (Double(index) + 0.5)
      svg.label("seed \(seed)", at: (8, y + 4))
      svg.circle((x.position(difference * 100), y), radius: 3.4, class: "mark method")
      svg.label(Format.points(difference), at: (432, y + 4), anchor: "end")
    }
    let y = 14 + rowHeight * (Double(paired.seeds.count) + 0.5)
    svg.line((8, y - rowHeight / 2), (432, y - rowHeight / 2), class: "rule")
    svg.label("mean", at: (8, y + 4), class: "name")
    if let interval {
      svg.line((x.position(interval.low * 100), y), (x.position(interval.high * 100), y), class: "interval method")
    }
    svg.circle((x.position(result.difference.mean * 100), y), radius: 5.5, class: "mark method")
    svg.label(Format.points(result.difference.mean), at: (432, y + 4), anchor: "end", class: "name")
    return ChartFigure(
      title: "Difference, seed by seed", svg: svg.markup(description: description), legend: [],
      note: "\(comparison.method) − \(baseline)"
        + (interval == nil ? "." : "; the line across the mean is its 95% interval."))
  }

  private func signed(_ value: Double, _ digits: Int) -> String {
    abs(value) < 1e-9 ? "0" : (value < 0 ? "−" : "+") + Format.fixed(abs(value), digits)
  }

  private var description: String {
    let difference = paired.result.difference
    let bounds = difference.interval.map {
      ", 95% interval \(Format.points($0.low)) to \(Format.points($0.high))"
    }
    return "Mean paired difference \(Format.points(difference.mean)) points\(bounds ?? "")"
  }
}
