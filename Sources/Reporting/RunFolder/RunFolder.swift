public import Foundation
package import SparringDatasets
internal import SparringTorch

/// The folder of one run, the unit of truth: everything that is ever shown of a run is read from it.
///
///     runs/<name>/
///       config.yaml  data.json  environment.json  metrics.jsonl  events.out.tfevents.*
///       samples/step-000500.png  checkpoints/  evaluation.json  measures.json  mistakes/  report.html
///       restoration.json  restoration.png
public struct RunFolder: Sendable, Hashable {
  /// The folder.
  public let url: URL

  /// The folder's last path component.
  public var name: String { url.lastPathComponent }
  /// The whole resolved configuration.
  public var configuration: URL { url.appendingPathComponent("config.yaml") }
  /// What was known of the data: shape, scaling, classes and counts.
  public var facts: URL { url.appendingPathComponent("data.json") }
  /// See ``RunEnvironment``.
  public var environment: URL { url.appendingPathComponent("environment.json") }
  /// One JSON object a line; see ``MetricRecord``.
  public var metrics: URL { url.appendingPathComponent("metrics.jsonl") }
  /// Grids of images generated from latents that stay the same.
  public var samples: URL { url.appendingPathComponent("samples") }
  /// What a resumed run continues from.
  public var checkpoints: URL { url.appendingPathComponent("checkpoints") }
  /// See ``EvaluationRecord``.
  public var evaluation: URL { url.appendingPathComponent("evaluation.json") }
  /// Pictures that were classified wrongly.
  public var mistakes: URL { url.appendingPathComponent("mistakes") }
  /// The page made from everything else.
  public var report: URL { url.appendingPathComponent("report.html") }

  private init(url: URL) {
    self.url = url
  }

  /// Makes the folder of a new run.
  /// - Throws: ``ReportingError`` when the name is taken or is no plain folder name, or the folder cannot be made.
  package static func create(named name: String, in runs: URL) throws(ReportingError) -> RunFolder {
    try requireFree(name, in: runs)
    let begun = RunFolder(url: runs.appendingPathComponent(name))
    if begun.wasAbandoned { return begun }
    guard let folder = try makeNew(name, in: runs) else { throw taken(begun) }
    return folder
  }

