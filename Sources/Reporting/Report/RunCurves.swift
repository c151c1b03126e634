internal import Foundation

/// The learning curves that a run's metrics hold.
enum RunCurves {
  /// A chart of the losses, then one of each measured figure, a curve per split.
  static func figures(_ metrics: [MetricRecord]) -> [ChartFigure] {
    let losses = LineChart(title: "Losses", series: lossSeries(metrics), isPercentage: false)
    let measurements = metrics.filter { $0.kind == .measurement }
    let names = Set(measurements.flatMap { $0.values?.keys.map(\.self) ?? [] }).sorted()
    let measured = names.map { name in
      let splits = Set(measurements.compactMap { $0.values?[name] == nil ? nil : $0.split }).sorted()
      return LineChart(
        title: title(name),
        series: splits.map { split in
          let points = measurements.filter { $0.split == split }.compactMap { record in
            record.values?[name].map { (step: record.step, value: $0) }
          }
          return .init(name: split, points: points)
        },
        isPercentage: name.lowercased().contains("accuracy"))
    }
    return ([losses] + measured).compactMap { $0.figure() }
  }

  /// From the logging interval's means; from the epochs' where a run logged only those.
  private static func lossSeries(_ metrics: [MetricRecord]) -> [LineChart.Series] {
    let steps = metrics.filter { $0.kind == .step }
    let records = steps.count >= 2 ? steps : metrics.filter { $0.kind == .epoch || $0.kind == .step }
    let names = Set(records.flatMap { $0.losses?.keys.map(\.self) ?? [] }).sorted()
    return names.map { name in
      .init(name: name, points: records.compactMap { record in record.losses?[name].map { (record.step, $0) } })
    }
  }

  /// `frechetDistance` → `Frechet distance`.
  private static func title(_ name: String) -> String {
    let words = name.map { $0.isUppercase ? " \($0.lowercased())" : String($0) }.joined()
    return words.prefix(1).uppercased() + words.dropFirst()
  }
}
