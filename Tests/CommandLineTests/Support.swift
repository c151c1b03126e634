import SparringDatasets
import Foundation
import Testing
import SparringTorch

/// The built tool as a person starts it: a process with its own folder.
final class Tool {
  struct Outcome {
    let status: Int32
    let output: String
    let errors: String
    var errorLines: [Substring] { errors.split(separator: "\n") }
  }

  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "sparring-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// The executable beside the test bundle.
  static var executable: URL {
    URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "sparring")
  }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  /// - Parameter input: What stands on the standard input.
  func start(
    _ arguments: [String], environment: [String: String] = [:], input: Data? = nil
  ) throws -> (Process, Pipe, Pipe) {
    let process = Process()
    let (output, errors) = (Pipe(), Pipe())
    process.executableURL = Tool.executable
    process.arguments = arguments
    process.currentDirectoryURL = folder
    var all = ProcessInfo.processInfo.environment
    all["OMP_NUM_THREADS"] = "1"
    all["OMP_WAIT_POLICY"] = "passive"
    all["SPARRING_DATA"] = folder.path
    all["XDG_CACHE_HOME"] = path("cache")
    // Whoever runs the tests may have named a cache of their own.
    all["SPARRING_CACHE"] = nil
    all.merge(environment) { $1 }
    process.environment = all
    process.standardOutput = output
    process.standardError = errors
    process.standardInput =
      try input.map { input in
        let file = folder.appending(path: "standard-input")
        try input.write(to: file)
        return try FileHandle(forReadingFrom: file)
      } ?? FileHandle.nullDevice
    try process.run()
    return (process, output, errors)
  }

  /// Runs to the end. The outputs are short enough to stay in the pipes' buffers meanwhile.
  func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Outcome {
    try run(arguments: arguments, environment: environment)
  }

  func run(arguments: [String], environment: [String: String] = [:]) throws -> Outcome {
    let (process, output, errors) = try start(arguments, environment: environment)
    let printed = output.fileHandleForReading.readDataToEndOfFile()
    let complained = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: String(decoding: printed, as: UTF8.self),
      errors: String(decoding: complained, as: UTF8.self))
  }

  /// One line, a non-zero status, and the words that matter.
  func expectRefusal(
    _ arguments: String..., saying words: String..., location: SourceLocation = #_sourceLocation
  ) throws {
    let (process, output, errors) = try start(arguments)
    _ = output.fileHandleForReading.readDataToEndOfFile()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus != 0, "accepted", sourceLocation: location)
    #expect(process.terminationReason == .exit, "it crashed: \(text)", sourceLocation: location)
    #expect(text.split(separator: "\n").count == 1, "more than one line: \(text)", sourceLocation: location)
    for word in words { #expect(text.contains(word), "no '\(word)' in: \(text)", sourceLocation: location) }
  }
}

/// Files of small data sets, whole and damaged.
extension Tool {
  /// IDX files of two classes of 28×28 pictures: dark ones and bright ones.
  @discardableResult
  func writeIDX(_ name: String = "digits", magic: UInt8 = 3, label: UInt8? = nil) throws -> String {
    let place = folder.appending(path: name)
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    for (prefix, count) in [("train", 40), ("t10k", 20)] {
      var images: [UInt8] = [0, 0, 8, magic, 0, 0, 0, UInt8(count), 0, 0, 0, 28, 0, 0, 0, 28]
      var labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, UInt8(count)]
      for index in 0..<count {
        let kind = UInt8(index % 2)
        images += (0..<784).map { UInt8(truncatingIfNeeded: ($0 * 37 + index * 101) % 90) + kind * 160 }
        labels.append(index == 7 ? label ?? kind : kind)
      }
      try Data(images).write(to: place.appending(path: "\(prefix)-images-idx3-ubyte"))
      try Data(labels).write(to: place.appending(path: "\(prefix)-labels-idx1-ubyte"))
    }
    return place.path
  }

  /// CIFAR-10's files in full size: zeros, which take no room on disk, but for one label.
  func writeCIFAR(_ name: String = "photographs", truncatedBy missing: Int = 0, label: UInt8 = 3) throws -> String {
    let place = folder.appending(path: name)
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    for file in (1...5).map({ "data_batch_\($0).bin" }) + ["test_batch.bin"] {
      let path = place.appending(path: file)
      try Data().write(to: path)
      let handle = try FileHandle(forWritingTo: path)
      try handle.truncate(atOffset: UInt64(30_730_000 - (file == "data_batch_3.bin" ? missing : 0)))
      if file == "data_batch_2.bin" {
        try handle.seek(toOffset: 3073)
        try handle.write(contentsOf: [label])
      }
      try handle.close()
    }
    return place.path
  }

  /// Settings that make a GAN of a few thousand numbers.
  static let tinyGAN = [
    "--set", "model.generator.width=2", "--set", "model.discriminator.width=2", "--set",
    "model.generator.latentSize=4", "--set", "options.batchSize=8", "--set",
    "training.logEvery=1", "--set", "training.checkpointEvery=2", "--threads", "1",
  ]

  static let tinyClassifier = [
    "--set", "model.classifier.widths=[4, 8]", "--set", "training.steps=40", "--set", "options.batchSize=8", "--labels",
    "10",
    "--threads", "1", "--set", "training.measureEvery=0",
  ]
}
