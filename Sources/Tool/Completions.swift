import Foundation

/// What a shell may complete a word with, beside the names that are known beforehand.
enum Completions {
  /// Run folders, as they are typed.
  static func runs() -> [String] {
    folders(in: "runs").filter { FileManager.default.fileExists(atPath: $0 + "/config.yaml") }
  }

  /// The folders in a folder, `.` standing for none.
  static func folders(in folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let paths = names.filter { !$0.hasPrefix(".") }.sorted().map { folder == "." ? $0 : "\(folder)/\($0)" }
    return paths.filter {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: $0, isDirectory: &isFolder) && isFolder.boolValue
    }
  }
}
