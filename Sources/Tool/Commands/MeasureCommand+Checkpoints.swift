import Foundation
import SparringEvaluation
import SparringExperiments
import SparringReporting
import SparringTraining

extension MeasureCommand {
  /// A row for each checkpoint that a run kept, in their order: how its generator grew.
  func measureEveryCheckpoint(of folder: RunFolder?, by extractor: any ImageFeatures) throws {
    guard let folder else { throw ToolError("--every-checkpoint is for a run's folder, which \(subject) is not") }
    try folder.requireOwnFiles()
    let files = Checkpoint.files(in: folder.checkpoints)
    guard !files.isEmpty else { throw ToolError("\(folder.url.relativePath) has no checkpoint yet") }
    let reference = try referenceImages(folder)
    var found: [(step: Int, measures: GeneratorMeasures)] = []
    for file in files {
      let step = try SavedRun(file: file).progress(of: file).step
      let progress = ReadingProgress("Computing features of step \(step)")
      let measures = try Measuring(with: extractor)(
        madeImages(of: file, in: folder), against: reference, progress: progress.show
      ).measures
      try record(measures, of: file, in: folder)
      found.append((step, measures))
    }
    let steps = found.map { MeasuredStep(step: $0.step, measures: $0.measures) }
    if let output { try save(json(steps), to: URL(fileURLWithPath: output)) }
    switch format {
    case .json: say(String(decoding: try json(steps), as: UTF8.self), isData: true)
    case .text: say(table(of: found))
    }
  }

  private struct MeasuredStep: Encodable {
    let step: Int
    let measures: GeneratorMeasures
  }

  private func table(of found: [(step: Int, measures: GeneratorMeasures)]) -> String {
    func number(_ value: Double) -> String { String(format: "%.4g", value) }
    let titles = ["step", "Fréchet", "kernel", "precision", "recall", "density", "coverage"]
    let rows = found.map { step, measures in
      [
        "\(step)", number(measures.frechetDistance), number(measures.kernelDistance), percentage(measures.precision),
        percentage(measures.recall), number(measures.density), percentage(measures.coverage),
      ]
    }
    let note = found.last.map { "\n\($0.measures.distanceTitle): \($0.measures.compared)" } ?? ""
    return ComparisonTable.aligned([titles] + rows, rightAligned: Set(1..<titles.count)).joined(separator: "\n") + note
  }
}
