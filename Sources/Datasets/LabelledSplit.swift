import Foundation
public import SparringTorch

/// Which training images have their labels shown, which validate choices, and which are seen without
/// labels: drawn from a seed, saved with a hash so that a result can name its split.
///
/// `unlabelled` holds every training image outside `validation`, the labelled ones included: their
/// pixels are known too, so a generator may learn from them.
public struct LabelledSplit: Hashable, Sendable {
  /// Where validation images come from.
  public enum Validation: Hashable, Sendable {
    case none
    /// This many of the labelled images, drawn as those are: no label beyond the budget is used.
    case fromLabelled(Int)
    /// This many further training images, drawn as the labelled ones are. Their labels come on top of the budget, so a
    /// figure that rests on them has to say so.
    case heldOut(Int)
  }

  /// How many of the labelled images each class gets.
  public enum Frequencies: String, NamedChoice {
    /// Equally many; where the count does not divide, the first classes get one more, and a class that has too few gives
    /// all it has.
    case balanced
    /// As frequent as it is in the data, rounded by the largest remainder; at least one where there are enough labels.
    case natural
  }

  /// What the split was drawn from.
  public let seed: UInt64
  /// Indices into the training images, ascending.
  public let labelled: [Int]
  /// Held out from training, ascending.
  public let validation: [Int]
  /// Seen without labels, ascending.
  public let unlabelled: [Int]
  /// SHA-256 over the seed and the three lists, in hexadecimal.
  public let hash: String

  private init(seed: UInt64, labelled: [Int], validation: [Int], unlabelled: [Int]) {
    (self.seed, self.labelled) = (seed, labelled)
    (self.validation, self.unlabelled) = (validation, unlabelled)
    hash = Self.hash(seed, labelled, validation, unlabelled)
  }

  /// Draws a split.
  ///
  /// - Parameters:
  ///   - frequencies: How many of the labelled images each class gets.
  ///   - labels: The class of each training image; negative where it is not known.
  ///   - labelCount: Labelled images in all, those carved out for validation included; nil keeps
  ///     every label there is (no balance is then asked for).
  ///   - classNames: For messages; nil takes numbers.
  /// - Throws: ``DatasetError`` when there are fewer labelled images than asked for, or some class would have none.
  public static func drawn(
    _ frequencies: Frequencies = .balanced, labels: [Int], labelCount: Int?, classCount: Int,
    classNames: [String]? = nil, seed: UInt64,
    validation: Validation = .none
  ) throws -> LabelledSplit {
    var pools = try shuffledClasses(labels: labels, classCount: classCount, seed: seed)
    var (labelled, held): ([Int], [Int])
    let (carved, further): (Int, Int) =
      switch validation {
      case .none: (0, 0)
      case .fromLabelled(let count): (count, 0)
      case .heldOut(let count): (0, count)
      }
    held = try draw(further, "held-out examples", from: &pools, frequencies)
    if let labelCount {
      guard carved == 0 || carved < labelCount else {
        throw DatasetError("\(carved) of \(labelCount) labels cannot validate: some must be left to train on")
      }
      held += try draw(carved, "validation examples", from: &pools, frequencies)
      labelled = try draw(labelCount - carved, "labels", from: &pools, frequencies, leastOne: true)
    } else {
      held += try draw(carved, "validation examples", from: &pools, frequencies)
      labelled = pools.flatMap(\.self)
    }
    guard !labelled.isEmpty else { throw DatasetError("0 labels: give at least one for each class") }
    let shown = Set(labelled.map { labels[$0] })
    if let bare = (0..<classCount).first(where: { !shown.contains($0) }) {
      throw DatasetError(
        "no label is left to train on for class \(classNames.map { $0[bare] } ?? "\(bare)"): ask for at least "
          + "\(classCount + carved) labels, hold fewer out, or give the class more examples")
    }
    let taken = Set(held)
    return LabelledSplit(
      seed: seed, labelled: labelled.sorted(), validation: held.sorted(),
      unlabelled: labels.indices.filter { !taken.contains($0) })
  }

  /// Draws a split with equally many labelled images of each class;
  /// see ``drawn(_:labels:labelCount:classCount:classNames:seed:validation:)``.
  public static func balanced(
    labels: [Int], labelCount: Int?, classCount: Int, classNames: [String]? = nil, seed: UInt64,
    validation: Validation = .none
  ) throws -> LabelledSplit {
    try drawn(
      .balanced, labels: labels, labelCount: labelCount, classCount: classCount, classNames: classNames, seed: seed,
      validation: validation)
  }

  /// Draws a split of a training set with equally many labelled images of each class.
  public static func balanced(
    _ dataset: Dataset, labelCount: Int?, seed: UInt64, validation: Validation = .none
  ) throws -> LabelledSplit {
    try drawn(.balanced, from: dataset, labelCount: labelCount, seed: seed, validation: validation)
  }

  /// Draws a split of a training set; see ``drawn(_:labels:labelCount:classCount:classNames:seed:validation:)``.
  public static func drawn(
    _ frequencies: Frequencies, from dataset: Dataset, labelCount: Int?, seed: UInt64, validation: Validation = .none
  ) throws -> LabelledSplit {
    guard dataset.classCount > 0 else {
      throw DatasetError("\(dataset.name) has no labels, and some are needed: \(advice(dataset))")
    }
    return try drawn(
      frequencies, labels: dataset.labels.integers(), labelCount: labelCount, classCount: dataset.classCount,
      classNames: dataset.classNames, seed: seed, validation: validation)
  }

