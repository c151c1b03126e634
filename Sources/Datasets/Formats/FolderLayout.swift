import Foundation

/// Which folders of a folder of pictures hold what, by their names alone.
///
/// - `ROOT/<class>/…`, or `ROOT/train/<class>/…`; pictures in folders below a class are of the class.
/// - `ROOT/val/<class>/…` and `ROOT/test/<class>/…`, each where there is one.
/// - `ROOT/train/…` and `ROOT/test/…` without folders below them: pictures without classes.
/// - `unlabelled` beside the classes, and pictures that lie beside the classes' folders.
/// - A folder that holds nothing but one folder stands for that folder.
struct FolderLayout {
  let root: String
  /// Holds the classes; ``root`` where no folder is called so.
  let train: String
  let validation: String?
  let test: String?
  let unlabelled: [String]

  private static let trainNames: Set = ["train", "training"]
  private static let validationNames: Set = ["val", "valid", "validation"]
  private static let testNames: Set = ["test", "testing"]
  private static let unlabelledNames: Set = ["unlabelled", "unlabeled", "unsorted"]
  private static let partNames = trainNames.union(validationNames).union(testNames).union(unlabelledNames)

  /// - Throws: ``DatasetError`` when the folder cannot be read, or two folders have the same purpose.
  init(_ folder: String) throws(DatasetError) {
    var root = folder
    while let only = try Self.onlyFolder(in: root) { root += "/" + only }
    let names = try FolderScan.subfolders(root)
    func part(_ known: Set<String>) throws(DatasetError) -> String? {
      let found = names.filter { known.contains($0.lowercased()) }
      guard found.count < 2 else {
        throw DatasetError("\(root) holds both \(found[0])/ and \(found[1])/: leave one of them, or rename it")
      }
      return found.first.map { root + "/" + $0 }
    }
    self.root = root
    train = try part(Self.trainNames) ?? root
    (validation, test) = (try part(Self.validationNames), try part(Self.testNames))
    var unlabelled: [String] = []
    for place in Set([root, train]).sorted() {
      unlabelled += try FolderScan.subfolders(place).filter { Self.unlabelledNames.contains($0.lowercased()) }
        .map { place + "/" + $0 }
    }
    self.unlabelled = unlabelled
  }

  /// The names of the folders that are classes to train on.
  func classNames() throws(DatasetError) -> [String] {
    let names = try FolderScan.subfolders(train)
    // Within train/ every folder is a class, even one that is called so.
    return names.filter {
      !Self.unlabelledNames.contains($0.lowercased()) && (train != root || !Self.partNames.contains($0.lowercased()))
    }
  }

  /// Folders beside train/ that are nothing.
  func strangers() throws(DatasetError) -> [String] {
    guard train != root else { return [] }
    return try FolderScan.subfolders(root).filter { !Self.partNames.contains($0.lowercased()) }
  }

  /// The folder that a folder holds alone, where that is not a class of its own.
  private static func onlyFolder(in folder: String, depth: Int = 0) throws(DatasetError) -> String? {
    let entries = try FolderScan.entries(folder)
    guard depth < 8, entries.count == 1, FileReading.isFolder(folder + "/" + entries[0]),
      !partNames.contains(entries[0].lowercased())
    else { return nil }
    let inner = folder + "/" + entries[0]
    let names = try FolderScan.subfolders(inner)
    let holdsParts = names.contains { partNames.contains($0.lowercased()) }
    if names.count > 1 || holdsParts { return entries[0] }
    return try onlyFolder(in: inner, depth: depth + 1) == nil ? nil : entries[0]
  }
}

extension PictureParts {
  /// The pictures of a folder.
  init(_ layout: FolderLayout) throws(DatasetError) {
    self.init()
    var found: [(name: String, pictures: [String])] = []
    for name in try layout.classNames() {
      let scan = try FolderScan.all(below: layout.train + "/" + name)
      leftOut += scan.leftOut
      if scan.pictures.isEmpty {
        leftOut.append(LeftOutFile(path: layout.train + "/" + name, reason: "a folder without pictures, so no class"))
      } else {
        found.append((name, scan.pictures))
      }
    }
    classNames = found.map(\.name)
    for (label, entry) in found.enumerated() { labelled += entry.pictures.map { ($0, label) } }
    try addUnlabelled(layout)
    if let folder = layout.validation { validation = try part(folder) }
    if let folder = layout.test {
      test = try part(folder)
      testOrigin = "the folder \((folder as NSString).lastPathComponent)/"
    }
    for name in try layout.strangers() {
      leftOut.append(LeftOutFile(path: layout.root + "/" + name, reason: "a folder beside train/, so no class"))
    }
  }

  private mutating func addUnlabelled(_ layout: FolderLayout) throws(DatasetError) {
    for folder in layout.unlabelled {
      let scan = try FolderScan.all(below: folder)
      unlabelled += scan.pictures
      leftOut += scan.leftOut
      if scan.pictures.isEmpty {
        leftOut.append(LeftOutFile(path: folder, reason: "a folder without pictures"))
      }
    }
    for place in Set([layout.root, layout.train]).sorted() {
      let scan = try FolderScan.files(in: place)
      unlabelled += scan.pictures
      leftOut += scan.leftOut
    }
  }

  /// The pictures of a part that is not trained on, labelled ones where there are classes; nil where it holds none.
  private mutating func part(_ folder: String) throws(DatasetError) -> [Picture]? {
    guard !classNames.isEmpty else {
      let scan = try FolderScan.all(below: folder)
      leftOut += scan.leftOut
      return scan.pictures.isEmpty ? nil : scan.pictures.map { ($0, Dataset.unlabelled) }
    }
    let loose = try FolderScan.files(in: folder)
    leftOut += loose.leftOut
    leftOut += loose.pictures.map {
      LeftOutFile(
        path: $0, reason: "in \((folder as NSString).lastPathComponent)/ without a class: nothing to measure by")
    }
    var pictures: [Picture] = []
    for name in try FolderScan.subfolders(folder) {
      let scan = try FolderScan.all(below: folder + "/" + name)
      leftOut += scan.leftOut
      if scan.pictures.isEmpty {
        leftOut.append(LeftOutFile(path: folder + "/" + name, reason: "a folder without pictures"))
      } else if let label = classNames.firstIndex(of: name) {
        pictures += scan.pictures.map { ($0, label) }
      } else {
        problems.append("\(folder)/\(name) is a class without training images: add them or remove it")
      }
    }
    return pictures.isEmpty ? nil : pictures
  }
}
