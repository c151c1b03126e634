internal import SparringEvaluation
internal import SparringRecipes

/// A figure of a generator at a step, as a chart shows it.
struct MeasuredDistance {
  let quantity: Quantity
  /// What was compared.
  let split: String
  let step: Int
  let value: Double
}

extension RunRecord {
  /// The Fréchet distances of measured checkpoints, by step.
  var distances: [MeasuredDistance] {
    measures.compactMap { record in
      let compared = record.measures.compared
      let title = record.measures.distanceTitle
      return record.step.map {
        MeasuredDistance(
          quantity: Quantity(title, better: .lower),
          split: "\(compared.generatedCount) images against \(compared.referenceCount) \(compared.referenceSplit)",
          step: $0, value: record.measures.frechetDistance)
      }
    }.sorted { $0.step < $1.step }
  }

  /// What is known of the generator now: of each comparison the record of the latest step.
  var latestMeasures: [MeasureRecord] {
    var latest: [MeasureRecord] = []
    for record in measures {
      if let index = latest.firstIndex(where: { $0.measures.compared == record.measures.compared }) {
        if (record.step ?? 0) >= (latest[index].step ?? 0) { latest[index] = record }
      } else {
        latest.append(record)
      }
    }
    return latest
  }
}
