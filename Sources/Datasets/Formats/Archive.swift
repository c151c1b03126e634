import CSparringArchive
import Foundation

/// Tar archives, gzipped or not, and zips.
enum Archive {
  /// Writes the files with the given names (their folders in the archive do not matter) into `folder`,
  /// each atomically.
  ///
  /// - Parameter files: The most bytes that each may have, by its name.
  /// - Throws: ``DatasetError`` for a broken archive, an entry that points outside or is too long, or a full disk.
  static func extract(_ files: [String: Int], from path: String, into folder: String) throws(DatasetError) {
    try FileReading.requireFile(path)
    guard let archive = archive_read_new() else { throw DatasetError("\(path): not enough memory to read it") }
    defer { archive_read_free(archive) }
    archive_read_support_filter_gzip(archive)
    archive_read_support_format_tar(archive)
    guard archive_read_open_filename(archive, path, 1 << 16) == ARCHIVE_OK else { throw failure(archive, path) }
    var entry: OpaquePointer?
    while true {
      let status = archive_read_next_header(archive, &entry)
      if status == ARCHIVE_EOF { return }
      guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let entry, let name = archive_entry_pathname(entry) else {
        throw failure(archive, path)
      }
      let parts = String(cString: name).split(separator: "/", omittingEmptySubsequences: false)
      guard parts.first != "", !parts.contains("..") else {
        throw DatasetError("\(path) was refused: its entry \(parts.joined(separator: "/")) points outside")
      }
      guard let last = parts.last.map(String.init), let most = files[last], archive_entry_size_is_set(entry) != 0,
        archive_entry_hardlink(entry) == nil, archive_entry_symlink(entry) == nil
      else { continue }
      guard archive_entry_size(entry) <= most else {
        throw DatasetError("\(path) was refused: its \(last) has \(archive_entry_size(entry)) bytes, not \(most)")
      }
      try write(archive, path, to: folder + "/" + last)
    }
  }

  /// Reads a zip from front to back.
  ///
  /// - Parameter body: Given the parts of an entry's path, its bytes unpacked, and what reads so many of them at most.
  /// - Throws: ``DatasetError`` for a broken zip, and what `body` throws.
  static func forEachEntry(
    ofZip path: String,
    _ body: (_ path: [String], _ size: Int, _ contents: () throws(DatasetError) -> Data) throws(DatasetError) -> Void
  ) throws(DatasetError) {
    try FileReading.requireFile(path)
    guard let archive = archive_read_new() else { throw DatasetError("\(path): not enough memory to read it") }
    defer { archive_read_free(archive) }
    archive_read_support_format_zip(archive)
    guard archive_read_open_filename(archive, path, 1 << 16) == ARCHIVE_OK else { throw failure(archive, path) }
    var entry: OpaquePointer?
    while true {
      let status = archive_read_next_header(archive, &entry)
      if status == ARCHIVE_EOF { return }
      guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let entry, let name = archive_entry_pathname(entry) else {
        throw failure(archive, path)
      }
      let size = archive_entry_size_is_set(entry) != 0 ? max(0, Int(archive_entry_size(entry))) : 0
      try body(String(cString: name).split(separator: "/").map(String.init), size) { () throws(DatasetError) in
        var data = Data(count: size)
        let count = data.withUnsafeMutableBytes { archive_read_data(archive, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw failure(archive, path) }
        return data.prefix(count)
      }
    }
  }

  private static func write(_ archive: OpaquePointer, _ path: String, to target: String) throws(DatasetError) {
    let part = target + ".part"
    _ = FileManager.default.createFile(atPath: part, contents: nil)
    guard let file = FileHandle(forWritingAtPath: part) else { throw DatasetError("\(part) cannot be written") }
    defer { try? file.close() }
    var buffer = Data(count: 1 << 20)
    while true {
      let count = buffer.withUnsafeMutableBytes { archive_read_data(archive, $0.baseAddress, $0.count) }
      guard count >= 0 else { throw failure(archive, path) }
      if count == 0 { break }
      do {
        try file.write(contentsOf: buffer.prefix(count))
      } catch {
        throw DatasetError("\(part) cannot be written: \(error.localizedDescription)")
      }
    }
    try KnownDataset.move(part, to: target)
  }

  private static func failure(_ archive: OpaquePointer, _ path: String) -> DatasetError {
    let reason = archive_error_string(archive).map { String(cString: $0) } ?? "unknown reason"
    return DatasetError("\(path) is a broken archive (\(reason)): fetch it again")
  }
}
