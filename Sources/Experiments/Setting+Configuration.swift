package import Foundation
package import SparringDatasets
package import SparringRecipes
package import SparringTorch
package import SparringTraining

extension Setting {
  /// What a configuration says of a recipe, for given data.
  package init<Method: Recipe>(
    _ configuration: RunConfiguration<Method>, data: DataFacts, trunks: [NetworkRole: [String: Tensor]] = [:],
    device: Device, classShares: [Double]? = nil, featureFolder: URL? = nil
  ) {
    self.init(
      data: data, model: configuration.model, trunks: trunks, augmentation: configuration.augmentation,
      learningRate: configuration.training.learningRate,
      precision: configuration.training.resolvedPrecision(on: device), seed: configuration.seed, device: device,
      classShares: classShares, featureFolder: featureFolder)
  }
}
