import Foundation
import SparringDatasets
import SparringExperiments
import SparringRecipes
import SparringReporting
import SparringTorch
import SparringTraining

extension EvaluateCommand {
  /// Measures a run that restores images beside its baselines, and says so in a table.
  func evaluateRestoration<Method: Recipe>(_ type: Method.Type, in folder: RunFolder) throws {
    let lock = try RunLock(folder)
    defer { withExtendedLifetime(lock) {} }
    var configuration = try folder.savedConfiguration(of: type)
    configuration.device = try (place.chosen() ?? (try? Device(configuration.device)) ?? .cpu).description
    if let dataset {
      throw ToolError("--dataset \(dataset): a run that restores images is measured on its own test part")
    }
    let experiment = try Experiment(configuration, resuming: folder, progress: ReadingProgress().show)
    complain(aboutUnreadable: experiment.data.unreadableSummary)
    try experiment.loadNetworks(from: folder.resultCheckpoint())
    let hasWeights = SearchPath.standard.find(.inception) != nil
    let inception = hasWeights && frechet ? try InceptionFeatures(device: Device(configuration.device)) : nil
    let progress = CountProgress("Measuring")
    let record = try experiment.measureRestoration(in: folder, count: images, inception: inception) { done, _ in
      progress.show(done)
    }
    progress.clear()
    try Report.write(run: folder)
    say("\(record.count) \(record.split) images \(record.damage)")
    show(record)
    if let extractor = record.extractor {
      say("Fréchet distance to the same images as they were; features: \(extractor)")
    } else if frechet {
      say("Fréchet distance: left out, for Inception's weights are not here: type ./sparring data fetch inception")
    }
    if let strength = record.denoiserStrength {
      say("Non-local means: h = \(strength)·σ, the best on \(record.tuningCount) training images")
    }
    say("Picture: \(folder.restorationPicture.relativePath)")
  }

  private func show(_ record: RestorationRecord) {
    func number(_ value: Double?, _ format: String) -> String? {
      value.map { $0.isFinite ? String(format: format, $0) : "∞" }
    }
    let titles = ["", "PSNR", "in holes", "SSIM", "Fréchet"]
    let rows = record.rows.map { row in
      [
        row.method, number(row.psnr, "%.2f dB"), number(row.holePSNR, "%.2f dB"), number(row.ssim, "%.4f"),
        number(row.frechetDistance, "%.1f"),
      ]
    }
    let columns = titles.indices.filter { column in rows.contains { $0[column] != nil } }
    let table = ([titles.map(Optional.some)] + rows).map { cells in columns.map { cells[$0] ?? "" } }
    for line in ComparisonTable.aligned(table, rightAligned: Set(1..<titles.count)) { say(line) }
  }
}
