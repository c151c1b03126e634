import Foundation

/// A file of a folder that no picture comes from.
public struct LeftOutFile: Hashable, Sendable {
  /// Where it is.
  public let path: String
  /// Why it was left out, and what would help, as a clause.
  public let reason: String
}

/// The pictures below a folder and what else lies there.
struct FolderScan {
  /// In the order of their names' UTF-8 bytes, each folder's own before those of its folders.
  private(set) var pictures: [String] = []
  private(set) var leftOut: [LeftOutFile] = []
  private var visited: Set<String> = []

  /// What systems leave in folders, which nobody means.
  private static let unmeant: Set = ["thumbs.db", "desktop.ini", "__macosx"]

  /// Looks through a folder and all folders in it.
  static func all(below folder: String) throws(DatasetError) -> FolderScan {
    var scan = FolderScan()
    try scan.look(into: folder, deeply: true)
    return scan
  }

  /// Looks at a folder's own files.
  static func files(in folder: String) throws(DatasetError) -> FolderScan {
    var scan = FolderScan()
    try scan.look(into: folder, deeply: false)
    return scan
  }

  private mutating func look(into folder: String, deeply: Bool) throws(DatasetError) {
    // A link may lead back up.
    guard visited.insert(URL(fileURLWithPath: folder).resolvingSymlinksInPath().path).inserted else { return }
    let names: [String]
    do throws(DatasetError) {
      names = try Self.entries(folder)
    } catch  where visited.count > 1 {
      leftOut.append(LeftOutFile(path: folder, reason: "a folder that cannot be read"))
      return
    }
    // What earlier runs drew, and which test pictures they got wrong, is nothing to train on.
    guard visited.count == 1 || !Set(names).isSuperset(of: ["config.yaml", "data.json"]) else {
      leftOut.append(LeftOutFile(path: folder, reason: "the folder of a run"))
      return
    }
    var folders: [String] = []
    for name in names {
      let path = folder + "/" + name
      if FileReading.isFolder(path) {
        folders.append(path)
      } else {
        add(path)
      }
    }
    guard deeply else { return }
    for folder in folders { try look(into: folder, deeply: true) }
  }

  private mutating func add(_ path: String) {
    let ending = (path as NSString).pathExtension.lowercased()
    if PictureFormat.endings.contains(ending) {
      pictures.append(path)
    } else if let kind = PictureFormat.unread[ending] {
      leftOut.append(LeftOutFile(path: path, reason: "\(kind), which is not read: save it as JPEG or PNG"))
    } else {
      leftOut.append(LeftOutFile(path: path, reason: "no picture, by its ending"))
    }
  }

  /// The visible entries of a folder by name, in the order of their UTF-8 bytes.
  static func entries(_ folder: String) throws(DatasetError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder)
        .filter { !$0.hasPrefix(".") && !unmeant.contains($0.lowercased()) }
        .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    } catch {
      throw DatasetError("\(folder) cannot be read: \(error.localizedDescription)")
    }
  }

  /// The names of the folders in a folder.
  static func subfolders(_ folder: String) throws(DatasetError) -> [String] {
    try entries(folder).filter { FileReading.isFolder(folder + "/" + $0) }
  }
}
