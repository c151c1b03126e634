import Foundation
import SparringDatasets
import SparringModels
import SparringRecipes
import SparringTorch
import Testing

@testable import SparringTraining

/// A small data set of noise, in a folder that is removed afterwards.
final class TrainerFixture {
  let folder: URL
  let dataset: Dataset

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "trainer-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let random = try RandomGenerator(seed: 5)
    dataset = try Dataset(
      name: "noise", split: .train,
      images: try Tensor.randomIntegers([40, 1, 28, 28], in: 0..<256, using: random).to(.uint8),
      labels: try Tensor(indices: (0..<40).map { $0 % 4 }), classNames: ["a", "b", "c", "d"])
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func configuration(steps: Int) -> TrainingConfiguration {
    var configuration = TrainingConfiguration()
    configuration.steps = steps
    configuration.schedule = .linear(warmUpSteps: 3)
    configuration.logEvery = 4
    configuration.sampleEvery = 0
    configuration.checkpointEvery = 5
    configuration.precision = .fp32
    return configuration
  }

  func recipe() throws -> SemiSupervisedGAN {
    var options = SemiSupervisedGAN.Options()
    options.generator.batchSize = 4
    return try SemiSupervisedGAN(
      options,
      in: Setting(
        shape: .image(channels: 1, height: 28, width: 28), classCount: 4,
        classifier: TrunkConfiguration(ConvolutionalFamily(widths: [4, 8], normalization: .batch), dropout: 0.3),
        generator: DCGANGeneratorFamily(width: 2), latentSize: 4, augmentation: .digits, seed: 11))
  }

  func batches() throws -> SemiSupervisedSource {
    try SemiSupervisedSource(
      dataset: dataset, labelledIndices: [0, 1, 2, 3, 4, 5, 6, 7], unlabelledIndices: Array(0..<40),
      labelledBatchSize: 5, unlabelledBatchSize: 7, seed: 11)
  }

  func weights(_ recipe: SemiSupervisedGAN) throws -> [String: [UInt8]] {
    var all: [String: [UInt8]] = [:]
    for network in recipe.networks {
      for (path, tensor) in network.value.state { all[network.name + path] = [UInt8](try tensor.bytes()) }
    }
    for average in recipe.averages {
      for (path, tensor) in average.value.averages { all["average" + path] = [UInt8](try tensor.bytes()) }
    }
    return all
  }
}
