import ArgumentParser
import Foundation
import SparringTorch
import SparringReporting

struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "Lists the runs in a folder, the newest first.")

  @Argument(help: ArgumentHelp("The folder that holds run folders.", valueName: "folder"))
  var folder = "runs"

  func run() throws {
    let found = RunsTable.folders(in: URL(fileURLWithPath: folder))
    guard !found.isEmpty else { throw ToolError("\(folder) holds no runs: `sparring train` makes one") }
    say(RunsTable(found).text)
  }
}

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Puts runs side by side, in the terminal and as a page.",
    discussion: "Runs of several seeds with intervals of their differences are what `sparring demo` compares.")

  @Argument(
    help: ArgumentHelp("Run folders, two or more.", valueName: "runs"),
    completion: .custom { _, _, _ in Completions.runs() })
  var runs: [String]

  @Option(name: .shortAndLong, help: ArgumentHelp("The page's file.", valueName: "file"))
  var output = "compare.html"

  func validate() throws {
    guard runs.count > 1 else { throw ValidationError("one run alone cannot be compared: name another") }
  }

  func run() throws {
    let folders = try runs.map { try RunFolder.open(URL(fileURLWithPath: $0)) }
    let table = RunsTable(folders)
    let file = URL(fileURLWithPath: output)
    say(table.text)
    do {
      try AtomicFile.write(Data(table.page(of: folders).utf8), to: file)
    } catch {
      throw ToolError("cannot write \(output): \(error)")
    }
    say("\nPage: \(output)")
  }
}
