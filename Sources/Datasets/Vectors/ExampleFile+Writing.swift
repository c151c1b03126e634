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
  public static func write(train: Part, test: Part?, metadata: [String: String] = [:], to path: String) throws
    -> [String]
  {
    try checkPlace(path, withTest: test != nil)
    guard isSafetensors(path) else {
      let files = try write(train, to: path)
      return try files + (test.map { try write($0, to: testPath(path)) } ?? [])
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

  /// Before anything is computed.
  /// - Throws: ``DatasetError`` for another ending, a folder that is not there, and files beside it that would be read as
  ///   parts of it.
  public static func checkPlace(_ path: String, withTest: Bool) throws(DatasetError) {
    guard ["npy", "safetensors"].contains((path as NSString).pathExtension.lowercased()) else {
      throw DatasetError("\(path): vectors go into .npy or .safetensors")
    }
    let folder = (path as NSString).deletingLastPathComponent
    guard folder.isEmpty || FileReading.isFolder(folder), !FileReading.isFolder(path) else {
      throw DatasetError("\(path) cannot be written: is the folder there, and no folder of that name?")
    }
    let own = isSafetensors(path) ? [] : [labelsPath(path), testPath(path)]
    let siblings = SiblingFiles(path)
    for (found, what) in [(siblings.test, "test part"), (isSafetensors(path) ? nil : siblings.labels, "labels")] {
      guard let found, !own.contains(found) || found == testPath(path) && !withTest else { continue }
      throw DatasetError("\(found) would be read as the \(what) of \(path): choose another name, or move that file")
    }
  }

  private static func write(_ part: Part, to path: String) throws -> [String] {
    try NPY.write(part.examples, to: path)
    try NPY.write(part.labels, to: labelsPath(path))
    return [path, labelsPath(path)]
  }

  private static func isSafetensors(_ path: String) -> Bool {
    (path as NSString).pathExtension.lowercased() == "safetensors"
  }

  private static func labelsPath(_ path: String) -> String { path.withSuffix(".labels") }
  private static func testPath(_ path: String) -> String { path.withSuffix("-test") }
}

extension String {
  /// Between a path's stem and its ending.
  fileprivate func withSuffix(_ suffix: String) -> String {
    "\((self as NSString).deletingPathExtension)\(suffix).\((self as NSString).pathExtension)"
  }
}
