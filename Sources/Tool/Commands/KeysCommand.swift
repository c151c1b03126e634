import ArgumentParser
import SparringExperiments
import SparringModels
import SparringPresets
import SparringRecipes

struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: "Lists every key that --set and configuration files take, with meaning and range.",
    discussion: """
      A network's keys depend on its family: `sparring keys RECIPE --set model.classifier.family=residual` shows those of \
      another.
      """)

  @Argument(
    help: ArgumentHelp("A recipe, or a preset, whose values are then shown.", valueName: "recipe|preset"),
    completion: .list(AllRecipes.names + Presets.names))
  var recipe = "consistency-gan"

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("One value laid over it; repeatable.", valueName: "key=value"))
  var settings: [String] = []

  @Flag(help: "Names the families of networks instead.")
  var families = false

  func run() throws {
    if families {
      say("classifiers, discriminators, encoders: \(NetworkFamilies.trunks.map { $0.name }.joined(separator: ", "))")
      say("generators: \(NetworkFamilies.generators.map { $0.name }.joined(separator: ", "))")
      return say("restorers: \(NetworkFamilies.restorers.map { $0.name }.joined(separator: ", "))")
    }
    var layers = ConfigurationLayers()
    layers.settings = settings
    let type = try layers.recipeType(recipe)
    let keys = try ConfigurationKey.all(of: type, layers: layers)
    let (widest, widestValue) = (keys.map(\.path.count).max() ?? 0, min(24, keys.map(\.value.count).max() ?? 0))
    for key in keys {
      let path = key.path + String(repeating: " ", count: widest - key.path.count)
      let value = key.value + String(repeating: " ", count: max(0, widestValue - key.value.count))
      say("\(path)  \(value)  \(key.meaning)\(key.range.isEmpty ? "" : " (\(key.range))")")
    }
  }
}
