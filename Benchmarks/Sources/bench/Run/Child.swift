import Foundation
import Synchronization

/// A worker: another process that answers in lines of JSON.
final class Child {
  let form: Form
  private(set) var version = ""
  private let process = Process()
  private let requests = Pipe()
  private let answers = Pipe()
  private let log: URL
  private var received = Data()

  /// Starts the worker; ``waitUntilReady(timeout:)`` says when it is.
  init(_ form: Form, in folder: URL, firstStep: Bool = false, site: Site) throws {
    self.form = form
    log = folder.appending(path: "\(form.name).log")
    let program = try site.program(for: form)
    process.executableURL = URL(filePath: program.path)
    process.arguments =
      program.arguments + [
        "--form", form.name, "--folder", folder.path, "--threads", "\(site.threads)", "--device", site.device,
      ] + (firstStep ? ["--first-step"] : [])
    process.environment = site.environment
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    process.standardError = try FileHandle(forWritingTo: log)
    (process.standardInput, process.standardOutput) = (requests, answers)
    try process.run()
    RunningChildren.add(process.processIdentifier)
  }

  /// - Parameter timeout: In seconds.
  func waitUntilReady(timeout: Double = 900) throws {
    version = try answer(within: timeout).ready?.version ?? ""
  }

  func check(_ steps: Int) throws -> [[Double]] { try ask(.check, steps: steps).values ?? [] }

  /// Seconds of so many repetitions.
  func measure(_ steps: Int) throws -> Double {
    guard let seconds = try ask(.measure, steps: steps).seconds else { throw BenchError("no seconds were answered") }
    return seconds
  }

  /// Bytes, at the most so far or at present.
  func memory(_ action: Request.Action = .memory) throws -> Int { try ask(action).bytes ?? 0 }

  @discardableResult
  func ask(_ action: Request.Action, steps: Int? = nil, timeout: Double = 900) throws -> Answer {
    let line = try JSONEncoder().encode(Request(do: action, steps: steps)) + Data("\n".utf8)
    do {
      try requests.fileHandleForWriting.write(contentsOf: line)
    } catch {
      throw BenchError("the worker ended: \(lastLogLine)")
    }
    return try answer(within: timeout)
  }

  private func answer(within timeout: Double) throws -> Answer {
    let answer = try JSONDecoder().decode(Answer.self, from: nextLine(within: timeout))
    if let error = answer.error { throw BenchError(error) }
    return answer
  }

  private func nextLine(within timeout: Double) throws -> Data {
    let deadline = ContinuousClock.now + .seconds(timeout)
    while true {
      if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
        defer { received = Data(received[received.index(after: end)...]) }
        return Data(received[..<end])
      }
      var wanted = pollfd(fd: answers.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
      let left = (deadline - ContinuousClock.now) / .milliseconds(1)
      guard left > 0 else { throw BenchError("no answer within \(Int(timeout)) seconds") }
      guard poll(&wanted, 1, Int32(min(left, 1e6))) > 0 else { continue }
      let part = answers.fileHandleForReading.availableData
      guard !part.isEmpty else { throw BenchError("the worker ended: \(lastLogLine)") }
      received += part
    }
  }

  private var lastLogLine: String {
    let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").last.map(String.init) ?? "it printed nothing"
  }

  /// Ends the worker and all that it started.
  func stop() {
    if process.isRunning {
      try? requests.fileHandleForWriting.write(
        contentsOf: (JSONEncoder().encode(Request(do: .quit))) + Data("\n".utf8))
      try? requests.fileHandleForWriting.close()
      for _ in 0..<50 where process.isRunning { usleep(20_000) }
    }
    RunningChildren.end(process.processIdentifier)
    process.waitUntilExit()
  }
}

/// What must not outlive the bench. Each child leads a process group of its own.
enum RunningChildren {
  private static let processes = Mutex<Set<Int32>>([])

  static func add(_ process: Int32) {
    processes.withLock { _ = $0.insert(process) }
  }

  static func end(_ process: Int32) {
    processes.withLock { _ = $0.remove(process) }
    stop(process)
  }

  static func endAll() {
    for process in processes.withLock({ $0 }) { stop(process) }
  }

  /// The whole group, where the child leads one.
  private static func stop(_ process: Int32) {
    if kill(-process, SIGKILL) != 0 { kill(process, SIGKILL) }
  }
}

/// Ends everything on Ctrl-C.
final class InterruptHandler {
  private let sources: [any DispatchSourceSignal]

  init(folder: URL) {
    sources = [SIGINT, SIGTERM, SIGHUP].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        RunningChildren.endAll()
        try? FileManager.default.removeItem(at: folder)
        exit(128 + number)
      }
      source.resume()
      return source
    }
    signal(SIGPIPE, SIG_IGN)
  }
}

/// What went wrong, in one line.
struct BenchError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
