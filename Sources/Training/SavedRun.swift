package import Foundation
package import SparringDatasets
package import SparringTorch

/// A checkpoint as read, before anything is put back.
package struct SavedRun {
  /// The recipe's name.
  package let recipe: String
  /// The resolved configuration as YAML.
  package let configuration: String
  /// What the networks know of the data; nil where the trainer was not told.
  package let facts: DataFacts?
  /// What tells its contents from all others; empty in checkpoints of older versions.
  package let digest: String
  let loop: String
  /// Threads that one operation could use when it was written; nil in checkpoints of older versions.
  let threads: Int?
  private let tensors: [String: Tensor]

  /// - Throws: ``TrainingError`` when the file is no checkpoint of ours, ``SafetensorsError`` when it is
  ///   damaged.
  package init(file: URL) throws {
    try self.init(Safetensors.read(file), of: file)
  }

  /// What has been read of a file.
  package init(_ contents: (tensors: [String: Tensor], metadata: [String: String]), of file: URL) throws {
    let (tensors, metadata) = contents
    guard let format = metadata["format"], format.hasPrefix("sparring checkpoint"), let recipe = metadata["recipe"],
      let configuration = metadata["configuration"], let loop = metadata["loop"]
    else { throw TrainingError("\(file.path) is a safetensors file, but not a checkpoint of sparring") }
    guard Checkpoint.isKnown(format: format) else {
      throw TrainingError(
        "\(file.path) has the format '\(format)', which this version cannot read: train again, or use the version that wrote it"
      )
    }
    if format == "sparring checkpoint \(Checkpoint.formatVersion)" {
      let found = try Self.digest(of: tensors, metadata)
      guard metadata[Self.digestKey] == found else {
        throw TrainingError("\(file.path) is damaged: its contents do not give the digest that was written with them")
      }
    }
    if let name = try FiniteCheck(tensors).firstBroken() {
      throw TrainingError(
        "\(file.path) holds numbers that are none ('\(name)'): the run had broken before it was saved")
    }
    digest = metadata[Self.digestKey] ?? ""
    threads = metadata["threads"].flatMap { Int($0) }
    (self.tensors, self.recipe, self.configuration, self.loop) = (tensors, recipe, configuration, loop)
    do {
      facts = try metadata["data"].map { try JSONDecoder().decode(DataFacts.self, from: Data($0.utf8)) }
      try facts?.validate()
    } catch {
      throw TrainingError("\(file.path) does not say what data it is for: \(error)")
    }
  }

  static let digestKey = "digest"

  /// SHA-256, in hexadecimal, over every name, format, shape and number, and the other metadata.
  static func digest(of tensors: [String: Tensor], _ metadata: [String: String]) throws -> String {
    var digest = Digest()
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) where key != digestKey {
      for text in [key, value] { digest.add(measured(text)) }
    }
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      digest.add(measured("\(name) \(tensor.dtype) \(tensor.shape)"))
      digest.add(try tensor.bytes())
    }
    return digest.finish()
  }

  /// A text with its length in front, so that two texts in a row are not taken for another two.
  private static func measured(_ text: String) -> Data { Data("\(text.utf8.count):\(text)".utf8) }

  /// Where the loop stood.
  package func progress(of file: URL) throws -> Checkpoint.Progress {
    try naming(file) { try JSONDecoder().decode(Checkpoint.Progress.self, from: Data(loop.utf8)) }
  }

  /// - Throws: ``TrainingError`` where the file's name tells of another step than its contents.
  func requireStep(of file: URL) throws {
    let step = try progress(of: file).step
    guard let named = Checkpoint.step(inFileName: file.lastPathComponent), named != step else { return }
    throw TrainingError("\(file.path) is not what it is called: it holds step \(step)")
  }

  /// The bytes of all tensors: what networks made for them may have.
  package var byteCount: Int { tensors.values.reduce(0) { $0 + $1.count * $1.dtype.byteCount } }

  /// The parameters of a network's trunk by their paths in it, as averaged where the run kept an average.
  ///
  /// - Parameter name: The network's, such as `classifier`; where the run has none of that name, its only trunk serves.
  /// - Throws: ``TrainingError`` when there is none, or more than one to choose from.
  package func trunk(of name: String, in file: URL) throws -> [String: Tensor] {
    let names = Set(tensors.keys.filter { !$0.contains(":") && $0.contains(".trunk.") }.map { $0.prefix { $0 != "." } })
    guard let chosen = names.contains(name[...]) ? name[...] : names.count == 1 ? names.first : nil else {
      let found = names.isEmpty ? "no network with a trunk" : "the trunks of \(names.sorted().joined(separator: ", "))"
      throw TrainingError("\(file.path) holds \(found), and none of a \(name)")
    }
    return part("\(chosen).trunk.").merging(part("average:\(chosen).trunk.")) { $1 }
  }

  func part(_ prefix: String) -> [String: Tensor] {
    var found: [String: Tensor] = [:]
    for (path, tensor) in tensors where path.hasPrefix(prefix) { found[String(path.dropFirst(prefix.count))] = tensor }
    return found
  }

  /// Says which file an error is about.
  package func naming<Result>(_ file: URL, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch {
      throw TrainingError("\(file.path): \(error)")
    }
  }
}
