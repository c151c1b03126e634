import Foundation
import SparringDatasets
import SparringModels
import SparringPresets
import SparringRecipes
import SparringTraining
import Testing

@testable import SparringExperiments

@Suite struct Keys {
  /// A key without a meaning helps nobody; a meaning without a key misleads.
  @Test func everyKeyHasAMeaning() throws {
    var used: Set<String> = []
    for type in AllRecipes.types {
      for family in [nil] + NetworkFamilies.trunks.map({ Optional($0.name) }) {
        var layers = ConfigurationLayers()
        let roles = type.roles.filter { ModelConfiguration()[trunkOf: $0] != nil }
        if let family { layers.settings = roles.map { "model.\($0.rawValue).family=\(family)" } }
        for key in try ConfigurationKey.all(of: type, layers: layers) {
          #expect(!key.meaning.isEmpty && !key.range.isEmpty, "\(type.name): \(key.path)")
          used.insert(key.path)
        }
      }
    }
    for known in KeyMeanings.table.keys {
      let isUsed =
        known.hasPrefix("model.*.") ? used.contains { $0.hasSuffix(known.dropFirst(7)) } : used.contains(known)
      #expect(isUsed, "no recipe has the key \(known)")
    }
  }
}

@Suite struct Layers {
  private func training(_ settings: String..., words: [(String, String, String)] = []) throws -> TrainingConfiguration {
    var layers = ConfigurationLayers()
    layers.settings = settings
    layers.words = words.map { (option: $0.0, key: $0.1, value: $0.2) }
    return try layers.configuration(for: GAN.self).training
  }

  @Test func stepsThatAreAskedForCount() throws {
    #expect(try training().epochs == 100)
    #expect(try training("training.steps=10").epochs == 0)
    #expect(try training("training.steps=10").steps == 10)
    #expect(try training("training.epochs=3").epochs == 3)
    #expect(try training(words: [("--steps", "training.steps", "7")]).epochs == 0)
    #expect(throws: TrainingError.self) { try training("training.steps=10", "training.epochs=3") }
    var layers = ConfigurationLayers()
    layers.file = ("training: {epochs: 5}", "mine.yaml")
    layers.settings = ["training.steps=10"]
    #expect(try layers.configuration(for: GAN.self).training.epochs == 0, "the later layer wins")
  }

  @Test func aBatchSizeIsOfEveryKind() throws {
    var layers = ConfigurationLayers()
    layers.batchSize = 24
    let options = try layers.configuration(for: Consistency.self).options
    #expect(options.labelledBatchSize == 24 && options.unlabelledBatchSize == 24)
    let game = try layers.configuration(for: SemiSupervisedGAN.self).options
    #expect(game.unlabelledBatchSize == 24 && game.generator.batchSize == 64, "the generator's is its own")
  }

  /// Every preset names what any data set can be trained with; how it would have folders read counts where there is one.
  @Test func presetsFitPublishedDataAndFolders() throws {
    func configuration<Method: Recipe>(_ type: Method.Type, _ preset: String, on dataset: String?) throws
      -> DatasetConfiguration
    {
      var layers = ConfigurationLayers(preset: preset)
      if let dataset { layers.words = [("--dataset", "dataset.name", dataset)] }
      return try layers.configuration(for: type).dataset
    }
    let folder = FileManager.default.temporaryDirectory.appending(path: "pictures-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder.appending(path: "a"), withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for preset in Presets.names {
      var layers = ConfigurationLayers()
      let type = try layers.recipeType(preset)
      for dataset in [nil, "mnist", "cifar10", folder.path] {
        _ = try configuration(type, preset, on: dataset)
      }
    }
    #expect(try configuration(Transfer.self, "photographs-transfer", on: folder.path).folder.imageSize == 150)
    #expect(try configuration(Transfer.self, "photographs-transfer", on: "cifar10").folder == .init())
    try Data("a,b,label\n1,2,x\n".utf8).write(to: folder.appending(path: "table.csv"))
    let table = try configuration(FeatureGAN.self, "few-labels-vectors", on: folder.path + "/table.csv")
    #expect(table.file.scaling == .autoStandard)
    // Who says so himself is told that it would do nothing.
    var layers = ConfigurationLayers(preset: "photographs-transfer")
    layers.settings = ["dataset.name=cifar10", "dataset.folder.imageSize=150"]
    #expect(throws: TrainingError.self) { try layers.configuration(for: Transfer.self) }
  }
}
