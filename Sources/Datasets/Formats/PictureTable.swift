import Foundation

/// A CSV of picture files and what they show.
///
/// The first line names the columns: one of `file`, `filename`, `path`, `image` (`id` where its values are file names),
/// one of `label`, `class`, `category`, `target`, and where wanted `split` with `train`, `val`, `test` or `unlabelled`.
/// Paths are relative to the table's folder, or to the folder of pictures beside it; an empty label is
/// none, and so are `NA`, `NaN` and `null` without quotes.
struct PictureTable {
  /// One line.
  struct Row {
    let path: String
    let label: String?
    let split: String
  }

  /// In the order of the lines.
  private(set) var rows: [Row] = []
  /// Pictures in the folder that no line names.
  private(set) var unnamed: [String] = []
  private(set) var leftOut: [LeftOutFile] = []
  private(set) var problems: [String] = []

  private static let fileColumns = ["file", "filename", "file_name", "path", "filepath", "image", "image_path", "id"]
  private static let labelColumns = ["label", "class", "category", "target", "label_name", "class_name"]
  private static let splitColumns = ["split", "part", "set", "subset"]

  /// The table at a path, or the only one in a folder; nil where there is none.
  /// - Throws: ``DatasetError`` naming the line of whatever is wrong.
  init?(at path: String) throws {
    if !FileReading.isFolder(path) {
      guard Self.isTable(path) else { return nil }
      try self.init(table: path)
      return
    }
    let tables = try FolderScan.entries(path).filter { ($0 as NSString).pathExtension.lowercased() == "csv" }
      .map { path + "/" + $0 }.filter { Self.isTable($0) }
    guard let table = tables.first else { return nil }
    guard tables.count == 1 else {
      throw DatasetError("\(path) holds \(tables.count) tables of pictures: give the path of the one to use")
    }
    try self.init(table: table)
  }

  /// Whether a file's first lines name pictures; nothing else is read of it.
  static func isTable(_ path: String) -> Bool {
    guard (path as NSString).pathExtension.lowercased() == "csv", FileReading.isFile(path),
      let start = try? FileHandle(forReadingFrom: URL(fileURLWithPath: path)).read(upToCount: 1 << 16)
    else { return false }
    return start.withUnsafeBytes { bytes in
      guard var scanner = try? CSVScanner(bytes, path: path) else { return false }
      var fields: [CSVScanner.Field] = []
      guard (try? scanner.next(into: &fields)) == true else { return false }
      let header = fields.map { scanner.text($0) }
      guard header.contains(where: { (labelColumns + splitColumns).contains($0.lowercased()) }) else { return false }
      guard (try? scanner.next(into: &fields)) == true else { return false }
      return fileColumn(header, fields.map { scanner.text($0) }) != nil
    }
  }

  /// The column that is called so and holds file names.
  private static func fileColumn(_ header: [String], _ first: [String]) -> Int? {
    header.indices.first {
      fileColumns.contains(header[$0].lowercased()) && $0 < first.count && isPicture(first[$0])
    }
  }

  private static func isPicture(_ name: String) -> Bool {
    let ending = (name as NSString).pathExtension.lowercased()
    return PictureFormat.endings.contains(ending) || PictureFormat.unread[ending] != nil
  }

  private init(table path: String) throws {
    // One spelling for every path, so that a file is the same however a line names it.
    let base = URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent().path
    let data = try FileReading.mapped(path)
    try data.withUnsafeBytes { bytes in try read(bytes, path: path, base: base) }
    let named = Set(rows.map(\.path))
    let scan = try FolderScan.all(below: base)
    unnamed = scan.pictures.filter { !named.contains($0) }
    let own = URL(fileURLWithPath: path).standardizedFileURL.path
    leftOut = scan.leftOut.filter { $0.path != own }
  }

  private mutating func read(_ bytes: UnsafeRawBufferPointer, path: String, base: String) throws(DatasetError) {
    var scanner = try CSVScanner(bytes, path: path)
    var fields: [CSVScanner.Field] = []
    guard try scanner.next(into: &fields) else { throw DatasetError("\(path) is empty") }
    let names = fields.map { scanner.text($0).lowercased() }
    guard try scanner.next(into: &fields), let file = Self.fileColumn(names, fields.map { scanner.text($0) }) else {
      throw DatasetError("\(path) names no column of files: call it file")
    }
    let label = names.firstIndex { Self.labelColumns.contains($0) }
    let split = names.firstIndex { Self.splitColumns.contains($0) }
    guard label != nil || split != nil else {
      throw DatasetError("\(path) has no column of classes: call it label")
    }
    var seen: [String: Int] = [:]
    repeat {
      guard fields.count == names.count else {
        throw DatasetError(
          "\(path), line \(scanner.line): \(fields.count) fields under \(names.count) names of columns")
      }
      let name = scanner.text(fields[file])
      guard let found = Self.find(name, base: base) else {
        problems.append("\(path), line \(scanner.line): there is no file \(name) in \(base)")
        continue
      }
      if let earlier = seen.updateValue(scanner.line, forKey: found) {
        problems.append("\(path), line \(scanner.line): \(name) stands in line \(earlier), too")
        continue
      }
      let part = split.map { scanner.text(fields[$0]).lowercased() } ?? "train"
      rows.append(Row(path: found, label: label.flatMap { scanner.label(fields[$0]) }, split: part))
    } while try scanner.next(into: &fields)
  }

  /// Tables leave out the folder that all pictures are in.
  private static func find(_ name: String, base: String) -> String? {
    let direct = name.hasPrefix("/") ? name : base + "/" + name
    let folders = FileReading.isFile(direct) ? [] : (try? FolderScan.subfolders(base)) ?? []
    let found = ([direct] + folders.map { base + "/" + $0 + "/" + name }).first(where: FileReading.isFile)
    return found.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
  }
}

extension PictureParts {
  /// The pictures that a table names; those that lie beside them are unlabelled.
  init(_ table: PictureTable) throws(DatasetError) {
    self.init()
    problems = table.problems
    leftOut = table.leftOut
    let training = table.rows.filter { ["train", "training", ""].contains($0.split) }
    let classes = try ClassList(training.map(\.label), source: "the table")
    classNames = classes.names
    unlabelled = table.unnamed
    for row in table.rows {
      let row = PictureTable.Row(
        path: row.path, label: row.label.flatMap { classes.isNone($0) ? nil : $0 }, split: row.split)
      let label = row.label.flatMap(classes.index(of:))
      switch row.split {
      case "train", "training", "":
        if let label { labelled.append((row.path, label)) } else { unlabelled.append(row.path) }
      case "unlabelled", "unlabeled": unlabelled.append(row.path)
      case "val", "valid", "validation": add(row, label, to: \.validation)
      case "test", "testing": add(row, label, to: \.test)
      default: problems.append("\(row.path): '\(row.split)' is no part; use train, val, test or unlabelled")
      }
    }
    labelled.sort { $0.label < $1.label }
    if test != nil { testOrigin = "the table's column" }
  }

  private mutating func add(
    _ row: PictureTable.Row, _ label: Int?, to part: WritableKeyPath<PictureParts, [Picture]?>
  ) {
    if let label {
      if self[keyPath: part] == nil { self[keyPath: part] = [] }
      self[keyPath: part]?.append((row.path, label))
    } else if let name = row.label {
      problems.append("\(row.path): \(name) is a class without training images: add some or remove it")
    } else {
      leftOut.append(LeftOutFile(path: row.path, reason: "in the \(row.split) part without a class"))
    }
  }
}
