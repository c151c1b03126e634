import Foundation
import SparringDatasets
import SparringPresets
public import SparringRecipes
public import SparringTraining

/// What is laid over a recipe's defaults, in this order: a preset, a file, single values.
public struct ConfigurationLayers: Sendable {
  /// A named configuration; see `Presets`.
  public var preset: String?
  /// A YAML text and what to call it in messages.
  public var file: (text: String, name: String)?
  /// `(option, key, value)`: plain words for single keys, such as `--seed`, `seed`, `3`.
  public var words: [(option: String, key: String, value: String)] = []
  /// Examples in one step, of each kind that a recipe takes: every `options.…batchSize`.
  public var batchSize: Int?
  /// `key=value`, the value in YAML.
  public var settings: [String] = []

  /// No layers.
  public init() {}

  /// The layers of one preset.
  public init(preset: String) { self.preset = preset }

  /// The recipe to train.
  /// - Parameter word: As typed: a recipe, or a preset, which becomes a layer and names its recipe; nil leaves the choice
  ///   to the layers.
  /// - Throws: ``TrainingError`` when nothing names a recipe, or nothing has the name.
  public mutating func recipeType(_ word: String? = nil) throws -> any Recipe.Type {
    if let word, let type = AllRecipes.named(word) { return type }
    if let word {
      guard Presets.names.contains(word) else {
        let known = AllRecipes.names + Presets.names
        throw TrainingError(
          "there is no recipe or preset '\(word)'\(suggestion(for: word, among: known)); the recipes are "
            + "\(AllRecipes.names.joined(separator: ", ")), and `sparring presets` lists the presets")
      }
      guard preset == nil || preset == word else {
        throw TrainingError("two presets, '\(word)' and '\(preset ?? "")': leave one out")
      }
      preset = word
    }
    guard let named = try namedRecipes().last else {
      throw TrainingError(
        preset.map { "preset \($0) names no recipe; name one before it" }
          ?? "name a recipe (\(AllRecipes.names.joined(separator: ", "))) or a preset; `sparring presets` lists them")
    }
    return try SparringExperiments.recipeType(named: named.recipe)
  }

  /// A recipe's defaults with every layer laid over them, checked as far as can be without data.
  /// - Throws: An error naming the layer and the key.
  public func configuration<Method: Recipe>(for type: Method.Type) throws -> RunConfiguration<Method> {
    for (layer, name) in try namedRecipes() where name != Method.name {
      throw TrainingError("\(layer) is for the recipe '\(name)', not for '\(Method.name)'")
    }
    let dataset = try datasetName()
    var tree = try RunConfiguration<Method>.tree(
      forVectors: dataset.map { (try? ExampleFile.holdsVectors($0)) ?? false } ?? false,
      showsAllLabels: dataset.map(Self.isOnesOwn) ?? false)
    for (name, text) in try texts() {
      // How a preset would have folders or tables read is nothing to data that are none; a file or a setting that says so
      // is wrong.
      let isPreset = name != file?.name
      try tree.overlay(yaml: text, source: name, omitting: isPreset ? Self.unusedSections(for: dataset) : [])
    }
    if let batchSize {
      for key in tree.keys where key.hasPrefix("options.") && key.dropFirst(8).lowercased().hasSuffix("batchsize") {
        guard !key.dropFirst(8).contains(".") else { continue }
        try tree.set(key, toText: "\(batchSize)", source: "--batch-size")
      }
    }
    if try wantsSteps() { try tree.set("training.epochs", toText: "0", source: "training.steps") }
    for (option, key, value) in words { try tree.set(key, toText: value, source: option) }
    // A choice of family brings the keys that other settings may be about.
    let choices = settings.filter { $0.prefix { $0 != "=" }.hasSuffix(".family") }
    for setting in choices + settings { try tree.set(setting) }
    var configuration = try tree.decoded { try $0.validate() }
    // A run is resumed and measured from anywhere.
    if Self.isOnesOwn(configuration.dataset.name) {
      configuration.dataset.name = URL(fileURLWithPath: configuration.dataset.name).standardizedFileURL.path
    }
    return configuration
  }

  /// Whether the last layer that says how long to train says it in steps, which then count whatever epochs an earlier
  /// layer has.
  private func wantsSteps() throws -> Bool {
    let (steps, epochs) = ("training.steps", "training.epochs")
    func given(_ key: String) -> String? {
      settings.last { $0.hasPrefix("\(key)=") }.map { String($0.dropFirst(key.count + 1)) }
        ?? words.last { $0.key == key }?.value
    }
    if let steps = given(steps) {
      guard let epochs = given(epochs), epochs != "0" else { return true }
      throw TrainingError("\(steps) steps and \(epochs) epochs: give one of them")
    }
    if given(epochs) != nil { return false }
    for (name, text) in try texts().reversed() {
      let found = try (
        textValue(of: steps, inYAML: text, source: name), textValue(of: epochs, inYAML: text, source: name)
      )
      guard let count = found.0 else {
        if found.1 != nil { return false }
        continue
      }
      guard let other = found.1, other != "0" else { return true }
      throw TrainingError("\(name): \(count) steps and \(other) epochs: give one of them")
    }
    return false
  }

  /// Whether a data set is the user's: its labels are few already.
  private static func isOnesOwn(_ name: String) -> Bool {
    guard let source = try? DatasetSource(name) else { return false }
    if case .known = source { return false }
    return true
  }

  /// The sections that say how data of another kind are read.
  private static func unusedSections(for name: String?) -> [String] {
    switch name.flatMap({ try? DatasetSource($0) }) {
    case .pictures: ["dataset.file"]
    case .file: ["dataset.folder"]
    default: ["dataset.folder", "dataset.file"]
    }
  }

  /// The preset's text and the file's, with what to call them.
  private func texts() throws -> [(name: String, text: String)] {
    var texts: [(name: String, text: String)] = []
    if let preset, let text = try presetText() { texts.append(("preset \(preset)", text)) }
    if let file { texts.append((file.name, file.text)) }
    return texts
  }

  /// The recipes that the preset and the file say they are for.
  private func namedRecipes() throws -> [(layer: String, recipe: String)] {
    try texts().compactMap { name, text in
      try textValue(of: "recipe", inYAML: text, source: name).map { (name, $0) }
    }
  }

  /// The data set that the layers name; some defaults depend on what it is.
  private func datasetName() throws -> String? {
    let key = "dataset.name"
    let setting = settings.last { $0.hasPrefix("\(key)=") }.map { String($0.dropFirst(key.count + 1)) }
    let word = words.last { $0.key == key }?.value
    return try setting ?? word ?? texts().compactMap { try textValue(of: key, inYAML: $0.text, source: $0.name) }.last
  }

  private func presetText() throws -> String? {
    guard let preset else { return nil }
    if let text = Presets.text(named: preset) { return text }
    throw TrainingError(
      "there is no preset '\(preset)'\(suggestion(for: preset, among: Presets.names)); `sparring presets` lists them")
  }
}

extension RunConfiguration {
  /// A preset's configuration.
  /// - Parameter dataset: A data set's name or path; how the preset has folders and tables read counts where it is one.
  /// - Throws: ``TrainingError`` when there is none of that name, or it is for another recipe.
  public init(preset: String, dataset: String? = nil) throws {
    var layers = ConfigurationLayers(preset: preset)
    if let dataset { layers.words = [("dataset", "dataset.name", dataset)] }
    self = try layers.configuration(for: Method.self)
  }
}
