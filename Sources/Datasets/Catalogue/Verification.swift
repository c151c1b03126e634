import Foundation
import SparringTorch

/// Checks files by SHA-256, once: a file whose path, size and time of change are as they were when it
/// passed is not read again.
struct Verification {
  /// Holds one line for each file that passed.
  let memory: String

  init(memory: String = SearchPath.userCache + "/verified-files") {
    self.memory = memory
  }

  /// - Throws: ``DatasetError`` when the contents are not the published ones.
  func check(_ file: KnownDataset.File, at path: String, of dataset: KnownDataset) throws(DatasetError) {
    let line = remembered(path, file)
    if let line, lines().contains(line[...]) { return }
    let (digest, byteCount) = try Verification.digest(path)
    guard byteCount == file.byteCount, digest == file.sha256 else {
      if let owner = KnownDataset.all.first(where: { $0.files.contains { $0.sha256 == digest } }) {
        throw DatasetError(
          "\(path) belongs to \(owner.title), not to \(dataset.title): keep each in a folder of its own "
            + "(\(owner.folders[0]), \(dataset.folders[0])), or type ./sparring data fetch \(dataset.name)")
      }
      throw DatasetError(
        "\(path) is not the published \(file.name) of \(dataset.title) (SHA-256 \(digest.prefix(12))…, "
          + "expected \(file.sha256.prefix(12))…): move it away and type ./sparring data fetch \(dataset.name)")
    }
    if let line { remember(line) }
  }

  /// - Throws: ``DatasetError`` when the contents are not the published ones.
  func check(_ weights: KnownWeights, at path: String) throws(DatasetError) {
    let file = weights.file
    let line = remembered(path, file)
    if let line, lines().contains(line[...]) { return }
    let found = try Verification.plainDigest(path)
    guard found == file.sha256 else {
      throw DatasetError(
        "\(path) is not the published \(file.name) (SHA-256 \(found.prefix(12))…, expected \(file.sha256.prefix(12))…): "
          + "move it away and type ./sparring data fetch \(weights.name)")
    }
    if let line { remember(line) }
  }

  func isRemembered(_ file: KnownDataset.File, at path: String) -> Bool {
    remembered(path, file).map { lines().contains($0[...]) } ?? false
  }

  /// SHA-256 and size of a file's contents, decompressed where it is gzipped.
  static func digest(_ path: String) throws(DatasetError) -> (sha256: String, byteCount: Int) {
    let stream = try ContentStream(path)
    var hash = SHA256()
    var byteCount = 0
    while true {
      let part = try stream.read(1 << 20)
      if part.isEmpty { return (hash.finalize().hexadecimal, byteCount) }
      hash.update(data: part)
      byteCount += part.count
    }
  }

  /// SHA-256 of a file as it lies there.
  static func plainDigest(_ path: String) throws(DatasetError) -> String {
    try FileReading.requireFile(path)
    guard let file = FileHandle(forReadingAtPath: path) else { throw DatasetError("\(path) cannot be read") }
    defer { try? file.close() }
    var hash = SHA256()
    do {
      while let part = try file.read(upToCount: 1 << 20), !part.isEmpty { hash.update(data: part) }
    } catch {
      throw DatasetError("\(path) cannot be read: \(error.localizedDescription)")
    }
    return hash.finalize().hexadecimal
  }

  private func remembered(_ path: String, _ file: KnownDataset.File) -> String? {
    let absolute = URL(fileURLWithPath: path).standardizedFileURL.path
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: absolute),
      let size = attributes[.size] as? NSNumber, let changed = attributes[.modificationDate] as? Date
    else { return nil }
    let time = Int(changed.timeIntervalSinceReferenceDate * 1_000_000)
    return "\(file.sha256) \(size.intValue) \(time) \(absolute)"
  }

  private func lines() -> Set<Substring> {
    Set(((try? String(contentsOfFile: memory, encoding: .utf8)) ?? "").split(separator: "\n"))
  }

  /// Forgetting costs only time, so a cache that cannot be written is no error.
  private func remember(_ line: String) {
    let path = line.split(separator: " ", maxSplits: 3).last
    let kept = lines().filter { $0.split(separator: " ", maxSplits: 3).last != path }
    let folder = URL(fileURLWithPath: memory).deletingLastPathComponent()
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let text = (kept + [line[...]]).sorted().joined(separator: "\n") + "\n"
    try? AtomicFile.write(Data(text.utf8), to: URL(fileURLWithPath: memory))
  }
}
