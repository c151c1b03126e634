import Foundation
import SparringExperiments
import SparringReporting
import SparringTorch
import SparringTraining

/// Further processes of this tool, each of which trains its part of a study while this one trains the first.
///
/// Small networks leave most of a second core idle; two runs side by side do not. A process of its own shares neither random
/// numbers nor kept memory with the others, so that its runs are those of `--shard`.
final class StudyProcesses {
  /// How many at once a machine is asked for.
  static let possible = 1...64

  private var processes: [Process] = []
  /// Closed to ask the process at the other end to save and stop; the system closes them should this process die.
  private var leashes: [Pipe] = []

  /// Starts parts 2 to `count`.
  init(of plan: StudyPlan, in folder: StudyFolder, count: Int, device: String, threads: Int) throws {
    // As it is here: the folder's may be a larger one, of earlier calls.
    let text = String(decoding: try JSONEncoder().encode(plan), as: UTF8.self)
    guard let executable = Bundle.main.executableURL else {
      throw ToolError("this program's own file is not known; leave --jobs out")
    }
    do {
      for index in 2...count {
        let (process, leash) = (Process(), Pipe())
        process.executableURL = executable
        process.arguments = [
          "study", folder.url.path, "--shard", "\(index)/\(count)", "--device", device, "--threads", "\(threads)",
          "--beside", text,
        ]
        process.standardInput = leash
        try process.run()
        processes.append(process)
        leashes.append(leash)
      }
    } catch {
      askToStop()
      throw ToolError("a second process cannot be started (\(error.localizedDescription)); leave --jobs out")
    }
  }

  deinit { askToStop() }

  /// Each saves and stops after its step.
  func askToStop() {
    for leash in leashes { try? leash.fileHandleForWriting.close() }
    leashes = []
  }

  /// Waits until all have ended, however they did.
  /// - Parameter stop: Once it is asked for, they are asked as well.
  func wait(_ stop: StopRequest) {
    while processes.contains(where: \.isRunning) {
      if stop.isAsked { askToStop() }
      usleep(50_000)
    }
  }

  /// How many runs a machine trains at once where nobody said: one a processor, four at most.
  static func usual(on device: String) -> Int { device == "cpu" ? min(4, Machine.threadCount) : 1 }

  /// What each of so many gets of the processors.
  static func threads(each count: Int) -> Int { max(1, Machine.threadCount / count) }

  /// - Throws: ``ToolError`` for a number that no machine trains at once.
  static func require(_ jobs: Int) throws {
    guard possible.contains(jobs) else {
      throw ToolError("--jobs is \(jobs); use \(possible.lowerBound) to \(possible.upperBound)")
    }
  }
}

/// In such a further process: a request to stop, made when the first process asks for it or has died.
final class Leash {
  let request = StopRequest()

  init() {
    // A terminal tells every process of Ctrl-C; the first one passes it on.
    signal(SIGINT, SIG_IGN)
    signal(SIGHUP, SIG_IGN)
    Thread.detachNewThread { [request] in
      while let data = try? FileHandle.standardInput.read(upToCount: 1), !data.isEmpty {}
      request.ask()
    }
  }

  /// Whole lines, each over the live line of the first process.
  static func console() -> Console {
    var console = Console.standardOutput()
    let (write, isTerminal) = (console.write, console.isTerminal)
    var line = ""
    console.isTerminal = false
    console.write = { text in
      line += text
      guard line.hasSuffix("\n") else { return }
      write((isTerminal ? "\r\u{1B}[2K" : "") + line)
      line = ""
    }
    return console
  }
}
