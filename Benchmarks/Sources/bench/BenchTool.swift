import ArgumentParser

/// Measures Sparring beside its peers.
@main
struct BenchTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "Benchmarks/run",
    abstract: "Measures Sparring beside PyTorch and Keras on the same work, in one alternating run.",
    discussion: """
      Results are written to Benchmarks/results/<machine>.json and .md, and printed.
      """,
    subcommands: [
      RunCommand.self, ScalingCommand.self, LongRunCommand.self, CurvesCommand.self, WorkerCommand.self,
      CeilingsCommand.self,
    ],
    defaultSubcommand: RunCommand.self)

  static func main() {
    // A worker's start is timed, so it does not read the presets, which the other commands' help asks for.
    let arguments = CommandLine.arguments.dropFirst()
    if arguments.first == WorkerCommand.name { WorkerCommand.main(Array(arguments.dropFirst())) } else { main(nil) }
  }
}
