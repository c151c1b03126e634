import CSparringArchive
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
    guard FileManager.default.isReadableFile(atPath: path) else {
      throw DatasetError("\(path) cannot be read: its permissions forbid it")
    }
  }

  static func isFile(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
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
  private let archive: OpaquePointer
  private var isAtEnd = false

  /// - Throws: ``DatasetError`` when the file cannot be read.
  init(_ path: String) throws(DatasetError) {
    try FileReading.requireFile(path)
    guard let archive = archive_read_new() else { throw DatasetError("\(path): not enough memory to read it") }
    (self.path, self.archive) = (path, archive)
    archive_read_support_filter_gzip(archive)
    archive_read_support_format_raw(archive)
    archive_read_support_format_empty(archive)
    guard archive_read_open_filename(archive, path, 1 << 16) == ARCHIVE_OK else { throw failure() }
    var entry: OpaquePointer?
    switch archive_read_next_header(archive, &entry) {
    case ARCHIVE_OK: break
    case ARCHIVE_EOF: isAtEnd = true
    default: throw failure()
    }
  }

  deinit { archive_read_free(archive) }

  /// Up to `count` bytes; fewer only at the end. Memory grows with what the file holds, not with
  /// what was asked for.
  /// - Throws: ``DatasetError`` for a broken or truncated gzip stream.
  func read(_ count: Int) throws(DatasetError) -> Data {
    var data = Data()
    while data.count < count, !isAtEnd {
      let wanted = min(count - data.count, max(1 << 20, data.count))
      let start = data.count
      data.count += wanted
      let got = data.withUnsafeMutableBytes { archive_read_data(archive, $0.baseAddress.map { $0 + start }, wanted) }
      guard got >= 0 else { throw failure() }
      data.count = start + got
      isAtEnd = got == 0
    }
    return data
  }

  private func failure() -> DatasetError {
    let reason = archive_error_string(archive).map { String(cString: $0) } ?? "unknown reason"
    return DatasetError("\(path) cannot be read: \(reason); fetch it again")
  }
}