  /// Says what would keep the folder of a new run from being made, before anything is worked out for it.
  /// - Parameter name: nil for a name that is to be made up.
  /// - Throws: ``ReportingError`` as ``create(named:in:)`` does; nothing is made.
  package static func requireFree(_ name: String?, in runs: URL) throws(ReportingError) {
    if let name {
      guard !name.isEmpty, !name.hasPrefix("."), !name.contains("/"), !name.contains("\0") else {
        throw ReportingError("\"\(name)\" is no name for a run: use letters, digits, dots and hyphens")
      }
      let folder = RunFolder(url: runs.appendingPathComponent(name))
      if FileManager.default.fileExists(atPath: folder.url.path), !folder.wasAbandoned { throw taken(folder) }
    }
    var place = runs.standardizedFileURL
    while !FileManager.default.fileExists(atPath: place.path), place.path != "/" { place.deleteLastPathComponent() }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder), isFolder.boolValue else {
      throw ReportingError("cannot make \(runs.relativePath): \(place.path) is a file. Choose another folder")
    }
    guard FileManager.default.isWritableFile(atPath: place.path) else {
      throw ReportingError(
        "cannot make \(runs.relativePath): \(place.path) may not be written to. Choose another folder")
    }
  }

  static func taken(_ folder: RunFolder) -> ReportingError {
    ReportingError(
      "the run \(folder.url.relativePath) exists already: choose another --name, or go on with it by --resume "
        + "\(folder.url.relativePath) (--steps trains a finished one on)")
  }

  /// Makes the folder of a new run and names it `<recipe>-<dataset>-seed<k>`, with `-2`, `-3`… appended
  /// when that name is taken.
  package static func create(
    recipe: String, dataset: String, seed: Int, in runs: URL
  ) throws(ReportingError) -> RunFolder {
    let base = "\(recipe)-\(dataset)-seed\(seed)".map { $0 == "/" || $0.isWhitespace ? "_" : $0 }
    var attempt = 1
    while true {
      let name = String(base) + (attempt == 1 ? "" : "-\(attempt)")
      if let folder = try makeNew(name, in: runs) { return folder }
      attempt += 1
    }
  }

  /// The folder of a run that exists, to resume, evaluate or report it.
  /// - Throws: ``ReportingError`` when there is no folder, or it does not hold a run.
  public static func open(_ url: URL) throws(ReportingError) -> RunFolder {
    let folder = RunFolder(url: url)
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw ReportingError("there is no run at \(url.relativePath)")
    }
    guard FileManager.default.fileExists(atPath: folder.configuration.path) else {
      throw ReportingError("\(url.relativePath) is not a run's folder: it has no config.yaml")
    }
    return folder
  }

  /// Whether what a run reads and writes lies in its folder. One that a stranger packed may hold links to other places of
  /// this machine, which must be neither read nor written to.
  /// - Throws: ``ReportingError`` that names a link that leads out.
  package func requireOwnFiles() throws(ReportingError) {
    for file in [
      configuration, facts, environment, metrics, evaluation, measures, restoration, restorationPicture, samples,
      checkpoints, mistakes,
      url.appendingPathComponent("export"), url.appendingPathComponent("split.json"),
    ] { try url.requireOwn(file) }
  }

  /// Made by a process that ended before it wrote the configuration, which comes last.
  private var wasAbandoned: Bool {
    let known: Set<String> = ["data.json", "environment.json", "split.json"]
    guard let files = try? FileManager.default.contentsOfDirectory(atPath: url.path) else { return false }
    return known.isSuperset(of: files.filter { !AtomicFile.isLeftover($0) })
  }

  /// nil when the name is taken. The system's `mkdir` decides, so two processes never share a folder.
  private static func makeNew(_ name: String, in runs: URL) throws(ReportingError) -> RunFolder? {
    let folder = RunFolder(url: runs.appendingPathComponent(name))
    do {
      try FileManager.default.createDirectory(at: runs, withIntermediateDirectories: true)
      try FileManager.default.createDirectory(at: folder.url, withIntermediateDirectories: false)
    } catch {
      if FileManager.default.fileExists(atPath: folder.url.path) { return nil }
      throw ReportingError("make", folder.url, error)
    }
    return folder
  }

  /// Saves the resolved configuration.
  /// - Parameter yaml: The whole text of `config.yaml`.
  package func write(configuration yaml: String) throws(ReportingError) {
    try replace(configuration, with: Data(yaml.utf8))
  }

  /// Saves what is known of the data.
  package func write(facts: DataFacts) throws(ReportingError) {
    try replace(self.facts, with: encoded(facts))
  }

  /// What is known of the data; nil where it was not saved.
  package func savedFacts() throws(ReportingError) -> DataFacts? { try decoded(DataFacts.self, from: facts) }

  /// Saves where and with what the run is made.
  package func write(environment: RunEnvironment) throws(ReportingError) {
    try replace(self.environment, with: encoded(environment))
  }
}

/// Where and with what a run was made.
public struct RunEnvironment: Sendable, Hashable, Codable {
  /// Such as `sparring`, `libtorch`, `swift`.
  public let versions: [String: String]
  /// The processor's name.
  public let cpu: String
  /// Threads that one operation may use.
  public let threads: Int
  /// Such as `cpu` or `cuda:0`.
  public let device: String
  /// When the run began.
  public let date: Date
  /// The words of the command.
  public let commandLine: [String]
  /// Anything else worth keeping, such as the hash of the labelled split.
  public let details: [String: String]

  /// An environment as found by the caller.
  package init(
    versions: [String: String], cpu: String, threads: Int, device: String, date: Date, commandLine: [String],
    details: [String: String] = [:]
  ) {
    (self.versions, self.cpu, self.threads, self.device) = (versions, cpu, threads, device)
    (self.date, self.commandLine, self.details) = (date, commandLine, details)
  }
}
