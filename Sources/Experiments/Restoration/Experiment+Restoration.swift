import Foundation
public import SparringDatasets
import SparringEvaluation
import SparringRecipes
public import SparringReporting
import SparringTorch
import SparringTraining

extension Experiment {
  /// How a run that restores images does beside its baselines on the same damage, saved with a picture of some.
  ///
  /// - Parameters:
  ///   - count: Test images, evenly spaced; all where there are fewer.
  ///   - inception: Features for the Fréchet distance; nil leaves it out.
  ///   - progress: Called after each method with how many are done.
  /// - Throws: ``TrainingError`` for a recipe that restores nothing, or data without a test part.
  @discardableResult
  public func measureRestoration(
    in folder: RunFolder, count: Int = 500, inception: InceptionFeatures? = nil,
    progress: DecodingProgress = { _, _ in }
  ) throws -> RestorationRecord {
    guard let test = data.test else {
      throw TrainingError("\(data.train.name) has no test part to measure on")
    }
    let indices = Self.spread(count, over: test.count)
    let truths = try test.batch(indices: indices)
    let tuning = try data.train.batch(indices: Self.spread(64, over: data.train.count))
    let strength = try (recipe as? any ImageEnhancing).flatMap {
      try RestorationTrial.bestStrength(on: tuning, for: $0)
    }
    let whole = try recipe.restorationTrial(of: truths, strength: strength)
    let features = try inception.map { try $0(truths) }
    let methods = [whole.network] + whole.baselines
    let places = try Tensor(indices: Self.spread(8, over: indices.count)).to(device)
    var (rows, pictures): ([RestorationRecord.Row], [Tensor]) = ([], [])
    for (index, method) in methods.enumerated() {
      let restored = try method.restore()
      var distance: Double?
      if let inception, let features {
        distance = try FrechetDistance(
          generated: inception(restored), reference: features, extractor: inception.name,
          referenceSplit: "test"
        ).value
      }
      rows.append(try Self.row(method.name, restored, whole, distance))
      pictures.append(try restored.indexSelect(places))
      progress(index + 1, methods.count)
    }
    let record = try RestorationRecord(
      split: "test", count: indices.count, damage: whole.damage, rows: rows,
      extractor: inception?.name, denoiserStrength: strength,
      tuningCount: tuning.size(0))
    // As seen, by every method from the plainest on, by the network, and as it was.
    let shown =
      try [whole.shown.indexSelect(places)] + pictures.dropFirst() + [pictures[0], truths.indexSelect(places)]
    let grid = try PixelImages(.concatenate(shown))
    try folder.write(restoration: record, picture: grid.grid(columns: min(8, indices.count)).png())
    return record
  }

  private static func row(
    _ name: String, _ restored: Tensor, _ trial: RestorationTrial, _ distance: Double?
  ) throws -> RestorationRecord.Row {
    let (levels, truths) = (try restored.levels().to(.cpu), try trial.truths.levels().to(.cpu))
    let isLarge = try min(truths.size(2), truths.size(3)) >= 11
    return RestorationRecord.Row(
      method: name, psnr: try ImageQuality.peakSignalToNoise(restored: levels, truths: truths),
      holePSNR: try trial.holes.map {
        try ImageQuality.peakSignalToNoise(restored: levels, truths: truths, holes: $0.to(.cpu))
      },
      ssim: isLarge
        ? try ImageQuality.structuralSimilarity(restored: levels, truths: truths).mean().item() : nil,
      frechetDistance: distance)
  }

  /// So many places, evenly spaced.
  private static func spread(_ count: Int, over total: Int) -> [Int] {
    let count = min(count, total)
    return (0..<count).map { $0 * total / count }
  }

  /// Damaged images and what becomes of them, a row of each in turn.
  /// - Throws: ``TrainingError`` for a recipe that restores nothing.
  func restoredSamples() throws -> PixelImages {
    let examples = data.test ?? data.train
    let images = try examples.batch(indices: Self.spread(32, over: examples.count))
    let trial = try recipe.restorationTrial(of: images)
    let restored = try trial.network.restore()
    var rows: [Tensor] = []
    for start in stride(from: 0, to: try images.size(0), by: 8) {
      let part = start..<min(start + 8, try images.size(0))
      rows += [try trial.shown.narrowed(part), try restored.narrowed(part)]
    }
    return try PixelImages(.concatenate(rows))
  }

  /// The peak signal-to-noise ratio on the way, on validation images where somebody brought some; nil for a recipe that
  /// restores nothing.
  var restorationMeasure: ((Int) throws -> SparringTraining.Measurement)? {
    guard Method.restores, let examples = data.validation ?? data.test else { return nil }
    let indices = Self.spread(256, over: examples.count)
    let split = data.validation != nil ? "validation" : "\(indices.count) test images"
    return { [recipe] step in
      let truths = try examples.batch(indices: indices)
      let trial = try recipe.restorationTrial(of: truths)
      let value = try ImageQuality.peakSignalToNoise(
        restored: trial.network.restore().levels(), truths: truths.levels())
      return SparringTraining.Measurement(step: step, split: split, values: [MeasuredValue(.psnr, value)])
    }
  }
}

extension Quantity {
  /// The peak signal-to-noise ratio of restored images.
  static let psnr = Quantity("psnr", title: "PSNR (dB)", short: "PSNR", better: .higher)
}
