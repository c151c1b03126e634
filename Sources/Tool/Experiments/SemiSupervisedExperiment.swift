import SparringDatasets
import SparringModels
import SparringRecipes
import SparringTorch
import SparringTraining

enum SemiSupervisedExperiment: Experiment {
  struct Networks: Codable, Sendable {
    var classifier = ClassifierConfiguration(imageSize: 0, channels: 0, classCount: 0)
    var generator = DCGANConfiguration(imageSize: 0, channels: 0, latentSize: 64, width: 16)
  }

  typealias Model = Networks
  typealias Options = SemiSupervisedGAN.Options

  static var usesLabels: Bool { true }

  static var defaults: Configuration {
    var configuration = RunConfiguration(
      recipe: SemiSupervisedGAN.name, model: Networks(), options: SemiSupervisedGAN.Options())
    configuration.training = classifierTraining
    return configuration
  }

  static func fit(_ model: inout Networks, to dataset: Dataset) throws {
    try fitClassifier(&model.classifier, to: dataset, section: "model.classifier")
    try fitGenerator(&model.generator, to: dataset, section: "model.generator")
  }

  static func makeRecipe(_ configuration: Configuration, device: Device) throws -> SemiSupervisedGAN {
    try SemiSupervisedGAN(
      model: configuration.model.classifier, generator: configuration.model.generator,
      options: configuration.options, augmentation: configuration.augmentation,
      learningRate: configuration.training.learningRate,
      precision: configuration.training.resolvedPrecision(on: device), seed: configuration.seed, device: device)
  }

  static func makeBatches(
    _ configuration: Configuration, dataset: Dataset, split: LabelledSplit?
  ) throws -> SemiSupervisedSource {
    try SemiSupervisedSource(
      dataset: dataset, labelledIndices: split?.labelled ?? [], unlabelledIndices: split?.unlabelled ?? [],
      labelledBatchSize: configuration.options.labelledBatchSize,
      unlabelledBatchSize: configuration.options.unlabelledBatchSize, seed: configuration.seed)
  }
}
