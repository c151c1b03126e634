import Foundation
import SparringDatasets
import SparringModels
import SparringTorch
import Testing

@testable import SparringRecipes

@Suite struct TransferSteps {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "features-\(UUID().uuidString)")

  init() { Machine.threadCount = 1 }

  /// Two classes, dark and bright; the last four images without a label.
  private func dataset() throws -> Dataset {
    let shades = (0..<16).map { Float($0 % 2 == 0 ? 40 : 190) }
    let random = try RandomGenerator(seed: 4)
    let pixels = try Tensor.uniform([16, 1, 12, 12], low: -30, high: 30, using: random)
    return try Dataset(
      name: "shades", split: .train, images: (pixels + Tensor(shades, shape: [16, 1, 1, 1])).to(.uint8),
      labels: Tensor(indices: (0..<16).map { $0 < 12 ? $0 % 2 : -1 }), classNames: ["dark", "bright"])
  }

  private func setting(frozen: Bool = true, augmentation: Augmentation = .none, keeps: Bool = false) throws -> Setting {
    var model = Transfer.model
    model.classifier = TrunkConfiguration(ConvolutionalFamily(widths: [4, 8]))
    model.classifier.frozen = frozen
    return Setting(
      data: try dataset().facts, model: model, augmentation: augmentation, learningRate: 0.02, seed: 3,
      featureFolder: keeps ? folder : nil)
  }

  @Test func theLastLayerAloneLearns() throws {
    let (recipe, data) = (try Transfer(in: setting()), try dataset())
    let trunk = try recipe.classifier.network.trunk.state.mapValues { try $0.bytes() }
    let batches = try recipe.batches(from: TrainingData(data, seed: 1))
    let first = try batches.next()
    #expect(first.images.shape == [128, recipe.classifier.network.trunk.featureCount], "features, not images")
    let before = try recipe.step(first, at: StepTime()).values[0].value.item()
    for _ in 0..<60 { _ = try recipe.step(batches.next(), at: StepTime()) }
    let after = try recipe.step(batches.next(), at: StepTime()).values[0].value.item()
    #expect(after < before / 2)
    #expect(try recipe.classLogits(of: data.batch(indices: [12, 13, 14])).argmax().integers() == [0, 1, 0])
    #expect(try recipe.classifier.network.trunk.state.mapValues { try $0.bytes() } == trunk)
    #expect(recipe.optimizers.count == 1 && recipe.averages.isEmpty)
  }

  /// What the layer is shown is what the whole network sees.
  @Test func featuresAreThoseOfTheNetwork() throws {
    let (recipe, data) = (try Transfer(in: setting()), try dataset())
    let images = try data.batch(indices: [3, 5])
    let plain = try withoutGradients {
      try recipe.classifier.network.inInferenceMode { try recipe.classifier.network(images) }
    }
    #expect(try (recipe.classLogits(of: images) - plain).absolute().maximum().item() < 1e-6)
    let seen = try withoutGradients { try recipe.classifier.network.logits(ofFeatures: recipe.features(of: images)) }
    #expect(try (seen - plain).absolute().maximum().item() < 1e-6)
    let kept = try Transfer(in: setting(keeps: true))
    defer { try? FileManager.default.removeItem(at: folder) }
    for _ in 0..<2 { #expect(try (kept.classLogits(of: images) - plain).absolute().maximum().item() < 1e-6) }
  }

  @Test func whatCannotBeIsRefused() throws {
    #expect(throws: TorchError.self) { try Transfer(in: setting(frozen: false)) }
    var augmentation = Augmentation.none
    augmentation.horizontalFlip = true
    #expect(throws: TorchError.self) { try Transfer(in: setting(augmentation: augmentation)) }
    // The default needs weights that this setting was not given.
    #expect(throws: TorchError("model.classifier.from: Inception's weights are to be read before the network is made"))
    {
      try Transfer(in: Setting(data: dataset().facts, model: Transfer.model, seed: 1))
    }
  }
}

@Suite struct FeatureCaches {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "features-\(UUID().uuidString)")

  private func images(_ count: Int) throws -> Tensor {
    try Tensor.uniform([count, 1, 4, 4], low: -1, high: 1, using: RandomGenerator(seed: 7))
  }

  private func features(_ images: Tensor) throws -> Tensor { try images.reshaped(-1, 16).narrowed(0..<5, along: 1) }

  @Test func nothingIsComputedTwice() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let all = try images(120)
    var computed: [Int] = []
    func compute(_ part: Tensor) throws -> Tensor {
      computed.append(try part.size(0))
      return try features(part)
    }
    // Killed on the way: only the first images were seen.
    let first = FeatureCache(in: folder, identity: "a", featureCount: 5)
    _ = try first.features(of: all.narrowed(0..<60), by: compute)
    #expect(computed == [50, 10])
    computed = []
    let second = FeatureCache(in: folder, identity: "a", featureCount: 5)
    // In another order, and some twice.
    let order = Array((0..<120).reversed()) + [3, 3, 100]
    let shuffled = try all.indexSelect(Tensor(indices: order))
    #expect(try second.features(of: shuffled, by: compute).bytes() == features(shuffled).bytes())
    #expect(computed == [50, 10])
    computed = []
    let third = FeatureCache(in: folder, identity: "a", featureCount: 5)
    #expect(try third.features(of: all, by: compute).bytes() == features(all).bytes())
    #expect(computed.isEmpty)
    _ = try FeatureCache(in: folder, identity: "another network", featureCount: 5).features(of: all, by: compute)
    #expect(computed == [50, 50, 20])
  }

  @Test func damagedPartsAreComputedAgain() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let all = try images(70)
    _ = try FeatureCache(in: folder, identity: "a", featureCount: 5).features(of: all, by: features)
    let place = folder.appending(path: try #require(FileManager.default.contentsOfDirectory(atPath: folder.path).first))
    let names = try FileManager.default.contentsOfDirectory(atPath: place.path).sorted()
    #expect(names.count == 2)
    for name in names {
      let file = place.appending(path: name)
      var data = try Data(contentsOf: file)
      data[data.count - 9] ^= 1
      try data.write(to: file)
    }
    var computed = 0
    let found = try FeatureCache(in: folder, identity: "a", featureCount: 5).features(of: all) {
      computed += try $0.size(0)
      return try features($0)
    }
    #expect(try computed == 70 && found.bytes() == features(all).bytes())
  }

  @Test func aFolderThatCannotBeWrittenCostsOnlyTime() throws {
    let blocked = FeatureCache(in: URL(fileURLWithPath: "/dev/null/features"), identity: "a", featureCount: 5)
    let all = try images(4)
    #expect(try blocked.features(of: all, by: features).bytes() == features(all).bytes())
  }
}
