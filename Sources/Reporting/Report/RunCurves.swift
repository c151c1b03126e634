internal import Foundation
internal import SparringRecipes

/// The learning curves that a run's metrics hold: quantities of one unit share a chart. What the steps reported and what
/// was measured on images of a split stand apart, since the two are not alike.
struct RunCurves {
  private let run: RunRecord

  init(_ run: RunRecord) {
    self.run = run
  }

  /// What the steps reported, then what was measured on the way, then what was measured of checkpoints.
  var figures: [ChartFigure] {
    (charts(stepCurves) + charts(measuredCurves) + distanceCurves.flatMap { charts([$0]) }).compactMap { $0.figure() }
  }

  /// One quantity on one split, or of the training steps.
  private struct Curve {
    let quantity: Quantity
    let split: String?
    let points: [(step: Int, value: Double)]
  }

  /// From the logging interval's means; from the epochs' where a run logged only those.
  private var stepCurves: [Curve] {
    let steps = run.metrics.filter { $0.kind == .step }
    let records = steps.count >= 2 ? steps : run.metrics.filter { $0.kind == .epoch || $0.kind == .step }
    return quantities(in: records.compactMap(\.losses)).map { quantity in
      Curve(
        quantity: quantity, split: nil,
        points: records.compactMap { record in record.losses?[quantity.name].map { (record.step, $0) } })
    }
  }

  private var measuredCurves: [Curve] {
    let records = run.metrics.filter { $0.kind == .measurement }
    return quantities(in: records.compactMap(\.values)).flatMap { quantity in
      let own = records.filter { $0.values?[quantity.name] != nil }
      return Set(own.compactMap(\.split)).sorted().map { split in
        Curve(
          quantity: quantity, split: split,
          points: own.filter { $0.split == split }.compactMap { record in
            record.values?[quantity.name].map { (record.step, $0) }
          })
      }
    }
  }

  /// A curve for each comparison of two checkpoints or more.
  private var distanceCurves: [Curve] {
    Dictionary(grouping: run.distances) { "\($0.quantity.name), \($0.split)" }.sorted { $0.key < $1.key }
      .compactMap { _, found in
        guard found.count > 1, let first = found.first else { return nil }
        return Curve(quantity: first.quantity, split: first.split, points: found.map { ($0.step, $0.value) })
      }
  }

  /// In the order in which the run first told of them; what an older version wrote comes last, by name.
  private func quantities(in tables: [[String: Double]]) -> [Quantity] {
    let names = Set(tables.flatMap(\.keys))
    let told = run.quantities.filter { names.contains($0.name) }
    return told + names.subtracting(told.map(\.name)).sorted().map(run.quantity(named:))
  }

  private func charts(_ curves: [Curve]) -> [LineChart] {
    Quantity.Unit.allCases.compactMap { unit in
      let curves = curves.filter { $0.quantity.unit == unit }
      var titles: [String] = []
      for curve in curves where !titles.contains(curve.quantity.title) { titles.append(curve.quantity.title) }
      guard let first = curves.first else { return nil }
      let isAlike = curves.allSatisfy { $0.quantity.better == first.quantity.better }
      return LineChart(
        title: Self.title(titles, unit), unit: unit, better: isAlike ? first.quantity.better : .neither,
        series: curves.map { curve in
          // Where all curves are of one quantity, its name stands above them.
          let name = curve.split.map { titles.count > 1 ? "\(curve.quantity.title), \($0)" : $0 }
          return .init(name: name ?? curve.quantity.title, points: curve.points)
        })
    }
  }

  private static func title(_ titles: [String], _ unit: Quantity.Unit) -> String {
    let text =
      switch (titles.count, unit) {
      case (...2, _): titles.joined(separator: " and ")
      case (_, .nats): "losses in nats"
      case (_, .share): "shares"
      case (_, .plain): "other figures"
      }
    return text.prefix(1).uppercased() + text.dropFirst()
  }
}
