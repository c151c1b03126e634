import Foundation

/// A picture's file and class.
typealias Picture = (path: String, label: Int)

/// The pictures of a folder by class and part, before any is opened.
struct PictureList {
  /// In the order of their names.
  let classNames: [String]
  /// Labelled ones first, then those without a label.
  let train: [Picture]
  /// Labelled pictures that only validate choices; nil where nobody gave any.
  let validation: [Picture]?
  /// nil where there is no part to measure on.
  let test: [Picture]?
  /// How the folder was read, as a clause.
  let layout: String
  /// Where the test part comes from, as a clause.
  let testOrigin: String
  /// Files that no picture comes from.
  let leftOut: [LeftOutFile]
  /// What keeps a classifier from being trained, each with what to do about it.
  let problems: [String]

  /// Lists a folder, or the pictures that a table names.
  /// - Throws: ``DatasetError`` for what cannot be read or holds no pictures at all.
  init(_ path: String, options: ImageFolder.Options) throws {
    let table = try PictureTable(at: path)
    var parts = try table.map { try PictureParts($0) } ?? PictureParts(FolderLayout(path))
    layout = table == nil ? "a folder for each class" : "a table of files and labels"
    try parts.holdOut(options)
    guard !parts.labelled.isEmpty || !parts.unlabelled.isEmpty else {
      let first = parts.problems.first.map { ": \($0)" } ?? ""
      let advice =
        table == nil
        ? "; put \(PictureFormat.names) files into a folder for each class (\(path)/CLASS/…)"
        : "; its lines must name pictures"
      throw DatasetError("\(path) holds no pictures to train on\(first)\(advice)")
    }
    classNames = parts.classNames
    train = parts.labelled + parts.unlabelled.map { ($0, Dataset.unlabelled) }
    (validation, test, testOrigin) = (parts.validation, parts.test, parts.testOrigin)
    (leftOut, problems) = (parts.leftOut, parts.problems)
  }

  /// - Throws: ``DatasetError`` with the first problem, and how many more there are.
  func requireSound(_ path: String) throws(DatasetError) {
    guard let first = problems.first else { return }
    let further = problems.count > 1 ? " (and \(problems.count - 1) more: type sparring data check \(path))" : ""
    throw DatasetError(first + further)
  }
}

/// The parts of a set of pictures while they are put together.
struct PictureParts {
  var classNames: [String] = []
  var labelled: [Picture] = []
  var unlabelled: [String] = []
  var validation: [Picture]?
  var test: [Picture]?
  var testOrigin = "none"
  var leftOut: [LeftOutFile] = []
  var problems: [String] = []

  init() {}

  /// A test part drawn from the labelled pictures, where nobody brought one.
  mutating func holdOut(_ options: ImageFolder.Options) throws {
    guard test == nil else { return }
    if let validation {
      // What people who have two parts measure on.
      (test, self.validation, testOrigin) = (validation, nil, "the validation part, there being no test part")
      return
    }
    guard options.heldOutFraction > 0 else { return }
    let files = labelled.isEmpty && classNames.isEmpty ? unlabelled.map { ($0, Dataset.unlabelled) } : labelled
    guard !files.isEmpty else { return }
    let heldOut: Set<Int>
    do {
      heldOut = try HeldOut.places(
        labels: files.map(\.1), fraction: options.heldOutFraction, seed: options.seed
      ) { label, place in
        let folder = URL(fileURLWithPath: files[place].0).deletingLastPathComponent().path
        return "\(label < 0 ? folder : "class \(classNames[label])") holds only 1 picture: a test needs another, or a "
          + "folder test/ beside the classes (dataset.folder.heldOutFraction=0 does without a test)"
      }
    } catch let error as DatasetError {
      problems.append(error.message)
      return
    }
    test = files.indices.filter(heldOut.contains).map { files[$0] }
    let kept = files.indices.filter { !heldOut.contains($0) }.map { files[$0] }
    if labelled.isEmpty { unlabelled = kept.map(\.0) } else { labelled = kept }
    testOrigin =
      "\(Int((options.heldOutFraction * 100).rounded()))% of \(labelled.isEmpty ? "the pictures" : "each class"), drawn "
      + "at random (dataset.folder.heldOutFraction)"
  }
}
