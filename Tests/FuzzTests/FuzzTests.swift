import Dispatch
import Foundation
import Synchronization
import Testing

/// Damaged and hostile files of every format that is read: none may crash, hang, eat the memory, or be taken for what it
/// is not.
///
/// Short here; long by hand, with a seed and a count for each format:
///
///     SPARRING_FUZZ=60000 SPARRING_FUZZ_SEED=7 ./test --filter FuzzTests
///
/// `SPARRING_FUZZ_FORMAT=png` tries one format alone. After a crash or a hang, the file that did it lies in the folder
/// that is printed.
@Suite("Hostile files", .serialized)
struct FuzzTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let count = environment["SPARRING_FUZZ"].flatMap { Int($0) } ?? 150
  private static let seed = environment["SPARRING_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1
  private static let longest: UInt64 = 5_000_000_000

  private static var formats: [HostileFormat] {
    let only = environment["SPARRING_FUZZ_FORMAT"]
    return HostileFormat.all.filter { only == nil || $0.name == only }
  }

  @Test(arguments: formats.map(\.name))
  func everyDamagedFileIsReadOrRefused(_ name: String) throws {
    let format = try #require(HostileFormat.all.first { $0.name == name })
    let folder = FileManager.default.temporaryDirectory.appending(path: "sparring-fuzz-\(name)-\(getpid())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let reader = try format.prepare(folder)
    // The first reading may start libraries.
    let whole = try reader.samples.map { sample in
      try sample.write(to: reader.file)
      return try reader.read()
    }
    let watchdog = Watchdog(limit: Self.longest) { "\(name), seed \(Self.seed): \(folder.path)" }
    defer { watchdog.stop() }
    var mutation = Mutation(seed: Self.seed ^ UInt64(truncatingIfNeeded: name.utf8.reduce(7) { $0 &* 31 &+ Int($1) }))
    var tally = Tally()
    for index in 0..<Self.count {
      let choice = index % reader.samples.count
      let sample = [UInt8](reader.samples[choice])
      let other = [UInt8](reader.samples[(index / 3) % reader.samples.count])
      let bytes = mutation.changed(sample, with: other, isText: reader.isText)
      guard bytes != sample else { continue }
      try Data(bytes).write(to: reader.file)
      let before = ProcessMemory.restartPeak()
      watchdog.begin()
      let outcome = Result { try reader.read() }
      let seconds = watchdog.end()
      let memory = ProcessMemory.peak() - before
      tally.count(outcome, seconds: seconds, memory: memory)
      let place = "\(name), input \(index) of seed \(Self.seed), kept as \(folder.path)/input-\(index)"
      if let fault = reader.fault(in: outcome, among: whole, memory: memory) {
        try? Data(bytes).write(to: folder.appending(path: "input-\(index)"))
        tally.faults += 1
        Issue.record("\(place): \(fault)")
      }
    }
    if Self.count > 1000 { print("\(name): \(tally.text)") }
    #expect(tally.refused > 0 || !reader.refuses, "the files were not damaged enough to tell anything")
    if tally.faults == 0 { try? FileManager.default.removeItem(at: folder) }
  }
}

/// What became of the files of one format.
private struct Tally {
  private var accepted = 0
  private(set) var refused = 0
  private var slowest = 0.0
  private var largest = 0
  var faults = 0

  mutating func count(_ outcome: Result<Reading, any Error>, seconds: Double, memory: Int) {
    if case .success = outcome { accepted += 1 } else { refused += 1 }
    (slowest, largest) = (max(slowest, seconds), max(largest, memory))
  }

  var text: String {
    "\(accepted + refused) files, \(accepted) read, \(refused) refused, the slowest in "
      + String(format: "%.2f s", slowest) + ", at most \(largest >> 20) MiB more memory"
  }
}

/// Ends the process where one file takes too long: nothing else could stop a decoder.
private final class Watchdog: Sendable {
  private let started = Atomic<UInt64>(0)
  private let isDone = Atomic<Bool>(false)

  init(limit: UInt64, naming name: @escaping @Sendable () -> String) {
    Thread.detachNewThread { [self] in
      while !isDone.load(ordering: .relaxed) {
        Thread.sleep(forTimeInterval: 0.5)
        let began = started.load(ordering: .relaxed)
        guard began > 0, DispatchTime.now().uptimeNanoseconds - began > limit else { continue }
        print("A file hangs: \(name())")
        abort()
      }
    }
  }

  func begin() { started.store(DispatchTime.now().uptimeNanoseconds, ordering: .relaxed) }

  /// Seconds since ``begin()``.
  func end() -> Double {
    Double(DispatchTime.now().uptimeNanoseconds - started.exchange(0, ordering: .relaxed)) / 1e9
  }

  func stop() { isDone.store(true, ordering: .relaxed) }
}

/// The most memory that this process has had, where the system tells.
enum ProcessMemory {
  /// Forgets the peak so far.
  /// - Returns: What is in use now, in bytes.
  static func restartPeak() -> Int {
    try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
    return peak()
  }

  /// In bytes; 0 where the system does not tell.
  static func peak() -> Int {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") })
    else { return 0 }
    return (line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0) << 10
  }
}
