import Foundation
import SparringDatasets
import SparringEvaluation
import SparringRecipes
public import SparringReporting
import SparringTorch
import SparringTraining

extension Quantity {
  /// How far samples are from real images, over features that need no weights.
  static let sampleDistance = Quantity(
    "sample-distance", title: "kernel distance of samples over random features", short: "sample distance",
    better: .lower)
}

/// What a recipe that generates, and names nothing, is measured by on its way. The test part is not looked at.
extension Experiment {
  private static var sampleCount: Int { 512 }
  private static var realCount: Int { 1000 }
  private static var partSize: Int { 64 }

  /// Real examples to compare samples with: of a validation part where there is one, else of the training part.
  private var comparedExamples: Dataset { data.validation ?? data.train }

  /// The places of real examples that are compared, the same in every run.
  private func chosen(_ count: Int) throws -> Tensor {
    let real = comparedExamples
    let order = try Tensor.permutation(real.count, using: RandomGenerator(seed: 0, purpose: "real samples"))
    return try order.narrowed(0..<min(count, real.count))
  }

  /// As many real examples as samples are drawn, for the watch.
  func realSamples(_ count: Int) throws -> PixelImages {
    let examples = try comparedExamples.batch(indices: chosen(count))
    return data.facts.shape.isImage
      ? try PixelImages(examples) : try PixelImages(stripsOf: examples, scaling: data.facts.scaling)
  }

  /// The kernel distance of samples from latents that stay the same to real examples; nil for data of too few.
  func sampleMeasure(_ generator: any ImageGenerating) throws -> ((Int) throws -> SparringTraining.Measurement)? {
    let examples = comparedExamples
    guard examples.count >= KernelDistance.fewestImages else { return nil }
    let extractor = data.facts.shape.isImage ? try RandomFeatures() : nil
    // A part at a time: images may be large. Vectors are their own features.
    func features(of parts: [Tensor], _ make: (Tensor) throws -> Tensor) throws -> Tensor {
      try .concatenate(
        parts.map { part in
          let examples = try make(part)
          return try extractor.map { try $0(examples) } ?? examples.to(.cpu)
        })
    }
    let real = try features(of: chosen(Self.realCount).split(into: Self.partSize)) { try examples.batch(indices: $0) }
    let split = "\(real.shape[0]) \(data.validation == nil ? "training" : "validation") \(data.facts.shape.plural)"
    let (seed, device) = (configuration.seed, device)
    return { step in
      let random = try RandomGenerator(seed: seed, purpose: "measured samples", device: device)
      let latents = try Tensor.normal([Self.sampleCount, generator.latentSize], using: random)
      let made = try features(of: latents.split(into: Self.partSize)) { try generator.generateImages(from: $0) }
      // Images that are no numbers are infinitely far; what they do to the run is the watch's matter.
      let distance =
        try made.isFinite()
        ? KernelDistance(
          generated: made, reference: real, extractor: extractor?.name ?? "the numbers themselves",
          referenceSplit: split
        ).value : .infinity
      return Measurement(step: step, split: split, values: [MeasuredValue(.sampleDistance, distance)])
    }
  }
}

extension RunFolder {
  /// How far a generator's samples were from real images at the end, and where its result was; nil where nothing was
  /// measured.
  public func sampleSummary() throws -> String? {
    let measured = try RunRecord(self).metrics.compactMap { line in
      line.values?[Quantity.sampleDistance.name].map { (step: line.step, value: $0) }
    }
    guard let last = measured.last else { return nil }
    func text(_ value: Double) -> String { String(format: "%.4g", value) }
    let file = try resultCheckpoint()
    guard file.lastPathComponent == Checkpoint.bestFileName, let best = try SavedRun(file: file).progress(of: file).best
    else {
      return "\(name): sample distance \(text(last.value)) at its end, step \(last.step)"
    }
    return "\(name): sample distance \(text(-best.score)) of its result, the best, of step \(best.step)"
  }
}
