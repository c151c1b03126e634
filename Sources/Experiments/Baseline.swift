import SparringDatasets
import SparringModels
public import SparringRecipes
public import SparringTraining

extension RunConfiguration {
  /// The same run by another recipe: the data, the split, the networks' families and sizes, the augmentation, the way of
  /// training and the classifier's optimiser are shared, and what else the other recipe may choose has its defaults. Where
  /// one of the two fits at once, or stands on a trunk that does not train, they share the data and the split alone.
  ///
  /// - Parameters:
  ///   - steps: The other run's.
  ///   - imagePasses: Images that this run passed through its networks: a supervised run takes as many, in as many steps.
  public func shared(with other: any Recipe.Type, steps: Int, imagePasses: Int) -> any AnyRunConfiguration {
    func make<Other: Recipe>(_ type: Other.Type) -> any AnyRunConfiguration {
      var configuration = RunConfiguration<Other>()
      (configuration.seed, configuration.device, configuration.threads) = (seed, device, threads)
      configuration.dataset = dataset
      if (try? ExampleFile.holdsVectors(dataset.name)) ?? false {
        configuration.model = configuration.model.forVectors
      }
      let trains = !Method.fitsAtOnce && !Other.fitsAtOnce
      guard trains, !model.classifier.frozen, !configuration.model.classifier.frozen else { return configuration }
      configuration.augmentation = augmentation
      for role in Method.roles where Other.roles.contains(role) { configuration.model.take(role, from: model) }
      configuration.training = training
      (configuration.training.steps, configuration.training.epochs) = (steps, 0)
      if let own = options as? any ClassifierRecipeOptions,
        var options = configuration.options as? any ClassifierRecipeOptions
      {
        options.classifier = own.classifier
        if let options = options as? Other.Options { configuration.options = options }
      }
      if var options = configuration.options as? Supervised.Options {
        options.batchSize = max(1, min(65_536, imagePasses / max(1, steps)))
        if let options = options as? Other.Options { configuration.options = options }
      }
      return configuration
    }
    return make(other)
  }
}

/// A ``RunConfiguration`` whose recipe does not matter.
public protocol AnyRunConfiguration {
  associatedtype Method: Recipe
  /// As its own type.
  var configuration: RunConfiguration<Method> { get }
}

extension RunConfiguration: AnyRunConfiguration {
  /// Itself.
  public var configuration: RunConfiguration<Method> { self }
}
