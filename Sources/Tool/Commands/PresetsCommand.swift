import ArgumentParser
import Foundation
import SparringPresets

struct PresetsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "presets", abstract: "Lists the named configurations, or prints one.")

  @Argument(help: "A preset to print.")
  var name: String?

  func run() throws {
    guard let name else {
      for name in Presets.names {
        say("\(name.padding(toLength: 28, withPad: " ", startingAt: 0))\(summary(of: name))")
      }
      return
    }
    guard let text = Presets.text(named: name) else { throw ToolError("there is no preset '\(name)'") }
    say(text, terminator: "")
  }

  /// The preset's first comment line.
  private func summary(of name: String) -> String {
    let first = Presets.text(named: name)?.split(separator: "\n").first ?? ""
    return first.hasPrefix("# ") ? String(first.dropFirst(2)) : ""
  }
}
