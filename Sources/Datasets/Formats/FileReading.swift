import CSparringZlib
import Foundation

/// Files as bytes, with errors that name the file.
enum FileReading {
  /// - Throws: ``DatasetError`` when the file is missing, a folder, or may not be read.
  static func contents(_ path: String) throws(DatasetError) -> Data {
    try requireFile(path)
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw DatasetError("\(path) cannot be read: \(error.localizedDescription)")
    }
  }

  /// The same without copying it into memory as a whole.
  static func mapped(_ path: String) throws(DatasetError) -> Data {
    try requireFile(path)
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
    } catch {
      throw DatasetError("\(path) cannot be read: \(error.localizedDescription)")
    }
  }

  static func requireFile(_ path: String) throws(DatasetError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw DatasetError("\(path) does not exist")
    }
    guard !isFolder.boolValue else { throw DatasetError("\(path) is a folder, not a file") }
    // A pipe would be waited for.
    guard isFile(path) else { throw DatasetError("\(path) is a pipe or a device, not a file") }
    guard FileManager.default.isReadableFile(atPath: path) else {
      throw DatasetError("\(path) cannot be read: its permissions forbid it")
    }
  }

  static func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  /// `folder/name`, or `folder/name.gz` where only that exists.
  static func plainOrGzipped(_ name: String, in folder: String) -> String? {
    [name, name + ".gz"].map { folder + "/" + $0 }.first(where: isFile)
  }
}

/// A file's contents from front to back, decompressed on the way where it is gzipped.
final class ContentStream {
  let path: String
  private let file: gzFile

  /// - Throws: ``DatasetError`` when the file cannot be read.
  init(_ path: String) throws(DatasetError) {
    try FileReading.requireFile(path)
    guard let file = gzopen(path, "rb") else {
      throw DatasetError("\(path) cannot be read: \(String(cString: strerror(errno)))")
    }
    (self.path, self.file) = (path, file)
    gzbuffer(file, 1 << 17)
  }

  deinit { gzclose(file) }

  /// Up to `count` bytes; fewer only at the end, when the checksum and the length of a gzip stream have been found
  /// right. Memory grows with what the file holds, not with what was asked for.
  /// - Throws: ``DatasetError`` for a broken or truncated gzip stream.
  func read(_ count: Int) throws(DatasetError) -> Data {
    var data = Data()
    while data.count < count {
      let wanted = min(count - data.count, min(1 << 30, max(1 << 20, data.count)))
      let start = data.count
      data.count += wanted
      let got = data.withUnsafeMutableBytes { gzread(file, $0.baseAddress.map { $0 + start }, UInt32(wanted)) }
      var code: Int32 = Z_OK
      let reason = gzerror(file, &code).map { String(cString: $0) } ?? ""
      guard got >= 0, code == Z_OK || code == Z_STREAM_END else {
        throw DatasetError("\(path) cannot be read: \(reason.isEmpty ? "it is damaged" : reason); fetch it again")
      }
      data.count = start + Int(got)
      if got == 0 { break }
    }
    return data
  }
}
