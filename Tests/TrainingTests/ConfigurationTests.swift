import Foundation
import Testing
import SparringTorch

@testable import SparringTraining

@Suite struct ConfigurationTrees {
  struct Section: Codable, Equatable {
    var rate = 0.5
    var steps = 10
    var widths = [1, 2]
    var isOn = false
  }
  struct Whole: Codable, Equatable {
    var name = "x"
    var training = Section()
  }

  func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: [
    ("AuthenticAMD", ["avx512f", "avx512_bf16"], true), ("GenuineIntel", ["avx512f", "avx512_bf16"], false),
    ("GenuineIntel", ["avx512f", "avx512_bf16", "amx_bf16"], true), ("", ["bf16"], true),
    ("AuthenticAMD", ["avx2"], false),
  ]) func bf16WhereItIsFaster(vendor: String, flags: [String], expected: Bool) {
    #expect(ProcessorFeatures(modelName: "", flags: Set(flags), vendor: vendor).isFasterInBFloat16 == expected)
  }

  @Test func laterLayersWin() throws {
    var tree = try ConfigurationTree(defaults: Whole())
    try tree.overlay(yaml: "training:\n  rate: 0.25\n  steps: 20\n", source: "preset")
    try tree.set("training.rate=2e-4")
    try tree.set("training.widths=[3, 4, 5]")
    try tree.set("training.isOn=true")
    let whole = try tree.decoded()
    #expect(whole == Whole(name: "x", training: Section(rate: 2e-4, steps: 20, widths: [3, 4, 5], isOn: true)))
  }

  @Test func unknownKeysSuggestTheNearest() throws {
    var tree = try ConfigurationTree(defaults: Whole())
    #expect(
      message { try tree.set("training.stepz=3") }
        == "--set training.stepz=3: unknown key 'training.stepz'; did you mean 'training.steps'?")
    #expect(message { try tree.overlay(yaml: "nmae: y", source: "my.yaml") }.contains("did you mean 'name'?"))
  }

  @Test func wrongValuesNameTheirKey() throws {
    var tree = try ConfigurationTree(defaults: Whole())
    try tree.set("training.steps=many")
    let said = message { _ = try tree.decoded() }
    #expect(said.contains("training.steps") && said.contains("many") && !said.contains("\n"))
  }

  @Test(arguments: ["training=3", "name.first=3", "training.steps", "=3", "a: [", "- 1"])
  func malformedLayersAreOneLine(text: String) throws {
    var tree = try ConfigurationTree(defaults: Whole())
    let said = message {
      if text.contains("=") || !text.contains(where: { " :-".contains($0) }) {
        try tree.set(text)
      } else {
        try tree.overlay(yaml: text, source: "f.yaml")
      }
    }
    #expect(!said.isEmpty && !said.contains("\n"), "\(text): \(said)")
  }

  /// A wrong value names the layer that it came from, unless its key was typed as it is.
  @Test func aLayerIsNamedWhereTheKeyWasNotTyped() throws {
    func said(_ layers: (inout ConfigurationTree<Whole>) throws -> Void) -> String {
      message {
        var tree = try ConfigurationTree(defaults: Whole())
        try tree.overlay(yaml: "training: {steps: 7, rate: 2}", source: "preset x")
        try layers(&tree)
        _ = try tree.decoded { whole in
          if whole.training.steps != 10 { throw TrainingError("training.steps is \(whole.training.steps); use 10") }
        }
      }
    }
    #expect(said { _ in } == "preset x: training.steps is 7; use 10")
    #expect(said { try $0.set("training.steps=8") } == "training.steps is 8; use 10")
    #expect(
      said { try $0.set("training.steps", toText: "9", source: "--steps") } == "--steps: training.steps is 9; use 10")
    #expect(
      said { try $0.overlay(yaml: "training: {isOn: 3}", source: "my.yaml") }
        == "my.yaml: training.isOn takes a value of type Bool, not '3'")
    #expect(said { try $0.set("training.steps=10") }.isEmpty)
  }

  /// However YAML writes it.
  @Test func aWordIsFoundInAnyForm() throws {
    for text in [
      "recipe: gan", "recipe:   'gan'  # mine", "{seed: 1, \"recipe\": \"gan\"}",
      "# recipe: x\nseed: 1\nrecipe: >-\n  gan\n",
    ] {
      #expect(try textValue(of: "recipe", inYAML: text, source: "f") == "gan", "\(text)")
    }
    for text in ["", "# recipe: gan", "note: 'recipe: gan'", "model:\n  recipe: gan", "recipe: [gan]"] {
      #expect(try textValue(of: "recipe", inYAML: text, source: "f") == nil, "\(text)")
    }
    #expect(
      message { _ = try textValue(of: "recipe", inYAML: "a: [", source: "f.yaml") }.hasPrefix("f.yaml is not valid"))
  }

  @Test func roundTrip() throws {
    var tree = try ConfigurationTree(defaults: Whole())
    try tree.set("name='true'")
    let whole = try tree.decoded()
    var again = try ConfigurationTree(defaults: Whole())
    try again.overlay(yaml: tree.text(), source: "saved")
    #expect(try again.decoded() == whole)
    #expect(whole.name == "true")
  }

  @Test func nearestNames() {
    #expect(nearestName(to: "semi-supervised", among: ["gan", "semi-supervised-gan"]) == "semi-supervised-gan")
    #expect(nearestName(to: "zzzzzzzz", among: ["gan"]) == nil)
  }

  @Test func trainingValuesAreChecked() {
    func said(_ change: (inout TrainingConfiguration) -> Void) -> String {
      var configuration = TrainingConfiguration()
      change(&configuration)
      return message { try configuration.validate() }
    }
    #expect(said { _ in }.isEmpty)
    #expect(said { $0.learningRate = -1 } == "training.learningRate is -1.0; use 1e-12 to 1000.0")
    #expect(said { $0.learningRate = .nan }.hasPrefix("training.learningRate"))
    #expect(said { $0.schedule.decayStart = 2 }.hasPrefix("training.schedule.decayStart"))
    #expect(said { $0.steps = 0 } == "training.steps is 0; use 1 to 1000000000")
    #expect(said { ($0.steps, $0.epochs) = (0, 1) }.isEmpty)
    #expect(said { $0.checkpointEvery = -1 }.hasPrefix("training.checkpointEvery is -1; use 0 to"))
  }
}
