import SparringDatasets
import SparringModels
import SparringRecipes
import SparringTorch
import SparringTraining

enum SupervisedExperiment: Experiment {
  typealias Model = ClassifierConfiguration
  typealias Options = Supervised.Options

  static var usesLabels: Bool { true }

  static var defaults: Configuration {
    var configuration = RunConfiguration(
      recipe: Supervised.name, model: ClassifierConfiguration(imageSize: 0, channels: 0, classCount: 0),
      options: Supervised.Options())
    configuration.training = classifierTraining
    configuration.training.batchSize = 128
    return configuration
  }

  static func fit(_ model: inout ClassifierConfiguration, to dataset: Dataset) throws {
    try fitClassifier(&model, to: dataset, section: "model")
  }

  static func makeRecipe(_ configuration: Configuration, device: Device) throws -> Supervised {
    try Supervised(
      model: configuration.model, options: configuration.options, augmentation: configuration.augmentation,
      learningRate: configuration.training.learningRate,
      precision: configuration.training.resolvedPrecision(on: device), seed: configuration.seed, device: device)
  }

  static func makeBatches(
    _ configuration: Configuration, dataset: Dataset, split: LabelledSplit?
  ) throws -> LabelledSource {
    try LabelledSource(
      dataset: dataset, indices: split?.labelled ?? [], batchSize: configuration.training.batchSize,
      seed: configuration.seed)
  }
}

/// What both classifying recipes begin with.
var classifierTraining: TrainingConfiguration {
  var training = TrainingConfiguration()
  training.steps = 600
  training.learningRate = 2e-3
  training.schedule = .linear(decayStart: 0.3, warmUpSteps: 50)
  training.sampleEvery = 100
  training.measureEvery = 100
  training.checkpointEvery = 200
  training.logEvery = 20
  return training
}

func fitClassifier(_ model: inout ClassifierConfiguration, to dataset: Dataset, section: String) throws {
  model.imageSize = try fitted(model.imageSize, to: dataset.side(), key: "\(section).imageSize")
  model.channels = try fitted(model.channels, to: dataset.channels, key: "\(section).channels")
  model.classCount = try fitted(model.classCount, to: dataset.classCount, key: "\(section).classCount")
}
