import Foundation
public import SparringTorch

/// A file of examples: `.npy`, `.safetensors` or `.csv`, with labels for all, some or none of them.
///
/// - `NAME.npy` holds the examples; `NAME.labels.npy` or `NAME-labels.npy` beside it holds whole numbers, -1 for none.
/// - `NAME.safetensors` holds tensors `examples` (or `x`) and `labels` (or `y`), each also as `train_…` and `test_…`.
/// - `NAME.csv` has an example a line; an empty label is none, and so is `NA`, `NaN` or `null` without quotes, or -1 beside
///   classes from 0 on.
///
/// The test part is the file of that name with `test` for `train`, or with `-test` after it; where there is none, a
/// seeded fraction of each class is held out.
public enum ExampleFile {
  /// How a file of examples is read.
  public struct Options: Codable, Hashable, Sendable {
    /// What is done to the numbers of vectors, as measured on the training part.
    public var scaling: ScalingChoice
    /// Of a `.csv`: `auto` (called `label`, `class` or `target`, or the last where that holds words), `last`, `none`, or
    /// the column's name.
    public var labelColumn: String
    /// Whether the first line of a `.csv` names the columns.
    public var header: Header
    /// The fraction of each class kept for the test where there is no test part.
    public var heldOutFraction: Double
    /// Chooses the held-out examples.
    public var seed: UInt64

    /// Whether the first line of a table names its columns.
    public enum Header: String, NamedChoice {
      /// Where it names the labels' column, or holds no number.
      case auto
      case present
      case absent
    }

    /// The default suits most tables.
    public init(
      scaling: ScalingChoice = .auto, labelColumn: String = "auto", header: Header = .auto,
      heldOutFraction: Double = 0.2, seed: UInt64 = 0
    ) {
      (self.scaling, self.labelColumn, self.header) = (scaling, labelColumn, header)
      (self.heldOutFraction, self.seed) = (heldOutFraction, seed)
    }

    /// - Throws: ``DatasetError`` naming the first setting that is out of range.
    public func check() throws(DatasetError) {
      try HeldOut.check(heldOutFraction, named: "dataset.file.heldOutFraction")
      guard !labelColumn.isEmpty else {
        throw DatasetError("dataset.file.labelColumn is empty; use auto, last, none, or the column's name")
      }
    }
  }

  /// The endings that tell such files.
  public static let endings = ["npy", "safetensors", "csv"]

  /// Whether a path ends as such a file does.
  public static func isNamed(_ path: String) -> Bool {
    endings.contains((path as NSString).pathExtension.lowercased())
  }

  /// Whether a file holds vectors, not pictures: from its names and sizes alone.
  /// - Throws: ``DatasetError`` when it is no file of examples, or cannot be read.
  public static func holdsVectors(_ path: String) throws -> Bool {
    guard isNamed(path), FileReading.isFile(path) else { return false }
    switch (path as NSString).pathExtension.lowercased() {
    case "npy": return try NPY.shape(of: path).count == 2
    case "safetensors": return try !SafetensorsExamples(path).requireTable(.train).shape.isImage
    default: return !PictureTable.isTable(path)
    }
  }

  /// Reads both parts.
  /// - Throws: ``DatasetError`` naming the file and the place of whatever is wrong.
  public static func load(_ path: String, options: Options = Options()) throws -> DatasetParts {
    try options.check()
    try FileReading.requireFile(path)
    let train = try table(path, .train, options, like: nil)
    let test = try testTable(of: train, options)
    return try ExampleParts(train: train, test: test, options: options).datasets()
  }

  /// The examples of a file as a trained network takes them, `float32` `[N, …]`; labels are passed over.
  /// - Parameter facts: What the network was trained on.
  /// - Throws: ``DatasetError`` when they are not of that shape.
  public static func examples(in path: String, for facts: DataFacts) throws -> Tensor {
    try FileReading.requireFile(path)
    let expected = CSV.Expected(names: facts.featureNames, count: facts.shape.numberCount, source: "the run")
    let found = try table(path, nil, Options(), like: facts.shape.isImage ? nil : expected)
    guard found.shape == facts.shape else {
      throw DatasetError(
        "\(path) holds \(found.shape.plural) of \(found.shape), but the run takes \(facts.shape.plural) of \(facts.shape)"
      )
    }
    return try facts.scaling.scaled(found.examples)
  }

