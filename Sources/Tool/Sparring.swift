import ArgumentParser
import Foundation
import SparringExperiments
import SparringTorch
import SparringTraining

/// The command-line tool: parses, composes, exits.
@main
struct Sparring: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sparring",
    abstract: "Trains an image classifier against a generative adversary, so that few labels go further.",
    version: SparringVersion.text,
    subcommands: [
      DemoCommand.self, StudyCommand.self, TrainCommand.self, EvaluateCommand.self, ClassifyCommand.self,
      GenerateCommand.self, MeasureCommand.self, CompleteCommand.self, EnhanceCommand.self,
      FeaturesCommand.self, ExportCommand.self, ReportCommand.self, RunsCommand.self, CompareCommand.self,
      DataCommand.self,
      PresetsCommand.self, KeysCommand.self,
      DoctorCommand.self,
    ])

  static func main() {
    // Before LibTorch starts its threads, which take it over.
    Machine.setFlushDenormal(true)
    Machine.keepsMemory = true
    do {
      try Machine.chooseKernels(named: ProcessInfo.processInfo.environment["SPARRING_KERNELS"])
      try requireKnownVerb()
      var command = try parseAsRoot()
      try command.run()
    } catch let code as ExitCode {
      exit(withError: code)
    } catch  where exitCode(for: error) == .failure {
      // Ours: one line that says what, where and what to do.
      let line = "\(error)".split(separator: "\n", omittingEmptySubsequences: true).joined(separator: " ")
      complain("sparring: \(Printable.cut(line, mostCharacters: 2000))")
      exit(withError: ExitCode.failure)
    } catch {
      // The argument parser's own: help, version, usage.
      exit(withError: error)
    }
  }
}

extension Sparring {
  /// - Throws: ``ToolError`` that suggests the nearest verb, where the first word is none.
  private static func requireKnownVerb() throws {
    guard let word = CommandLine.arguments.dropFirst().first, !word.hasPrefix("-") else { return }
    let verbs = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    guard !verbs.contains(word) else { return }
    throw ToolError(
      "there is no command '\(word)'\(suggestion(for: word, among: verbs)); the commands are "
        + verbs.joined(separator: ", "))
  }
}

/// An error of the tool itself, in one line.
struct ToolError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

/// Prints a line at once, also where the output is a pipe or a file.
/// - Parameter isData: Whether a program may read it: it is then spelled out only on a terminal.
func say(_ line: String = "", terminator: String = "\n", isData: Bool = false) {
  let text = isData && isatty(STDOUT_FILENO) == 0 ? line : Printable.escaped(line)
  do {
    try FileHandle.standardOutput.write(contentsOf: Data((text + terminator).utf8))
  } catch {
    complain("sparring: the output cannot be written; is the disk full, or the pipe closed?")
    exit(1)
  }
}

/// Prints a line on standard error, where that can be.
func complain(_ line: String) {
  try? FileHandle.standardError.write(contentsOf: Data((Printable.escaped(line) + "\n").utf8))
}
