import Foundation
import Testing
import SparringTorch
import SparringTraining

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
    #expect(said { $0.learningRate = -1 }.hasPrefix("training.learningRate is -1.0"))
    #expect(said { $0.learningRate = .nan }.hasPrefix("training.learningRate"))
    #expect(said { $0.schedule.decayStart = 2 }.hasPrefix("training.schedule.decayStart"))
    #expect(said { $0.steps = 0 }.hasPrefix("training.steps"))
  }
}
