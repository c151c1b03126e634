public import Foundation
public import SparringDatasets
public import SparringRecipes
public import SparringReporting
public import SparringTorch
public import SparringTraining

/// What a checkpoint holds, ready to classify or generate, without the data that it was trained on. Ask
/// ``recipe`` for an ability: `run.recipe as? any ImageClassifying`.
public struct TrainedRun {
  /// As the checkpoint left it.
  public let recipe: any Recipe
  /// What its networks know of the data.
  public let facts: DataFacts
  /// Where its networks are.
  public let device: Device
  /// How pictures of another shape were brought to the run's.
  public let pictureFit: PictureFit
  /// What tells the checkpoint from all others; empty for those of older versions.
  public let digest: String

  /// - Parameter device: nil takes the run's own, or the CPU where this machine lacks it: a run that was trained
  ///   elsewhere can be used anywhere.
  /// - Parameter precision: nil takes what the run was trained in; single precision gives the same answers on every
  ///   machine, and those of an exported network.
  /// - Parameter keepsFeatures: Whether what a frozen published network says of pictures is kept in the cache.
  public init(
    checkpoint file: URL, device: Device? = nil, precision: TrainingConfiguration.PrecisionChoice? = nil,
    keepsFeatures: Bool = false
  ) throws {
    let saved = try SavedRun(file: file)
    guard let facts = saved.facts else {
      throw TrainingError("\(file.path) does not say what data it is for")
    }
    func load<Method: Recipe>(_ type: Method.Type) throws -> (any Recipe, Device, PictureFit) {
      var configuration = try RunConfiguration<Method>(saved: saved.configuration, source: file.path)
      if let precision { configuration.training.precision = precision }
      try configuration.validate()
      let place = device ?? (try? Device(configuration.device)) ?? .cpu
      // Every weight stands in the file, or is published and stands elsewhere; the text beside them may ask for more.
      let recipe = try saved.naming(file) {
        let published = try configuration.model.pretrainedTrunks(for: Method.roles, onlyReferences: true)
        let further = published.values.reduce(0) { $0 + $1.values.reduce(0) { $0 + $1.count * $1.dtype.byteCount } }
        return try WeightBudget.limited(to: saved.byteCount + further) {
          try Method(
            configuration.options,
            in: Setting(
              configuration, data: facts, trunks: published, device: place,
              featureFolder: keepsFeatures ? CachedFeatures.folder : nil))
        }
      }
      try Checkpoint.restoreNetworks(of: recipe, from: saved, file)
      return (recipe, place, configuration.dataset.folder.fit)
    }
    (recipe, self.device, pictureFit) = try load(recipeType(named: saved.recipe))
    (self.facts, digest) = (facts, saved.digest)
  }
}

/// The recipe of that name.
/// - Throws: ``TrainingError`` that suggests the nearest name.
public func recipeType(named name: String) throws -> any Recipe.Type {
  if let type = AllRecipes.named(name) { return type }
  throw TrainingError(
    "there is no recipe '\(name)'\(suggestion(for: name, among: AllRecipes.names)); the recipes are "
      + AllRecipes.names.joined(separator: ", "))
}

extension RunConfiguration {
  /// The configuration that a text of ``text()`` holds.
  /// - Parameter source: What to call the text in messages.
  package init(saved yaml: String, source: String) throws {
    var tree = try Self.tree()
    do {
      try tree.overlay(yaml: yaml, source: source)
    } catch {
      throw TrainingError("\(error); was it written by another version of sparring?")
    }
    self = try tree.decoded()
  }
}

extension RunFolder {
  /// The recipe named in the run's configuration.
  package func recipeType() throws -> any Recipe.Type {
    guard let name = try textValue(of: "recipe", inYAML: configurationText(), source: configuration.relativePath) else {
      throw TrainingError("\(configuration.relativePath) names no recipe, so it is no run's configuration")
    }
    return try SparringExperiments.recipeType(named: name)
  }

  /// The configuration that the folder was made with.
  package func savedConfiguration<Method: Recipe>(of type: Method.Type) throws -> RunConfiguration<Method> {
    try RunConfiguration(saved: configurationText(), source: configuration.relativePath)
  }

  /// The newest checkpoint.
  /// - Throws: ``TrainingError`` where there is none yet.
  public func newestCheckpoint() throws -> URL {
    try requireOwnFiles()
    guard let newest = Checkpoint.files(in: checkpoints).last else {
      throw TrainingError("\(url.relativePath) has no checkpoint yet: train it, or resume it, first")
    }
    return newest
  }

  /// The checkpoint whose weights are the run's result: the best on validation images where it was kept, else the newest.
  /// - Throws: ``TrainingError`` where there is none yet.
  public func resultCheckpoint() throws -> URL {
    try requireOwnFiles()
    let best = checkpoints.appending(path: Checkpoint.bestFileName)
    return try FileManager.default.fileExists(atPath: best.path) ? best : newestCheckpoint()
  }

  private func configurationText() throws -> String {
    if let complaint = ReadingLimits.complaint(aboutRecord: configuration.path) {
      throw TrainingError("\(configuration.relativePath) \(complaint)")
    }
    do {
      return try String(contentsOf: configuration, encoding: .utf8)
    } catch {
      throw TrainingError("\(configuration.relativePath) cannot be read")
    }
  }
}
