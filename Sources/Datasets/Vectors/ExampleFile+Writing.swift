import Foundation
public import SparringTorch

extension ExampleFile {
  /// Vectors to be written, and the class of each.
  public struct Part {
    /// `[N, F]`.
    public let examples: Tensor
    /// `[N]` of `int64`; -1 for none.
    public let labels: Tensor

    /// Vectors `[N, F]` with labels `[N]`.
    public init(examples: Tensor, labels: Tensor) { (self.examples, self.labels) = (examples, labels) }
  }

  /// Writes vectors so that ``load(_:options:)`` reads them: into one `.safetensors`, or into `NAME.npy` and
  /// `NAME.labels.npy`, with `NAME-test.npy` and `NAME-test.labels.npy` for a test part.
  /// - Returns: The files.
  /// - Throws: ``DatasetError`` as ``checkPlace(_:withTest:)`` does, or when a file cannot be written.
  @discardableResult
  public static func write(
    train: Part, test: Part?, metadata: [String: String] = [:], to path: String
  ) throws -> [String] {
    try checkPlace(path, withTest: test != nil)
    guard isSafetensors(path) else {
      let files = try write(train, to: path)
      return try files + (test.map { try write($0, to: SiblingFiles.testNames(of: path)[0]) } ?? [])
    }
    var tensors = ["examples": train.examples, "labels": train.labels]
    if let test { (tensors["test_examples"], tensors["test_labels"]) = (test.examples, test.labels) }
    do {
      try Safetensors.write(tensors, metadata: metadata, to: URL(fileURLWithPath: path))
    } catch {
      throw DatasetError("\(error)")
    }
    return [path]
  }

  /// The files that ``write(train:test:metadata:to:)`` makes, or replaces.
  public static func targets(_ path: String, withTest: Bool) -> [String] {
    guard !isSafetensors(path) else { return [path] }
    let parts = [path] + (withTest ? [SiblingFiles.testNames(of: path)[0]] : [])
    return parts.flatMap { [$0, SiblingFiles.labelNames(of: $0)[0]] }
  }

  /// The files that ``load(_:options:)`` reads of a data set.
  public static func sources(_ path: String) -> [String] {
    let siblings = SiblingFiles(path)
    let test = siblings.test.map { [$0, SiblingFiles($0).labels].compactMap(\.self) } ?? []
    return [path] + [siblings.labels].compactMap(\.self) + test
  }

  /// Before anything is computed.
  /// - Throws: ``DatasetError`` for another ending, a folder that is not there, and a file beside it that would be read as
  ///   its test part.
  public static func checkPlace(_ path: String, withTest: Bool) throws(DatasetError) {
    guard ["npy", "safetensors"].contains((path as NSString).pathExtension.lowercased()) else {
      throw DatasetError("\(path): vectors go into .npy or .safetensors")
    }
    let folder = (path as NSString).deletingLastPathComponent
    guard folder.isEmpty || FileReading.isFolder(folder), !FileReading.isFolder(path) else {
      throw DatasetError("\(path) cannot be written: is the folder there, and no folder of that name?")
    }
    guard !withTest, let found = SiblingFiles(path).test else { return }
    throw DatasetError("\(found) would be read as the test part of \(path): choose another name, or move that file")
  }

  private static func write(_ part: Part, to path: String) throws -> [String] {
    let labels = SiblingFiles.labelNames(of: path)[0]
    try NPY.write(part.examples, to: path)
    try NPY.write(part.labels, to: labels)
    return [path, labels]
  }

  private static func isSafetensors(_ path: String) -> Bool {
    (path as NSString).pathExtension.lowercased() == "safetensors"
  }
}
