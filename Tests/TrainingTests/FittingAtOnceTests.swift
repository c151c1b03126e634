import Foundation
import SparringDatasets
import SparringModels
import SparringRecipes
import SparringTorch
import Testing

@testable import SparringTraining

#if os(Linux)
  /// Recipes without a gradient step, through the same loop and checkpoints as all others.
  @Suite struct FittingAtOnce {
    init() { Machine.threadCount = 1 }

    /// One step, one checkpoint, from which a fresh recipe answers alike.
    private func checkRoundTrip<Method: Recipe & ImageClassifying>(_ type: Method.Type, _ settings: [String]) throws {
      let fixture = try TrainerFixture()
      var tree = try RunConfiguration<Method>.tree()
      for setting in settings { try tree.set(setting) }
      let configuration = try tree.decoded { try $0.validate() }
      #expect(configuration.training.steps == 1 && configuration.training.epochs == 0)
      let facts = DataFacts(
        name: "noise", shape: fixture.dataset.shape, classNames: fixture.dataset.classNames)
      func recipe() throws -> Method { try Method(configuration.options, in: Setting(data: facts, seed: 3)) }
      let first = try recipe()
      let trainer = try Trainer(
        first, batches: first.batches(from: TrainingData(fixture.dataset, seed: 3)),
        configuration: configuration.training, configurationText: configuration.text(), facts: facts,
        checkpointFolder: fixture.folder)
      let end = try trainer.run()
      #expect(end.isComplete && end.step == 1 && end.imagePasses >= 40)

      let file = try #require(Checkpoint.files(in: fixture.folder).last)
      let second = try recipe()
      let images = try fixture.dataset.batch(indices: Tensor(indices: Array(0..<40)))
      let answers = try first.classLogits(of: images).array(of: Float.self)
      #expect(try second.classLogits(of: images).array(of: Float.self) != answers)
      try Checkpoint.restoreNetworks(of: second, from: file)
      #expect(try second.classLogits(of: images).array(of: Float.self) == answers)
      // What is not there to be chosen is not written out either, and read back as it was.
      let text = try configuration.text()
      #expect(!text.contains("training:") && !text.contains("augmentation:"))
      var again = try RunConfiguration<Method>.tree()
      try again.overlay(yaml: text, source: "it")
      #expect(try again.decoded().training == configuration.training)
    }

    @Test func histogramsOfGradients() throws { try checkRoundTrip(HandcraftedHOG.self, ["options.cost=1"]) }

    @Test(arguments: ["words", "fisher"]) func patches(encoding: String) throws {
      try checkRoundTrip(
        HandcraftedSIFT.self,
        ["options.encoding=\(encoding)", "options.vocabularySize=6", "options.binSizes=[3, 5]", "options.patchStep=4"])
    }

    @Test func pacesAreRefusedWithTheReason() throws {
      var tree = try RunConfiguration<HandcraftedHOG>.tree()
      do {
        try tree.set("training.steps=5")
        Issue.record("steps were taken")
      } catch { #expect("\(error)".contains("handcrafted-hog fits its classifier in one step"), "\(error)") }
    }
  }
#endif
