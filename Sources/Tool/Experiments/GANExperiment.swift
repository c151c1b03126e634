import SparringDatasets
import SparringModels
import SparringRecipes
import SparringTorch
import SparringTraining

enum GANExperiment: Experiment {
  typealias Model = DCGANConfiguration
  typealias Options = GAN.Options

  static var usesLabels: Bool { false }

  static var defaults: Configuration {
    var configuration = RunConfiguration(
      recipe: GAN.name, model: DCGANConfiguration(imageSize: 0, channels: 0), options: GAN.Options())
    configuration.dataset.labels = 0
    configuration.training.epochs = 100
    return configuration
  }

  static func fit(_ model: inout DCGANConfiguration, to dataset: Dataset) throws {
    try fitGenerator(&model, to: dataset, section: "model")
  }

  static func makeRecipe(_ configuration: Configuration, device: Device) throws -> GAN {
    try GAN(
      model: configuration.model, options: configuration.options, learningRate: configuration.training.learningRate,
      precision: configuration.training.resolvedPrecision(on: device), seed: configuration.seed, device: device)
  }

  static func makeBatches(
    _ configuration: Configuration, dataset: Dataset, split: LabelledSplit?
  ) throws -> UnlabelledSource {
    try UnlabelledSource(dataset: dataset, batchSize: configuration.training.batchSize, seed: configuration.seed)
  }
}

func fitGenerator(_ model: inout DCGANConfiguration, to dataset: Dataset, section: String) throws {
  model.imageSize = try fitted(model.imageSize, to: dataset.side(), key: "\(section).imageSize")
  model.channels = try fitted(model.channels, to: dataset.channels, key: "\(section).channels")
}
