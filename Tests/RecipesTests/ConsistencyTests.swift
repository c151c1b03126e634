import SparringDatasets
import SparringModels
import SparringTorch
import Testing

@testable import SparringRecipes

@Suite struct ConsistencySteps {
  init() { Machine.threadCount = 1 }

  /// Weight normalisation, so that the images of a batch do not see each other.
  func recipe(
    _ normalization: Normalization = .weight, _ change: (inout Consistency.Options) -> Void = { _ in }
  ) throws -> Consistency {
    var options = Consistency.Options()
    (options.unlabelledBatchSize, options.alignsPseudoLabels) = (4, false)
    change(&options)
    return try Consistency(
      options,
      in: Setting(
        shape: .image(channels: 1, height: 8, width: 8), classCount: 2,
        classifier: TrunkConfiguration(ConvolutionalFamily(widths: [4, 8], normalization: normalization)),
        learningRate: 0.01, seed: 3))
  }

  /// Dark images are of class 0, bright ones of class 1; the unlabelled ones lie between.
  func batch(unlabelled: Double) throws -> SemiSupervisedBatch {
    let dark = try Tensor.full([2, 1, 8, 8], -0.8)
    return SemiSupervisedBatch(
      labelled: LabelledBatch(images: try .concatenate([dark, -dark]), labels: try Tensor(indices: [0, 0, 1, 1])),
      unlabelled: try Tensor.full([4, 1, 8, 8], unlabelled))
  }

  func weights(_ recipe: Consistency) throws -> [String: [Float]] {
    try recipe.classifier.network.state.mapValues { try $0.array(of: Float.self) }
  }

  /// A pseudo-label below the threshold must not count: then the unlabelled images change nothing.
  @Test func unsureLabelsDoNotCount() throws {
    let (one, two) = (try recipe { $0.pseudoLabelThreshold = 1 }, try recipe { $0.pseudoLabelThreshold = 1 })
    let losses = try one.step(batch(unlabelled: 0.5), at: StepTime())
    _ = try two.step(batch(unlabelled: -0.2), at: StepTime())
    #expect(try losses.values[1].value.item() == 0)
    #expect(try weights(one) == weights(two))
    let (three, four) = (try recipe { $0.pseudoLabelThreshold = 0 }, try recipe { $0.pseudoLabelThreshold = 0 })
    _ = try three.step(batch(unlabelled: 0.5), at: StepTime())
    _ = try four.step(batch(unlabelled: -0.2), at: StepTime())
    #expect(try weights(three) != weights(four))
  }

  /// The average names the unlabelled images and the classifier becomes surer of that name.
  @Test func theClassifierFollowsItsAverage() throws {
    let recipe = try recipe {
      ($0.pseudoLabelThreshold, $0.classifier.averageDecay) = (0.5, 0.9)
    }
    let images = try batch(unlabelled: 0.6)
    for _ in 0..<60 { _ = try recipe.step(images, at: StepTime()) }
    let probabilities = try recipe.classLogits(of: images.unlabelled).softmax()
    #expect(try probabilities.narrowed(1..<2, along: 1).minimum().item() > 0.95, "bright images are of class 1")
  }

  /// Inference meets images as they are, so the average must be normalised by those and not by the classifier's batches,
  /// which are augmented and half labelled.
  @Test func theAverageKeepsTheStatisticsOfImagesAsTheyAre() throws {
    let (recipe, fresh) = (try recipe(.batch), try recipe(.batch))
    let images = try batch(unlabelled: 0.5)
    _ = try recipe.step(images, at: StepTime())
    // A training pass over the unlabelled images alone, by the weights that the average began with.
    _ = try fresh.classifier.network(images.unlabelled)
    let (kept, expected) = (try #require(recipe.classifier.average).averages, fresh.classifier.network.state)
    let buffers = expected.keys.filter { $0.contains("running") }
    #expect(buffers.count == 4)
    for path in buffers {
      let own = try #require(kept[path])
      #expect(try own.array(of: Float.self) == expected[path]?.array(of: Float.self), "\(path)")
      #expect(try own.array(of: Float.self) != recipe.classifier.network.state[path]?.array(of: Float.self), "\(path)")
    }
  }

  @Test func theWeightGrowsWithTime() throws {
    func step(_ progress: Double, unlabelled: Double) throws -> [String: [Float]] {
      let recipe = try recipe { ($0.rampLength, $0.pseudoLabelThreshold) = (0.5, 0) }
      _ = try recipe.step(batch(unlabelled: unlabelled), at: StepTime(progress: progress))
      return try weights(recipe)
    }
    #expect(try step(0, unlabelled: 0.5) == step(0, unlabelled: -0.2), "no weight at the beginning")
    #expect(try step(0.3, unlabelled: 0.5) != step(0.3, unlabelled: -0.2))
  }

  @Test func lossesAndPassesAreCounted() throws {
    let losses = try recipe(.batch).step(batch(unlabelled: 0.5), at: StepTime())
    #expect(losses.values.count == 3)
    #expect(losses.imagePasses == 4 + 4 + 4, "the teacher's pass counts, too")
  }

  /// A teacher that gives one class only is not followed; one that gives them as they occur is.
  @Test func pseudoLabelsThatFavourAClassAreDamped() throws {
    let balance = try PseudoLabelBalance(classCount: 4, shares: nil, device: .cpu)
    #expect(try balance(Tensor([Float(0.2), 0.2, 0.2, 0.2])).item() == 1)
    var trust = 1.0
    for _ in 0..<300 { trust = try balance(Tensor([Float(0.9), 0, 0, 0])).item() }
    #expect(trust == 0)
    // Two of four classes: half of the labels are too many, (0.6 − 0.5)/0.25.
    for _ in 0..<600 { trust = try balance(Tensor([Float(0.4), 0.4, 0, 0])).item() }
    #expect(abs(trust - 0.4) < 0.01)
    let unequal = try PseudoLabelBalance(classCount: 2, shares: [0.9, 0.1], device: .cpu)
    for _ in 0..<300 { trust = try unequal(Tensor([Float(0.9), 0.1])).item() }
    #expect(trust == 1, "as frequent as among the labels")
  }
}
