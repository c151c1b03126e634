internal import Foundation
internal import SparringEvaluation

/// A figure of each arm against the number of labels, which grows by factors, with 95% intervals; with one number of labels
/// the arms stand side by side.
struct LabelChart {
  struct Mark {
    let labelCount: Int
    let estimate: MeanEstimate
  }

  struct Series {
    let name: String
    /// By number of labels.
    let marks: [Mark]
  }

  let title: String
  /// In the order of the colours; one without marks keeps its colour.
  let series: [Series]
  /// Whether figures are differences: zero is marked, and signs are shown.
  let isDifference: Bool
  let note: String

  private static let (left, right, top, bottom) = (56.0, 426.0, 12.0, 232.0)

  func figure() -> ChartFigure? {
    let marks = series.flatMap(\.marks)
    let counts = Set(marks.map(\.labelCount)).sorted()
    guard let fewest = counts.first, let most = counts.last else { return nil }
    var svg = SVG(width: 440, height: 276)
    let values = marks.flatMap { mark in
      [mark.estimate.mean, mark.estimate.interval?.low, mark.estimate.interval?.high].compactMap(\.self)
    }
    let y = Axis(
      covering: (values + (isDifference ? [0] : [])).map { min(1, max(-1, $0)) }, tickCount: 5, from: Self.bottom,
      to: Self.top)
    for tick in y.ticks {
      let isZero = isDifference && abs(tick) < 1e-9
      svg.line((Self.left, y.position(tick)), (Self.right, y.position(tick)), class: isZero ? "zero" : "grid")
      svg.label(text(tick, max(0, y.digits - 2)), at: (Self.left - 8, y.position(tick) + 4), anchor: "end")
    }
    let span = log(Double(max(1, most))) - log(Double(max(1, fewest)))
    func x(_ count: Int) -> Double {
      guard span > 0 else { return (Self.left + Self.right) / 2 }
      let share = (log(Double(max(1, count))) - log(Double(max(1, fewest)))) / span
      return Self.left + 34 + share * (Self.right - Self.left - 68)
    }
    var free = -Double.infinity
    for count in counts where x(count) - free > 0 {
      svg.label(Format.count(count), at: (x(count), Self.bottom + 18), anchor: "middle")
      free = x(count) + 7 * Double(Format.count(count).count) + 6
    }
    svg.label("labels", at: (Self.right, Self.bottom + 36), anchor: "end", class: "tick quiet")
    let drawn = series.indices.filter { !series[$0].marks.isEmpty }
    let room = span > 0 ? 5 : min(60, (Self.right - Self.left) / Double(drawn.count + 1))
    for (place, index) in drawn.enumerated() {
      let offset = (Double(place) - Double(drawn.count - 1) / 2) * room
      draw(series[index], color: seriesClass(index), x: { x($0) + offset }, y, &svg)
    }
    return ChartFigure(
      title: title, svg: svg.markup(description: description),
      legend: series.enumerated().filter { !$0.element.marks.isEmpty }.map {
        .init(color: seriesClass($0.offset), name: $0.element.name, value: "")
      }, note: note)
  }

  private func draw(_ series: Series, color: String, x: (Int) -> Double, _ y: Axis, _ svg: inout SVG) {
    if series.marks.count > 1 {
      svg.polyline(
        series.marks.map { (x: x($0.labelCount), y: y.position($0.estimate.mean)) }, class: "curve \(color)")
    }
    for mark in series.marks {
      let place = x(mark.labelCount)
      if let interval = mark.estimate.interval {
        svg.line(
          (place, y.position(interval.low)), (place, y.position(interval.high)), class: "interval \(color)")
      }
      svg.circle(
        (place, y.position(mark.estimate.mean)), radius: 4, class: "mark \(color)",
        title: "\(series.name), \(Format.count(mark.labelCount)) labels: \(text(mark.estimate.mean, 2))")
    }
  }

  private func text(_ value: Double, _ digits: Int) -> String {
    guard isDifference else { return Format.percent(value, digits: digits) }
    let text = Format.fixed(abs(value) * 100, digits)
    return Double(text) == 0 ? "0" : (value < 0 ? "−" : "+") + text
  }

  private var description: String {
    let parts = series.compactMap { series in
      series.marks.last.map { "\(series.name) \(text($0.estimate.mean, 2)) with \(Format.count($0.labelCount)) labels" }
    }
    return "\(title): \(parts.joined(separator: ", "))"
  }
}

extension LabelChart {
  /// Accuracy against labels, every arm.
  init(accuracyOf group: StudySummary.Group, arms: [StudyPlan.Arm]) {
    self.init(
      title: "Accuracy against labels",
      series: arms.map { arm in
        Series(
          name: arm.name,
          marks: group.points.compactMap { point in
            point.result(arm.name).map { Mark(labelCount: point.labelCount, estimate: $0.accuracy) }
          })
      }, isDifference: false,
      note: "Means over the seeds with their 95% intervals; the axis of labels grows by factors.")
  }

  /// What each arm gains over the plan's baseline, or the strongest without a generator; nil where nothing can be compared.
  init?(differencesOf group: StudySummary.Group, arms: [StudyPlan.Arm], baseline: String? = nil) {
    let series = arms.map { arm in
      Series(
        name: arm.name,
        marks: group.points.compactMap { point in
          point.differences.first {
            $0.method == arm.name && (baseline == nil ? $0.isToStrongest : $0.isToNamed)
          }
          .map { Mark(labelCount: point.labelCount, estimate: $0.result.difference) }
        })
    }
    guard series.contains(where: { !$0.marks.isEmpty }) else { return nil }
    self.init(
      title: "Points gained over \(baseline ?? "the strongest arm without a generator")", series: series,
      isDifference: true,
      note: "Paired by seed, with 95% intervals: what crosses zero shows nothing.")
  }
}
