import SparringModels
import SparringRecipes
import SparringTraining
import Testing

@testable import SparringExperiments

/// What a second run shares with the one that it stands beside.
@Suite struct Baselines {
  private func other<Method: Recipe, Other: Recipe>(
    than first: RunConfiguration<Method>, by type: Other.Type
  ) throws -> RunConfiguration<Other> {
    try #require(first.shared(with: type, steps: 30, imagePasses: 3000) as? RunConfiguration<Other>)
  }

  @Test func networksThatTrainAreShared() throws {
    var first = RunConfiguration<SemiSupervisedGAN>()
    first.model.classifier = TrunkConfiguration(ConvolutionalFamily(widths: [3, 5]))
    first.options.classifier.labelSmoothing = 0.25
    (first.seed, first.dataset.labels) = (7, 40)
    let second = try other(than: first, by: Supervised.self)
    #expect(second.model.classifier.family as? ConvolutionalFamily == ConvolutionalFamily(widths: [3, 5]))
    #expect(second.training.steps == 30 && second.options.batchSize == 100)
    #expect(second.options.classifier.labelSmoothing == 0.25 && second.seed == 7 && second.dataset.labels == 40)
  }

  /// A frozen trunk would leave a second run nothing of its own to learn, and its rates are made for one layer.
  @Test func networksThatDoNotTrainAreNot() throws {
    var first = RunConfiguration<Transfer>()
    (first.seed, first.dataset.labels) = (7, 40)
    let second = try other(than: first, by: Supervised.self)
    let plain = RunConfiguration<Supervised>()
    #expect(!second.model.classifier.frozen && type(of: second.model.classifier.family).name != "inception")
    #expect(second.options.classifier.weightDecay == plain.options.classifier.weightDecay)
    #expect(second.seed == 7 && second.dataset.labels == 40)
    let transferred = try other(than: plain, by: Transfer.self)
    #expect(transferred.model.classifier.frozen && type(of: transferred.model.classifier.family).name == "inception")
  }
}
