import Foundation
import SparringTorch

/// The tables of a training and a test part on their way to data sets: one list of classes, one scaling.
struct ExampleParts {
  private let train: ExampleTable
  private let test: ExampleTable?
  private let options: ExampleFile.Options
  private let classes: ClassList

  /// - Throws: ``DatasetError`` when the parts do not fit each other.
  init(train: ExampleTable, test: ExampleTable?, options: ExampleFile.Options) throws(DatasetError) {
    if let test, test.shape != train.shape {
      throw DatasetError(
        "\(test.path) holds \(test.shape.plural) of \(test.shape), but \(train.path) holds \(train.shape.plural) of "
          + "\(train.shape)")
    }
    (self.train, self.test, self.options) = (train, test, options)
    classes = try ClassList(train.labels, source: train.path)
  }

  /// - Throws: ``DatasetError`` for a class that is only tested, and for a class too small to hold any out.
  func datasets() throws -> DatasetParts {
    let labels = try train.labels.map { try index(of: $0, in: train, row: 0) }
    if let test {
      let testLabels = try test.labels.enumerated().map { try index(of: $1, in: test, row: $0) }
      // Nothing can be measured on a row whose class nobody knows, where classes are what is measured.
      let measured = testLabels.indices.filter { classes.names.isEmpty || testLabels[$0] >= 0 }
      guard !measured.isEmpty else { throw DatasetError("\(test.path) has no row with a label to measure on") }
      let rows = measured.count == test.count ? test.examples : try test.examples.indexSelect(Tensor(indices: measured))
      return try parts(
        train: (train.examples, labels), test: (rows, measured.map { testLabels[$0] }))
    }
    guard options.heldOutFraction > 0 else { return try parts(train: (train.examples, labels), test: nil) }
    return try heldOut(labels)
  }

  private func heldOut(_ labels: [Int]) throws -> DatasetParts {
    let drawn = labels.indices.filter { classes.names.isEmpty || labels[$0] >= 0 }
    let places = try HeldOut.places(
      labels: drawn.map { labels[$0] }, fraction: options.heldOutFraction, seed: options.seed
    ) { label, place in
      let what =
        label < 0 ? "only 1 row" : "only 1 row of class '\(classes.names[label])' (\(train.rowName(drawn[place])))"
      return "\(train.path) holds \(what), and a test needs another: add a test file, or set "
        + "dataset.file.heldOutFraction=0 to go without"
    }
    let out = Set(places.map { drawn[$0] })
    let (kept, tested) = (labels.indices.filter { !out.contains($0) }, labels.indices.filter(out.contains))
    func rows(_ indices: [Int]) throws -> (Tensor, [Int]) {
      (try train.examples.indexSelect(Tensor(indices: indices)), indices.map { labels[$0] })
    }
    return try parts(train: rows(kept), test: rows(tested))
  }

  private func parts(train rows: (Tensor, [Int]), test: (Tensor, [Int])?) throws -> DatasetParts {
    let name = (URL(fileURLWithPath: train.path).lastPathComponent as NSString).deletingPathExtension
    if train.shape.isImage {
      func dataset(_ split: Dataset.Split, _ rows: (Tensor, [Int])) throws -> Dataset {
        try Dataset(
          name: name, split: split, images: rows.0, labels: Tensor(indices: rows.1), classNames: classes.names)
      }
      return DatasetParts(train: try dataset(.train, rows), test: try test.map { try dataset(.test, $0) })
    }
    let scaling = try Scaling.measured(options.scaling, on: rows.0)
    func dataset(_ split: Dataset.Split, _ rows: (Tensor, [Int])) throws -> Dataset {
      try Dataset(
        name: name, split: split, vectors: scaling.scaled(rows.0), labels: Tensor(indices: rows.1),
        classNames: classes.names, scaling: scaling, featureNames: train.featureNames)
    }
    return DatasetParts(train: try dataset(.train, rows), test: try test.map { try dataset(.test, $0) })
  }

  private func index(of label: String?, in table: ExampleTable, row: Int) throws(DatasetError) -> Int {
    guard let label, !classes.isNone(label) else { return Dataset.unlabelled }
    guard let index = classes.index(of: label) else {
      throw DatasetError("\(table.path), \(table.rowName(row)): the class '\(label)' is not in \(train.path)")
    }
    return index
  }
}
