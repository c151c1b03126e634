import ArgumentParser
import Foundation

/// What every command that measures is told of the machine.
struct MachineOptions: ParsableArguments {
  @Option(help: "Threads that each form may use.")
  var threads = 2

  @Option(help: "cpu or cuda:0.")
  var device = "cpu"

  var site: Site { Site(threads: threads, device: device) }
  var machine: Results.Machine { .current(threads: threads, device: device) }
}

/// Runs `body` with a folder for its workers; both are gone afterwards, also when the command is interrupted.
func withWorkerFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(
    path: "sparring-bench-\(ProcessInfo.processInfo.processIdentifier)", directoryHint: .isDirectory)
  let interrupts = InterruptHandler(folder: folder)
  defer {
    withExtendedLifetime(interrupts) { RunningChildren.endAll() }
    try? FileManager.default.removeItem(at: folder)
  }
  return try body(folder)
}
