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
  /// `key=value`, the value in YAML.
  public var settings: [String] = []

  /// No layers.
  public init() {}

  /// The recipe that the layers ask for: the file's, else the preset's.
  public func recipe() throws -> String? {
    if let file, let name = try recipeName(inYAML: file.text) { return name }
    return try presetText().flatMap { try recipeName(inYAML: $0) }
  }

  /// A recipe's defaults with every layer laid over them.
  /// - Throws: ``TrainingError`` naming the layer and the key.
  public func configuration<Method: Recipe>(for type: Method.Type) throws -> RunConfiguration<Method> {
    if let named = try recipe(), named != Method.name {
      throw TrainingError("recipe is '\(named)' in the preset or file, but '\(Method.name)' was asked for")
    }
    var tree = try RunConfiguration<Method>.tree(forVectors: isOfVectors())
    if let preset, let text = try presetText() { try tree.overlay(yaml: text, source: "preset \(preset)") }
    if let file { try tree.overlay(yaml: file.text, source: file.name) }
    for (option, key, value) in words { try tree.set(key, toText: value, source: option) }
    // A choice of family brings the keys that other settings may be about.
    let choices = settings.filter { $0.prefix { $0 != "=" }.hasSuffix(".family") }
    for setting in choices + settings { try tree.set(setting) }
    let configuration = try tree.decoded()
    guard configuration.recipe == Method.name else {
      throw TrainingError(
        "recipe is '\(configuration.recipe)' in the configuration, but '\(Method.name)' was asked for")
    }
    return configuration
  }

  /// Whether the layers name a file of vectors, for which other networks are the usual ones. What is wrong with a file
  /// is said when it is read.
  private func isOfVectors() throws -> Bool {
    let key = "dataset.name"
    let setting = settings.last { $0.hasPrefix("\(key)=") }.map { String($0.dropFirst(key.count + 1)) }
    let word = words.last { $0.key == key }?.value
    let fileName = file.flatMap { textValue(of: key, inYAML: $0.text) }
    let presetName = try presetText().flatMap { textValue(of: key, inYAML: $0) }
    guard let name = setting ?? word ?? fileName ?? presetName else { return false }
    return (try? ExampleFile.holdsVectors(name)) ?? false
  }

  private func presetText() throws -> String? {
    guard let preset else { return nil }
    if let text = Presets.text(named: preset) { return text }
    let hint = nearestName(to: preset, among: Presets.names).map { "; did you mean '\($0)'?" } ?? ""
    throw TrainingError("there is no preset '\(preset)'\(hint); `sparring presets` lists them")
  }
}

/// The recipe that a configuration's text names; nil where it names none.
func recipeName(inYAML text: String) throws -> String? {
  for line in text.split(separator: "\n") where line.hasPrefix("recipe:") {
    return line.dropFirst("recipe:".count).trimmingCharacters(" '\"")
  }
  return nil
}

extension Substring {
  fileprivate func trimmingCharacters(_ characters: String) -> String {
    var rest = self
    while let first = rest.first, characters.contains(first) { rest.removeFirst() }
    while let last = rest.last, characters.contains(last) { rest.removeLast() }
    return String(rest)
  }
}
