import Dispatch
import Foundation

/// What a folder (or table) of pictures was understood to be, and everything that is wrong with it, at once.
public struct PictureCheck: Sendable {
  /// How many pictures a class has in each part.
  public struct ClassCount: Sendable, Hashable {
    /// The class.
    public let name: String
    /// Labelled pictures to train on.
    public let training: Int
    /// Pictures that validate choices.
    public let validation: Int
    /// Pictures that are only measured on.
    public let test: Int
  }

  /// Pictures that are the same in all their bytes, or in all their pixels.
  public struct Duplicate: Sendable, Hashable {
    /// Two or more files.
    public let paths: [String]
    /// Whether some are trained on and others measured on, which flatters every figure.
    public let crossesParts: Bool
    /// Whether they stand under different classes.
    public let crossesClasses: Bool
  }

  /// In the order of the names.
  public let classes: [ClassCount]
  /// Training pictures without a label.
  public let unlabelledCount: Int
  /// How the folder was read, as a clause.
  public let layout: String
  /// Where the test part comes from, as a clause.
  public let testOrigin: String
  /// Heights and widths of the pictures that could be read, the commonest first.
  public let sizes: [(size: ImageSize, count: Int)]
  /// Pictures that cannot be read, and why.
  public let unreadable: [DatasetError]
  /// Files that no picture comes from.
  public let leftOut: [LeftOutFile]
  /// Those that matter first: across parts, then across classes.
  public let duplicates: [Duplicate]
  /// What keeps a classifier from being trained.
  public let problems: [String]
  /// What is allowed and yet likely not meant.
  public let warnings: [String]

  /// Whether `train` would refuse the folder as it is.
  public var isSound: Bool { problems.isEmpty && unreadable.isEmpty }

  /// Opens every picture.
  /// - Parameter progress: Called on this thread.
  /// - Throws: ``DatasetError`` for a folder that cannot be read or holds no pictures.
  public init(
    _ path: String, options: ImageFolder.Options = .init(), progress: DecodingProgress = { _, _ in }
  ) throws {
    try options.check()
    let list = try PictureList(path, options: options)
    let parts = [list.train, list.validation ?? [], list.test ?? []]
    let all = parts.flatMap(\.self)
    let looks = PictureLook.all(at: all.map(\.path), progress: progress)
    func count(_ part: [Picture], _ label: Int) -> Int { part.count { $0.label == label } }
    classes = list.classNames.enumerated().map { label, name in
      ClassCount(
        name: name, training: count(parts[0], label), validation: count(parts[1], label), test: count(parts[2], label))
    }
    unlabelledCount = count(parts[0], Dataset.unlabelled)
    (layout, testOrigin, leftOut) = (list.layout, list.testOrigin, list.leftOut)
    unreadable = looks.compactMap(\.failure)
    sizes = Dictionary(grouping: looks.compactMap(\.size)) { $0 }
      .map { (size: $0.key, count: $0.value.count) }
      .sorted { ($1.count, $0.size.height, $0.size.width) < ($0.count, $1.size.height, $1.size.width) }
    let partOf = parts.enumerated().flatMap { part, pictures in pictures.map { _ in part } }
    duplicates = Self.duplicates(looks, all, partOf)
    problems =
      list.problems
      + (list.classNames.count == 1 ? ["there is only one class, '\(list.classNames[0])': a classifier needs two"] : [])
    warnings = Self.warnings(classes, unlabelledCount, hasTest: list.test != nil)
  }

  private static func duplicates(_ looks: [PictureLook], _ pictures: [Picture], _ partOf: [Int]) -> [Duplicate] {
    let groups = Dictionary(grouping: looks.indices.filter { looks[$0].pixels != nil }) { looks[$0].pixels }
    return groups.values.filter { $0.count > 1 }.map { places in
      let labels = Set(places.map { pictures[$0].label }).subtracting([Dataset.unlabelled])
      return Duplicate(
        paths: places.map { pictures[$0].path }, crossesParts: Set(places.map { partOf[$0] }).count > 1,
        crossesClasses: labels.count > 1)
    }.sorted { one, other in
      func rank(_ duplicate: Duplicate) -> Int { duplicate.crossesParts ? 0 : duplicate.crossesClasses ? 1 : 2 }
      return (rank(one), one.paths[0]) < (rank(other), other.paths[0])
    }
  }

  private static func warnings(_ classes: [ClassCount], _ unlabelled: Int, hasTest: Bool) -> [String] {
    var warnings: [String] = []
    for entry in classes where entry.training < 5 {
      warnings.append(
        "class \(entry.name) has only \(entry.training) labelled picture\(entry.training == 1 ? "" : "s") to train on")
    }
    if hasTest {
      for entry in classes where entry.test < 10 {
        warnings.append(
          "class \(entry.name) has only \(entry.test) test picture\(entry.test == 1 ? "" : "s"): its accuracy says little"
        )
      }
    }
    if let most = classes.map(\.training).max(), let least = classes.map(\.training).min(), most > 3 * max(1, least) {
      warnings.append(
        "the classes are unequal, \(least) to \(most) pictures: look at the balanced accuracy, and consider "
          + "dataset.balancesClasses=true")
    }
    if !classes.isEmpty, unlabelled == 0 {
      warnings.append("no unlabelled pictures: put further ones into unlabelled/, and sparring can learn from them")
    }
    return warnings
  }
}

/// What looking at one picture tells.
private struct PictureLook {
  var size: ImageSize?
  /// A digest of the decoded pixels: the same for the same picture under another name or format without loss.
  var pixels: String?
  var failure: DatasetError?

  init(_ path: String) {
    do {
      let picture = try ImageFile.decode(path, covering: ImageSize(64))
      size = try ImageFile.storedSize(path) ?? ImageSize(height: picture.height, width: picture.width)
      pixels = SHA256.hash(data: Data("\(picture.height)x\(picture.width)".utf8 + picture.bytes)).hexadecimal
    } catch {
      failure = error
    }
  }

  /// On all cores, in the order of the paths.
  static func all(at paths: [String], progress: DecodingProgress) -> [PictureLook] {
    var looks: [PictureLook] = []
    let partSize = max(64, 16 * ProcessInfo.processInfo.activeProcessorCount)
    for start in stride(from: 0, to: paths.count, by: partSize) {
      let part = Array(paths[start..<min(start + partSize, paths.count)])
      looks += [PictureLook](unsafeUninitializedCapacity: part.count) { buffer, count in
        let places = Places(buffer: buffer)
        DispatchQueue.concurrentPerform(iterations: part.count) { places.fill($0, from: part[$0]) }
        count = part.count
      }
      progress(looks.count, paths.count)
    }
    return looks
  }

  /// - Invariant: each place is filled once, by one thread, within the scope of the buffer.
  private struct Places: @unchecked Sendable {
    let buffer: UnsafeMutableBufferPointer<PictureLook>
    func fill(_ place: Int, from path: String) { buffer.initializeElement(at: place, to: PictureLook(path)) }
  }
}
