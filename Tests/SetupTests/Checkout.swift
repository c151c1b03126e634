import Foundation

/// A temporary folder that looks like a fresh clone as far as set-up is concerned: the real scripts,
/// a stand-in source file, and no LibTorch. Removed when the last reference goes.
final class Checkout {
  let folder: URL

  init() throws {
    let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    folder = FileManager.default.temporaryDirectory.appending(path: "sparring-setup-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in ["sparring", "test", "Scripts"] {
      try FileManager.default.copyItem(at: repository.appending(path: name), to: folder.appending(path: name))
    }
    try write("#define SPARRING_VERSION \"9.8.7\"\n", to: "Sources/CTorch/include/version.h")
    try write("// swift-tools-version: 6.1\n", to: "Package.swift")
    try write("print(1)\n", to: "Sources/Tool/main.swift")
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  func write(_ text: String, to path: String, executable: Bool = false) throws {
    let file = folder.appending(path: path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    if executable {
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    }
  }

  /// A folder with the few files by which set-up tells a LibTorch, of the version given.
  @discardableResult
  func addLibTorch(version: String, at path: String) throws -> String {
    let numbers = version.split(separator: ".")
    try write("", to: "\(path)/include/ATen/ATen.h")
    try write("", to: "\(path)/lib/libtorch_cpu.so")
    try write(
      """
      #define TORCH_VERSION_MAJOR \(numbers[0])
      #define TORCH_VERSION_MINOR \(numbers[1])
      #define TORCH_VERSION_PATCH \(numbers[2])

      """, to: "\(path)/include/torch/headeronly/version.h")
    return folder.appending(path: path).path
  }

  /// A tool that prints its arguments, with the stamp of a build that has just ended.
  func addBuiltTool() throws {
    try addLibTorch(version: "2.13.0", at: ".torch")
    try write("", to: ".libtorch/libsparring_torch.so")
    try write("#!/bin/sh\necho \"tool $*\"\n", to: ".build/release/sparring", executable: true)
    try write("", to: ".build/sparring-release.stamp")
    try age("Package.swift", "Sources", "Sources/Tool", "Sources/Tool/main.swift")
  }

  /// Makes files an hour older.
  func age(_ paths: String...) throws {
    for path in paths {
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -3600)], ofItemAtPath: folder.appending(path: path).path)
    }
  }

  /// Runs Bash with the set-up functions loaded, or a command line as it stands.
  func run(_ script: String, loadingSetup: Bool = true, environment: [String: String] = [:]) throws -> Outcome {
    let prelude = loadingSetup ? "set -eu; root=$PWD; . Scripts/setup.sh\n" : ""
    var variables = ProcessInfo.processInfo.environment
    for name in ["TORCH_DIR", "SPARRING_DATA", "SPARRING_TORCH_VERSION"] { variables[name] = nil }
    return try runBash(prelude + script, in: folder, environment: variables.merging(environment) { $1 })
  }
}

/// Runs a command line in a folder to its end.
func runBash(_ script: String, in folder: URL, environment: [String: String]) throws -> Outcome {
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = ["bash", "-c", script]
  process.currentDirectoryURL = folder
  process.environment = environment
  let outputFile = folder.appending(path: "output-\(UUID().uuidString)")
  try Data().write(to: outputFile)
  let handle = try FileHandle(forWritingTo: outputFile)
  process.standardOutput = handle
  process.standardError = handle
  process.standardInput = FileHandle.nullDevice
  try process.run()
  process.waitUntilExit()
  let output = try String(contentsOf: outputFile, encoding: .utf8)
  return Outcome(status: process.terminationStatus, output: output)
}

/// How a process ended, and what it wrote to standard output and standard error.
struct Outcome {
  let status: Int32
  let output: String

  var lines: [Substring] { output.split(separator: "\n") }
}
