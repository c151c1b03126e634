import SparringDatasets
import SparringModels
import SparringTorch
import Testing

@testable import SparringRecipes

@Suite struct Mixing {
  init() { Machine.threadCount = 1 }

  @Test func everyExampleIsMixedWithTheNext() throws {
    let mixup = Mixup(concentration: 0.5, random: try RandomGenerator(seed: 1))
    let examples = try Tensor([Float(1), 10, 2, 20, 4, 40], shape: [3, 2])
    let (mixed, share) = try mixup(examples)
    let (found, shares) = (try mixed.array(of: Float.self), try share.array(of: Float.self))
    let (own, next) = ([Float(1), 2, 4], [Float(2), 4, 1])
    for place in 0..<3 {
      let value = own[place] * shares[place] + next[place] * (1 - shares[place])
      #expect(abs(found[2 * place] - value) < 1e-5 && abs(found[2 * place + 1] - 10 * value) < 1e-4)
    }
    #expect(Set(shares).count == 3, "each has its own share")
    #expect(try mixup.partners(of: Tensor(indices: [7, 8, 9])).integers() == [8, 9, 7])
    let alone = try mixup(examples.narrowed(0..<1)).mixed.array(of: Float.self)
    #expect(abs(alone[0] - 1) < 1e-6 && abs(alone[1] - 10) < 1e-5, "one alone is mixed with itself")
  }

  /// Draws take part in checkpoints, but only where there are some, so that older runs go on.
  @Test func supervisedTrainsOnMixtures() throws {
    let setting = Setting(
      shape: .vector(features: 4), classCount: 2, classifier: TrunkConfiguration(FullyConnectedFamily()),
      learningRate: 0.01, seed: 3)
    var options = Supervised.Options()
    let plain = try Supervised(options, in: setting)
    options.mixup = 0.4
    let mixed = try Supervised(options, in: setting)
    #expect(mixed.generators.map(\.name).contains("mixup.random"))
    #expect(!plain.generators.map(\.name).contains("mixup.random"))
    let batch = LabelledBatch(
      images: try .normal([6, 4], using: RandomGenerator(seed: 5)), labels: try Tensor(indices: [0, 1, 0, 1, 0, 1]))
    let losses = try [plain, mixed].map { try $0.step(batch, at: StepTime()).values[0].value.item() }
    #expect(losses[0] != losses[1] && losses[1].isFinite)
    for value in [-0.1, .nan, 2000] {
      options.mixup = value
      #expect(throws: TorchError.self) { try options.validate() }
    }
  }
}
