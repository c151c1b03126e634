import Foundation

/// All that one run of the bench found; the JSON file.
struct Results: Codable {
  struct Machine: Codable {
    var name: String
    var cores: Int
    var threads: Int
    var device: String
    var system: String
  }

  /// What the hardware can do at best, as LibTorch reaches it.
  struct Ceilings: Codable {
    /// Billions of operations a second in matrix products.
    var matmulFP32: Double
    /// Nil where the device does not multiply bf16.
    var matmulBF16: Double?
    /// Billions of bytes a second read and written while copying.
    var copyBandwidth: Double
  }

  /// One form of one work.
  struct Entry: Codable {
    var form: String
    var version: String?
    /// Why there are no numbers.
    var problem: String?
    /// Milliseconds, or megabytes, of each round.
    var rounds: [Double] = []
    var summary: Summary?
    /// How many times as much as Sparring's in the same round.
    var ratio: Summary?
    /// The largest distance from Sparring's losses in fp32, relative to the largest loss of its step.
    var deviation: Double?
    /// Billions of operations a second, and that as a share of the ceiling in the same number format.
    var gigaflops: Double?
    var ceilingShare: Double?
  }

  struct WorkResult: Codable {
    var name: String
    var title: String
    var unit: String
    /// Billions of operations in one repetition.
    var gigaflop: Double?
    var entries: [Entry]
    var note: String?

    func entry(_ form: String) -> Entry? { entries.first { $0.form == form } }
  }

  struct TargetResult: Codable {
    var work: String
    var title: String
    var against: String
    var target: String
    var value: String
    var range: String
    /// Nil where it could not be measured.
    var isReached: Bool?
  }

  var machine: Machine
  var date: String
  var rounds: Int
  var ceilings: Ceilings?
  var works: [WorkResult] = []
  var targets: [TargetResult] = []

  func work(_ name: String) -> WorkResult? { works.first { $0.name == name } }
}

extension Results.Machine {
  /// This machine, or its accelerator, in words.
  static func current(threads: Int, device: String) -> Results.Machine {
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let system = ProcessInfo.processInfo.operatingSystemVersionString
    let name = device.hasPrefix("cuda") ? acceleratorName() ?? processorName() : processorName()
    return Results.Machine(name: name, cores: cores, threads: threads, device: device, system: system)
  }

  /// As a file name: `amd-epyc-2-cores`.
  var slug: String {
    let words = name.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: "-")
    return device.hasPrefix("cuda") ? words : "\(words)-\(cores)-cores"
  }

  private static func processorName() -> String {
    guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("model name") }),
      let name = line.split(separator: ":").last
    else {
      return output(of: "/usr/sbin/sysctl", ["-n", "machdep.cpu.brand_string"]) ?? "unknown processor"
    }
    return name.trimmingCharacters(in: .whitespaces)
  }

  private static func acceleratorName() -> String? {
    output(of: "/usr/bin/env", ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"])?
      .split(separator: "\n").first.map(String.init)
  }

  private static func output(of program: String, _ arguments: [String]) -> String? {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
    return process.terminationStatus == 0 && !trimmed.isEmpty ? trimmed : nil
  }
}
