/// The classes that labels name between them, in order: whole numbers by size, words by their bytes.
struct ClassList {
  let names: [String]
  private let indices: [String: Int]
  private let areWholeNumbers: Bool
  /// Whether -1 stands for none, as in `.npy` files: beside classes from 0 on.
  private let hasNone: Bool

  /// - Parameter source: What to call the file in messages.
  /// - Throws: ``DatasetError`` for numbers that are not whole, which are measurements and no classes, and for -1, 0 and 1,
  ///   of which -1 may be a class or stand for none.
  init(_ labels: [String?], source: String) throws(DatasetError) {
    let found = Set(labels.compactMap(\.self))
    let numbers = found.compactMap(Self.wholeNumber)
    areWholeNumbers = numbers.count == found.count
    if !areWholeNumbers, let odd = found.sorted().first(where: { Self.wholeNumber($0) == nil }),
      found.allSatisfy({ Double($0) != nil })
    {
      throw DatasetError(
        "\(source): labels such as \(odd) are no whole numbers, so they are not classes; use whole numbers or words, and "
          + "leave a label empty where there is none")
    }
    let classes = Set(numbers)
    if areWholeNumbers, classes == [-1, 0, 1] || classes == [-1, 0] {
      throw DatasetError(
        "\(source): of the labels \(classes.sorted().map(String.init).joined(separator: ", ")), -1 may be a class or stand "
          + "for none: use words for classes, or leave a label empty where there is none")
    }
    // -1 and 1 are the two classes of many a table; beside others, -1 is what semi-supervised tools write for none.
    let others = classes.subtracting([-1])
    hasNone = areWholeNumbers && others.allSatisfy { $0 >= 0 } && classes != [-1, 1]
    names =
      areWholeNumbers
      ? (hasNone ? others : classes).sorted().map(String.init)
      : found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    indices = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
  }

  /// Whether a label stands for none.
  func isNone(_ label: String) -> Bool { hasNone && Self.wholeNumber(label) == -1 }

  /// nil for a class that is not among them. `3` and `3.0` are the same: tables with gaps turn one into the other.
  func index(of label: String) -> Int? {
    guard areWholeNumbers else { return indices[label] }
    return Self.wholeNumber(label).flatMap { indices["\($0)"] }
  }

  private static func wholeNumber(_ label: String) -> Int? {
    guard let value = Double(label), value == value.rounded(), value.magnitude < 0x1p53 else { return nil }
    return Int(value)
  }
}