  /// How labels are given.
  private static func advice(_ dataset: Dataset) -> String {
    guard !dataset.shape.isImage else { return "sort some pictures into a folder for each class" }
    return "whole numbers in a file NAME.labels.npy beside NAME.npy, a column 'label', 'class' or 'target' of a table "
      + "(dataset.file.labelColumn names another), or a tensor 'labels' of a .safetensors"
  }

  /// The indices of each class in random order.
  private static func shuffledClasses(labels: [Int], classCount: Int, seed: UInt64) throws -> [[Int]] {
    guard classCount > 0 else { throw DatasetError("the data set has no classes to draw labels from") }
    var pools = [[Int]](repeating: [], count: classCount)
    for (index, label) in labels.enumerated() where label >= 0 {
      guard label < classCount else {
        throw DatasetError("example \(index) has label \(label), but there are \(classCount) classes")
      }
      pools[label].append(index)
    }
    let generator = try RandomGenerator(seed: seed, purpose: "labelled split")
    return try pools.map { pool in
      try Tensor.permutation(pool.count, using: generator).integers().map { pool[$0] }
    }
  }

  /// - Parameter leastOne: Whether each class that has any gives one, where the count allows it.
  private static func draw(
    _ count: Int, _ what: String, from pools: inout [[Int]], _ frequencies: Frequencies, leastOne: Bool = false
  ) throws -> [Int] {
    let available = pools.reduce(0) { $0 + $1.count }
    guard count >= 0, count <= available else {
      throw DatasetError("\(count) \(what) are asked for, but only \(available) labelled examples are there")
    }
    let sizes = pools.map(\.count)
    let shares =
      switch frequencies {
      case .balanced: equalShares(of: count, among: sizes)
      case .natural: proportionalShares(of: count, among: sizes, leastOne: leastOne)
      }
    let drawn = zip(pools, shares).flatMap { $0.prefix($1) }
    for index in pools.indices { pools[index].removeFirst(shares[index]) }
    return drawn
  }

  /// Round by round, so that what a small class lacks is shared by the others.
  private static func equalShares(of count: Int, among sizes: [Int]) -> [Int] {
    var shares = [Int](repeating: 0, count: sizes.count)
    var left = count
    while left > 0 {
      let open = sizes.indices.filter { shares[$0] < sizes[$0] }
      let each = max(1, left / open.count)
      for index in open where left > 0 {
        let more = min(each, left, sizes[index] - shares[index])
        shares[index] += more
        left -= more
      }
    }
    return shares
  }

  /// The largest remainders are rounded up, the first of equals first.
  private static func proportionalShares(of count: Int, among sizes: [Int], leastOne: Bool) -> [Int] {
    let available = max(1, sizes.reduce(0, +))
    var shares = sizes.map { count * $0 / available }
    let remainders = sizes.map { count * $0 % available }
    let left = count - shares.reduce(0, +)
    for index in sizes.indices.sorted(by: { (remainders[$1], $0) < (remainders[$0], $1) }).prefix(left) {
      shares[index] += 1
    }
    guard leastOne, count >= sizes.filter({ $0 > 0 }).count else { return shares }
    for index in sizes.indices where sizes[index] > 0 && shares[index] == 0 {
      guard let largest = shares.indices.max(by: { (shares[$0], $1) < (shares[$1], $0) }) else { break }
      shares[largest] -= 1
      shares[index] = 1
    }
    return shares
  }

  private static func hash(_ seed: UInt64, _ lists: [Int]...) -> String {
    let text = "\(seed)\n" + lists.map { $0.map(String.init).joined(separator: ",") }.joined(separator: "\n")
    return SHA256.hash(data: Data(text.utf8)).hexadecimal
  }
}

extension LabelledSplit: Codable {
  private enum CodingKeys: String, CodingKey {
    case seed, hash, labelled, validation, unlabelled
  }

  /// - Throws: ``DatasetError`` when the indices do not give the hash.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      seed: try values.decode(UInt64.self, forKey: .seed), labelled: try values.decode([Int].self, forKey: .labelled),
      validation: try values.decode([Int].self, forKey: .validation),
      unlabelled: try values.decode([Int].self, forKey: .unlabelled))
    let saved = try values.decode(String.self, forKey: .hash)
    guard saved == hash else {
      throw DatasetError("the split's indices were changed: they hash to \(hash.prefix(12))…, not \(saved.prefix(12))…")
    }
  }

  /// Writes the split as JSON, atomically.
  public func save(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    do {
      try AtomicFile.write(encoder.encode(self), to: URL(fileURLWithPath: path))
    } catch {
      throw DatasetError("the split could not be written to \(path): \(error)")
    }
  }

  /// Reads a split that ``save(to:)`` wrote.
  /// - Throws: ``DatasetError`` when the file is missing, is no split, or its indices were changed.
  public init(contentsOf path: String) throws {
    if let complaint = ReadingLimits.complaint(aboutRecord: path) { throw DatasetError("\(path) \(complaint)") }
    let data = try FileReading.contents(path)
    do {
      self = try JSONDecoder().decode(LabelledSplit.self, from: data)
    } catch let error as DatasetError {
      throw DatasetError("\(path): \(error.message)")
    } catch {
      throw DatasetError("\(path) is no saved split (JSON with seed, hash, labelled, validation, unlabelled)")
    }
  }
}

extension Sequence<UInt8> {
  /// Two hexadecimal digits for each byte.
  var hexadecimal: String {
    map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
