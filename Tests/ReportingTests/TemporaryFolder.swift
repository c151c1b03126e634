import SparringDatasets
import Foundation

@testable import SparringReporting

/// A folder of its own for one test.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("reporting-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}

/// Stands for a PNG encoder where the test is about files, not pictures.
func rawBytes(_ images: PixelImages) throws -> Data { Data(images.bytes) }

extension RunFolder {
  func metricLines() throws -> [String] {
    try String(contentsOf: metrics, encoding: .utf8).split(separator: "\n").map(String.init)
  }
}
