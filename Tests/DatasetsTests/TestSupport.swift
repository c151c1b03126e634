import SparringDatasets
import Foundation
import Testing
import SparringTorch

/// A folder of its own for one test, gone when the test ends.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "sparring-datasets-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file, making the folders on the way; returns its path.
  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let url = URL(fileURLWithPath: path + "/" + name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }
}

/// The message of the ``DatasetError`` that `body` throws; one line, or the test fails.
func message(_ location: SourceLocation = #_sourceLocation, _ body: () throws -> Void) -> String {
  do {
    try body()
    Issue.record("nothing was thrown", sourceLocation: location)
  } catch let error as DatasetError {
    #expect(!error.message.contains("\n"), "one line", sourceLocation: location)
    return error.message
  } catch {
    Issue.record("\(error) is no DatasetError", sourceLocation: location)
  }
  return ""
}

/// A command's exit status and output; nil when there is no such command.
@discardableResult
func run(_ command: String, _ arguments: [String], in folder: String = NSTemporaryDirectory()) throws -> Int32 {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = [command] + arguments
  process.currentDirectoryURL = URL(fileURLWithPath: folder)
  process.standardOutput = FileHandle.nullDevice
  process.standardError = FileHandle.nullDevice
  try process.run()
  process.waitUntilExit()
  return process.terminationStatus
}

/// The published data set in the folder that `SPARRING_DATA` names, or nil with the reason printed.
func publishedDataset(_ name: String, _ split: Dataset.Split) throws -> Dataset? {
  let root = ProcessInfo.processInfo.environment["SPARRING_DATA"] ?? ""
  let searchPath = SearchPath(folders: [root])
  guard !root.isEmpty, searchPath.find(try KnownDataset.named(name)) != nil else {
    print("Skipped: SPARRING_DATA names no folder with \(name).")
    return nil
  }
  return try Dataset.load(name, split: split, searchPath: searchPath)
}

/// `count` images of `channels` × `size` × `size` whose pixels all differ where they can, with labels
/// counting round `classes`.
func numbered(count: Int, size: Int = 2, channels: Int = 1, classes: Int = 2) throws -> Dataset {
  let pixels = (0..<count * channels * size * size).map { UInt8(truncatingIfNeeded: $0) }
  return try Dataset(
    name: "numbered", split: .train, images: Tensor(pixels, shape: [count, channels, size, size]),
    labels: Tensor(indices: (0..<count).map { $0 % classes }), classNames: (0..<classes).map { "class \($0)" })
}
