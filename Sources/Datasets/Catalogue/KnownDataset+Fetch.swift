import Foundation

/// How far fetching one file has come.
public struct FetchProgress: Hashable, Sendable {
  /// The file's name.
  public let file: String
  /// Bytes here so far, those of earlier attempts included.
  public let receivedBytes: Int
  /// Bytes in all, where the server says so.
  public let totalBytes: Int?
}

extension KnownDataset {
  /// Downloads the data set from its public home; files already there and right are kept, interrupted
  /// ones continued.
  ///
  /// - Parameters:
  ///   - folder: Where data sets are kept; the files go into a subfolder of it.
  ///   - homes: Base addresses, tried in turn; nil for the public ones.
  ///   - progress: Called about ten times a second.
  /// - Returns: The folder that holds the files.
  /// - Throws: ``DatasetError`` when no home delivers the right files or they cannot be written.
  @discardableResult
  public func fetch(
    into folder: String = SearchPath.fetchFolder, homes: [String]? = nil, progress: (FetchProgress) -> Void = { _ in }
  ) throws(DatasetError) -> String {
    try fetch(into: folder, homes: homes ?? self.homes, verification: Verification(), progress: progress)
  }

  func fetch(
    into folder: String, homes: [String], verification: Verification, progress: (FetchProgress) -> Void
  ) throws(DatasetError) -> String {
    let target = folder + "/" + folders[0]
    try Self.makeFolder(target)
    let missing = missingFiles(target, verification)
    guard !missing.isEmpty else { return target }
    switch packing {
    case .gzipped:
      for file in missing {
        let path = target + "/" + file.name + ".gz"
        try download(file.name + ".gz", to: path + ".part", homes: homes, progress) { part throws(DatasetError) in
          guard try Verification.digest(part).sha256 == file.sha256 else { throw Self.wrongContents }
        }
        try Self.move(path + ".part", to: path)
      }
    case .archive(let name, _, let sha256):
      let part = folder + "/" + name + ".part"
      try download(name, to: part, homes: homes, progress) { part throws(DatasetError) in
        guard try Verification.plainDigest(part) == sha256 else { throw Self.wrongContents }
      }
      try unpack(part, into: target)
      try? FileManager.default.removeItem(atPath: part)
    }
    try verify(target, verification)
    return target
  }

  /// Takes the data set from a folder of files fetched elsewhere (as published, or unpacked), or from
  /// the published archive itself, after checking them.
  ///
  /// - Returns: The folder that holds the files.
  /// - Throws: ``DatasetError`` when files are missing or wrong, or cannot be written.
  @discardableResult
  public func copy(from source: String, into folder: String = SearchPath.fetchFolder) throws(DatasetError) -> String {
    try copy(from: source, into: folder, verification: Verification())
  }

  func copy(from source: String, into folder: String, verification: Verification) throws(DatasetError) -> String {
    let target = folder + "/" + folders[0]
    if let found = SearchPath(folders: [source]).find(self) {
      try verify(found, verification)
      try Self.makeFolder(target)
      for file in files {
        guard let path = FileReading.plainOrGzipped(file.name, in: found) else { continue }
        let copy = target + "/" + (path as NSString).lastPathComponent
        guard URL(fileURLWithPath: path).standardizedFileURL != URL(fileURLWithPath: copy).standardizedFileURL else {
          continue
        }
        do {
          try? FileManager.default.removeItem(atPath: copy + ".part")
          try FileManager.default.copyItem(atPath: path, toPath: copy + ".part")
        } catch {
          throw DatasetError("\(path) could not be copied to \(target): \(error.localizedDescription)")
        }
        try Self.move(copy + ".part", to: copy)
      }
    } else if case .archive(let name, _, _) = packing,
      let archive = [source, source + "/" + name].first(where: FileReading.isFile)
    {
      try replaceFiles(in: target, from: archive, verification)
    } else {
      throw DatasetError("\(source) does not hold \(title): needed are \(neededFiles)")
    }
    try verify(target, verification)
    return target
  }

  /// Unpacks beside the target and checks there, so that a wrong archive costs no file that was right.
  private func replaceFiles(
    in target: String, from archive: String, _ verification: Verification
  ) throws(DatasetError) {
    let beside = target + ".part"
    try? FileManager.default.removeItem(atPath: beside)
    try Self.makeFolder(beside)
    defer { try? FileManager.default.removeItem(atPath: beside) }
    try unpack(archive, into: beside)
    try verify(beside, verification)
    try Self.makeFolder(target)
    for name in (try? FileManager.default.contentsOfDirectory(atPath: beside)) ?? [] {
      try Self.move(beside + "/" + name, to: target + "/" + name)
    }
  }

  private var neededFiles: String {
    let names = files.map(\.name).joined(separator: ", ")
    switch packing {
    case .gzipped: return names + " (gzipped or not)"
    case .archive(let archive, _, _): return "\(archive), or its files \(names)"
    }
  }

  private static let wrongContents = DatasetError("its contents are not the published ones")

  /// The files that are not yet in a folder as published.
  private func missingFiles(_ folder: String, _ verification: Verification) -> [File] {
    files.filter { file in
      guard let path = FileReading.plainOrGzipped(file.name, in: folder) else { return true }
      return (try? verification.check(file, at: path, of: self)) == nil
    }
  }

  private func verify(_ folder: String, _ verification: Verification) throws(DatasetError) {
    for file in files {
      let path = FileReading.plainOrGzipped(file.name, in: folder) ?? folder + "/" + file.name
      try verification.check(file, at: path, of: self)
    }
  }

  /// Downloads from the first home that delivers what `check` accepts.
  private func download(
    _ file: String, to part: String, homes: [String], _ progress: (FetchProgress) -> Void,
    check: (String) throws(DatasetError) -> Void
  ) throws(DatasetError) {
    var reasons: [String] = []
    for home in homes {
      guard let address = URL(string: (home.hasSuffix("/") ? home : home + "/") + file) else {
        reasons.append("\(home) is no address")
        continue
      }
      // A continued file that turns out wrong is fetched once more from its start.
      var isResumed = true
      while isResumed {
        do {
          isResumed = try Download.run(address, to: part) { received, total in
            progress(FetchProgress(file: file, receivedBytes: received, totalBytes: total))
          }
        } catch {
          reasons.append("\(address.host ?? home): \(error.message)")
          break
        }
        do {
          return try check(part)
        } catch {
          try? FileManager.default.removeItem(atPath: part)
          if !isResumed { reasons.append("\(address.host ?? home): \(error.message)") }
        }
      }
    }
    throw DatasetError(
      "\(file) of \(title) could not be fetched (\(reasons.joined(separator: "; "))): check the network and type it again, "
        + "or take files from a folder with ./sparring data fetch \(name) --from FOLDER")
  }

  /// Unpacks the data set's own files from an archive, whatever folder they have in it.
  private func unpack(_ archive: String, into folder: String) throws(DatasetError) {
    let extra = format.extraFiles.map { ($0, 1 << 16) }
    let sizes = Dictionary(files.map { ($0.name, $0.byteCount) } + extra) { first, _ in first }
    try Archive.extract(sizes, from: archive, into: folder)
  }

  static func makeFolder(_ path: String) throws(DatasetError) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw DatasetError("\(path) cannot be made: \(error.localizedDescription)")
    }
  }

  static func move(_ source: String, to target: String) throws(DatasetError) {
    guard rename(source, target) == 0 else {
      throw DatasetError("\(target) cannot be written: \(String(cString: strerror(errno)))")
    }
  }
}
