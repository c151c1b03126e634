import ArgumentParser
import Foundation
import SparringPresets
import SparringTraining

struct PresetsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "presets", abstract: "Lists the named configurations and studies, or prints one.")

  @Argument(help: "A preset or a study to print.")
  var name: String?

  func run() throws {
    guard let name else {
      say(listed(Presets.names.map { ($0, Presets.summary(of: $0)) }, indentedBy: 0))
      say("\nStudies, for `sparring study NAME`:")
      return say(listed(Presets.Studies.names.map { ($0, Presets.Studies.summary(of: $0)) }, indentedBy: 0))
    }
    guard let text = Presets.text(named: name) ?? Presets.Studies.text(named: name) else {
      let known = Presets.names + Presets.Studies.names
      throw ToolError("there is no preset or study '\(name)'\(suggestion(for: name, among: known))")
    }
    say(text, terminator: "")
  }
}
