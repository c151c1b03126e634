internal import Foundation

extension URL {
  /// The file of that path below this folder; nil where the path, or a link on the way, leads out of it. What a stranger's
  /// run names must not bring other files of this machine into a page.
  func contained(_ path: String) -> URL? {
    guard let root = realpath(self.path, nil), let place = realpath(appendingPathComponent(path).path, nil) else {
      return nil
    }
    defer {
      free(root)
      free(place)
    }
    let (folder, file) = (String(cString: root), String(cString: place))
    return file.hasPrefix(folder == "/" ? "/" : folder + "/") ? URL(fileURLWithPath: file) : nil
  }
}

extension URL {
  /// - Throws: ``ReportingError`` where a file of this name in the folder is a link out of it.
  func requireOwn(_ file: URL) throws(ReportingError) {
    let isThere = FileManager.default.fileExists(atPath: file.path)
    guard !isThere || contained(file.lastPathComponent) != nil else {
      throw ReportingError("\(file.relativePath) is a link that leads out of its folder: put the file there itself")
    }
  }
}

/// Texts without the folders that files lie in on this machine, for pages that people pass on.
enum Placeless {
  /// A path's last part where it begins at the root; also after an equals sign or a colon, as in `dataset.name=/data/cats`.
  static func word(_ word: String) -> String {
    let start = word.indices.first {
      word[$0] == "/" && ($0 == word.startIndex || "=:".contains(word[word.index(before: $0)]))
    }
    guard let start else { return word }
    return word[..<start] + (word[start...].split(separator: "/").last.map(String.init) ?? "/")
  }

  /// Each line of a configuration, whose values stand after a colon.
  static func lines(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      guard let colon = line.range(of: ": ") else { return String(line) }
      let value = line[colon.upperBound...].trimmingCharacters(in: CharacterSet(charactersIn: "'\""))
      return value.hasPrefix("/") ? line[..<colon.upperBound] + word(value) : String(line)
    }.joined(separator: "\n")
  }
}