  /// - Parameter split: nil takes whatever part is there.
  private static func table(
    _ path: String, _ split: Dataset.Split?, _ options: Options, like expected: CSV.Expected?
  ) throws -> ExampleTable {
    switch (path as NSString).pathExtension.lowercased() {
    case "npy":
      let labels = split == nil ? nil : SiblingFiles(path).labels
      return try ExampleTable(
        path: path, array: NPY.read(path), labels: labels.map { try NPY.read($0) }, what: path,
        labelsIn: labels ?? path)
    case "safetensors":
      let file = try SafetensorsExamples(path)
      if split == nil, let table = try file.table(.train) { return table }
      return try file.requireTable(split ?? .test)
    default:
      return try CSV.read(
        path, labelColumn: CSV.LabelColumn(options.labelColumn), header: options.header, like: expected)
    }
  }

  private static func testTable(of train: ExampleTable, _ options: Options) throws -> ExampleTable? {
    if (train.path as NSString).pathExtension.lowercased() == "safetensors",
      let inside = try SafetensorsExamples(train.path).table(.test)
    {
      return inside
    }
    guard let path = SiblingFiles(train.path).test else { return nil }
    let expected = CSV.Expected(
      names: train.featureNames, count: train.shape.numberCount,
      source: URL(fileURLWithPath: train.path).lastPathComponent)
    if (path as NSString).pathExtension.lowercased() == "safetensors" {
      let file = try SafetensorsExamples(path)
      if let table = try file.table(.test) { return table }
      return try file.requireTable(.train)
    }
    return try table(path, .test, options, like: expected)
  }
}

/// What may lie beside a file of examples.
struct SiblingFiles {
  /// The file of its labels.
  let labels: String?
  /// The file of its test part.
  let test: String?

  init(_ path: String) {
    func existing(_ names: [String]) -> String? { names.first { $0 != path && FileReading.isFile($0) } }
    labels = existing(Self.labelNames(of: path))
    test = existing(Self.testNames(of: path))
  }

  /// What the file of the labels may be called; the first is looked for first.
  static func labelNames(of path: String) -> [String] {
    let (folder, stem, ending) = parts(of: path)
    var names = [".", "-", "_"].map { "\(stem)\($0)labels" }
    // `x.npy` and `X_train.npy` have their `y.npy` and `y_train.npy`.
    if let first = stem.first, "xX".contains(first), !(stem.dropFirst().first?.isLetter ?? false) {
      names.append("y" + stem.dropFirst())
    }
    return names.map { folder + $0 + ending }
  }

  /// What the file of the test part may be called; the first is looked for first.
  static func testNames(of path: String) -> [String] {
    let (folder, stem, ending) = parts(of: path)
    var names = ["-", ".", "_"].map { "\(stem)\($0)test" }
    if let range = stem.range(of: "train", options: [.caseInsensitive, .backwards]) {
      let words = stem[range].first?.isUppercase == true ? ["Test", "TEST", "test"] : ["test"]
      names = words.map { stem.replacingCharacters(in: range, with: $0) } + names
    }
    return names.map { folder + $0 + ending }
  }

  private static func parts(of path: String) -> (folder: String, stem: String, ending: String) {
    let name = (path as NSString).lastPathComponent
    return (
      String(path.dropLast(name.count)), (name as NSString).deletingPathExtension,
      "." + (path as NSString).pathExtension
    )
  }
}

/// The examples in a safetensors file, found by their tensors' names.
struct SafetensorsExamples {
  private let path: String
  private let tensors: [String: Tensor]

  init(_ path: String) throws {
    self.path = path
    do {
      tensors = try Safetensors.read(URL(fileURLWithPath: path)).tensors
    } catch {
      throw DatasetError("\(error)")
    }
  }

  private func find(_ names: [String], _ split: Dataset.Split) -> (key: String, value: Tensor)? {
    let own = names.flatMap { ["\(split.rawValue)_\($0)", "\($0)_\(split.rawValue)"] }
    for name in own + (split == .train ? names : []) {
      if let found = tensors.sorted(by: { $0.key < $1.key }).first(where: { $0.key.lowercased() == name }) {
        return found
      }
    }
    return nil
  }

  func table(_ split: Dataset.Split) throws -> ExampleTable? {
    guard let examples = find(["examples", "x", "images"], split) else { return nil }
    let labels = find(["labels", "y"], split)
    return try ExampleTable(
      path: path, array: examples.value, labels: labels?.value, what: "\(path): \(examples.key)",
      labelsIn: "\(path): \(labels?.key ?? "")")
  }

  func requireTable(_ split: Dataset.Split) throws -> ExampleTable {
    if let table = try table(split) { return table }
    let names = tensors.keys.sorted().prefix(8).joined(separator: ", ")
    throw DatasetError(
      "\(path) holds \(names.isEmpty ? "no tensors" : names), but none is called 'examples' or 'x' (or "
        + "'\(split.rawValue)_examples')")
  }
}
