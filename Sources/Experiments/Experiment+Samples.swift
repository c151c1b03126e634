import SparringDatasets
import SparringEvaluation
import SparringRecipes
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

  /// Real examples to compare samples with: of a validation part where there is one, else of the training part.
  private var comparedExamples: Dataset { data.validation ?? data.train }

  private func chosen(_ count: Int) throws -> Tensor {
    let real = comparedExamples
    let order = try Tensor.permutation(real.count, using: RandomGenerator(seed: 0, purpose: "real samples"))
    return try real.batch(indices: order.narrowed(0..<min(count, real.count)))
  }

  /// As many real examples as samples are drawn, for the watch.
  func realSamples(_ count: Int) throws -> PixelImages {
    let examples = try chosen(count)
    return data.facts.shape.isImage
      ? try PixelImages(examples) : try PixelImages(stripsOf: examples, scaling: data.facts.scaling)
  }

  /// The kernel distance of samples from latents that stay the same to real examples; nil for data of too few.
  func sampleMeasure(_ generator: any ImageGenerating) throws -> ((Int) throws -> SparringTraining.Measurement)? {
    guard comparedExamples.count >= KernelDistance.fewestImages else { return nil }
    let extractor = data.facts.shape.isImage ? try RandomFeatures() : nil
    func features(_ examples: Tensor) throws -> Tensor {
      // Vectors are their own features.
      try extractor.map { extractor in
        try .concatenate(examples.split(into: extractor.batchSize).map { try extractor($0) })
      } ?? examples.to(.cpu)
    }
    let real = try features(chosen(Self.realCount))
    let split = "\(real.shape[0]) \(data.validation == nil ? "training" : "validation") \(data.facts.shape.plural)"
    let (seed, device) = (configuration.seed, device)
    return { step in
      let random = try RandomGenerator(seed: seed, purpose: "measured samples", device: device)
      let latents = try Tensor.normal([Self.sampleCount, generator.latentSize], using: random)
      let made = try Tensor.concatenate(latents.split(into: 128).map { try generator.generateImages(from: $0) })
      guard try made.isFinite() else {
        return Measurement(step: step, split: split, values: [MeasuredValue(.sampleDistance, .infinity)])
      }
      let distance = try KernelDistance(
        generated: features(made), reference: real, extractor: extractor?.name ?? "the numbers themselves",
        referenceSplit: split)
      return Measurement(step: step, split: split, values: [MeasuredValue(.sampleDistance, distance.value)])
    }
  }
}
