import ArgumentParser
import Foundation
import SparringPresets
import SparringTraining

struct PresetsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "presets", abstract: "Lists the named configurations, or prints one.")

  @Argument(help: "A preset to print.")
  var name: String?

  func run() throws {
    guard let name else {
      return say(listed(Presets.names.map { ($0, Presets.summary(of: $0)) }, indentedBy: 0))
    }
    guard let text = Presets.text(named: name) else {
      throw ToolError("there is no preset '\(name)'\(suggestion(for: name, among: Presets.names))")
    }
    say(text, terminator: "")
  }
}
