import ArgumentParser
import Foundation
import SparringTorch

/// Sparring's side of the job: the line protocol of `peers/protocol.py`.
struct WorkerCommand: ParsableCommand {
  static let name = "worker"
  static let configuration = CommandConfiguration(
    commandName: Self.name, abstract: "Answers the bench; started by it.", shouldDisplay: false)

  @Option var form: String
  @Option var folder: String
  @Option var threads = 2
  @Option var device = "cpu"
  @Flag(help: "Be ready only after one finished step.") var firstStep = false

  func run() throws {
    // Before anything prints: only answers may reach the job.
    let answers = FileHandle(fileDescriptor: dup(1), closeOnDealloc: true)
    dup2(2, 1)
    do {
      Machine.threadCount = threads
      Machine.setFlushDenormal(true)
      Machine.keepsMemory = true
      let folder = URL(filePath: folder, directoryHint: .isDirectory)
      let work = try JSONDecoder().decode(Work.self, from: Data(contentsOf: folder.appending(path: "work.json")))
      let device = try Device(device)
      // Recording a step needs a stream of its own, as in training.
      try withOwnStream(on: device) {
        try serve(makeWorkload(work, form: form, folder: folder, device: device), to: answers)
      }
    } catch {
      try answers.answer(Answer(error: "\(error)".split(separator: "\n").first.map(String.init) ?? "unknown error"))
    }
  }

  private func serve(_ workload: any Workload, to answers: FileHandle) throws {
    if firstStep { _ = try workload.measure(1) }
    try answers.answer(Answer(ready: .init(form: form, version: "LibTorch \(Machine.libTorchVersion)")))
    while let line = readLine() {
      let request = try JSONDecoder().decode(Request.self, from: Data(line.utf8))
      if request.do == .quit { break }
      try answers.answer(perform(request, workload))
    }
  }

  private func perform(_ request: Request, _ workload: any Workload) throws -> Answer {
    switch request.do {
    case .reference:
      try workload.writeReference()
      return Answer()
    case .check: return Answer(values: try workload.check(request.steps ?? 1))
    case .measure: return Answer(seconds: try workload.measure(request.steps ?? 1))
    case .memory: return Answer(bytes: ProcessMemory.peakBytes())
    case .resident: return Answer(bytes: ProcessMemory.residentBytes())
    case .quit: return Answer()
    }
  }
}

/// What the bench asks.
struct Request: Codable {
  enum Action: String, Codable {
    /// Writes the initial weights and fixed inputs; only Sparring is asked for it.
    case reference
    case check, measure, memory
    /// Present resident memory; only Sparring is asked for it.
    case resident
    case quit
  }
  var `do`: Action
  var steps: Int?
}

/// What a worker answers.
struct Answer: Codable {
  struct Ready: Codable {
    var form: String
    var version: String
  }
  var ready: Ready?
  var values: [[Double]]?
  var seconds: Double?
  var bytes: Int?
  var error: String?
}

extension FileHandle {
  fileprivate func answer(_ answer: Answer) throws {
    try write(contentsOf: JSONEncoder().encode(answer) + Data("\n".utf8))
  }
}
