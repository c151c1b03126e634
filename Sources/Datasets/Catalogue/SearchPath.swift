import Foundation

/// Where data sets are looked for, in this order: the folders in `SPARRING_DATA` (several as in `PATH`), `./data`, the user's cache, and
/// Debian's `/usr/share/datasets`.
public struct SearchPath: Hashable, Sendable {
  /// The folders in the order of the search.
  public let folders: [String]

  /// A search path of one's own.
  public init(folders: [String]) {
    self.folders = folders
  }

  /// The search path of this process.
  public static var standard: SearchPath {
    SearchPath(folders: chosenFolders + ["data", userCache + "/data", "/usr/share/datasets"])
  }

  /// What `SPARRING_DATA` names.
  private static var chosenFolders: [String] {
    (ProcessInfo.processInfo.environment["SPARRING_DATA"] ?? "").split(separator: ":").map(String.init)
  }

  /// The folder for what can be made or fetched again: `$SPARRING_CACHE`, else `$XDG_CACHE_HOME/sparring`, else
  /// `~/.cache/sparring` (`~/Library/Caches/sparring` on a Mac).
  public static var userCache: String {
    let environment = ProcessInfo.processInfo.environment
    if let chosen = environment["SPARRING_CACHE"], !chosen.isEmpty { return chosen }
    if let chosen = environment["XDG_CACHE_HOME"], !chosen.isEmpty { return chosen + "/sparring" }
    #if os(macOS)
      return NSHomeDirectory() + "/Library/Caches/sparring"
    #else
      return NSHomeDirectory() + "/.cache/sparring"
    #endif
  }

  /// Where fetching puts data sets: the first folder in `SPARRING_DATA` that may be written to, else the user's cache.
  public static var fetchFolder: String {
    chosenFolders.first { !FileReading.isFolder($0) || FileManager.default.isWritableFile(atPath: $0) }
      ?? userCache + "/data"
  }

  /// The first folder that holds every file of the data set, directly or in a usual subfolder.
  public func find(_ dataset: KnownDataset) -> String? {
    candidates(dataset).first { missingFiles(of: dataset, in: $0).isEmpty }
  }

  /// - Throws: ``DatasetError`` that names the places searched and the command that fetches.
  public func require(_ dataset: KnownDataset) throws(DatasetError) -> String {
    if let found = find(dataset) { return found }
    let partial = candidates(dataset).lazy
      .map { ($0, missingFiles(of: dataset, in: $0)) }
      .first { $0.1.count < dataset.files.count }
    let hint = partial.map { " (\($0.0) lacks \($0.1.joined(separator: ", ")))" } ?? ""
    throw DatasetError(
      "\(dataset.title) was not found in \(folders.joined(separator: ", "))\(hint): "
        + "type ./sparring data fetch \(dataset.name)")
  }

  private func candidates(_ dataset: KnownDataset) -> [String] {
    folders.flatMap { root in dataset.folders.map { root + "/" + $0 } + [root] }
  }

  private func missingFiles(of dataset: KnownDataset, in folder: String) -> [String] {
    dataset.files.map(\.name).filter { dataset.path(of: $0, in: folder) == nil }
  }
}
