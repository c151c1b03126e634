import Foundation
import SparringTorch
import Testing

@testable import SparringDatasets

@Suite("Files of examples")
struct ExampleFileTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func load(_ path: String, _ options: ExampleFile.Options = .init()) throws -> DatasetParts {
    var all = DatasetOptions()
    all.file = options
    return try DatasetParts(of: path, options: all)
  }

  /// `count` rows `[row, -row]`, their classes in turn.
  private func writeRows(_ name: String, count: Int, labels: [Int64]? = nil) throws -> String {
    let rows = (0..<count).flatMap { [Float($0), -Float($0)] }
    if let labels { try folder.write(NPYWriter.labels(labels), to: name + ".labels.npy") }
    return try folder.write(NPYWriter.floats(rows, "(\(count), 2)"), to: name + ".npy")
  }

  /// Which rows of ``writeRows(_:count:labels:)`` a part holds.
  private func rows(_ dataset: Dataset?) throws -> [Int] {
    guard let dataset else { return [] }
    let raw = try dataset.scaling.unscaled(dataset.examples).array(of: Float.self)
    return stride(from: 0, to: raw.count, by: 2).map { Int(raw[$0].rounded()) }
  }

  @Test func labelsOfSomeRowsMakeAFewLabelsSet() throws {
    let labels: [Int64] = (0..<40).map { $0 < 20 ? $0 % 2 : -1 }
    let parts = try load(writeRows("points", count: 40, labels: labels))
    let (train, test) = (parts.train, try #require(parts.test))
    #expect(train.name == "points" && train.shape == .vector(features: 2) && train.classNames == ["0", "1"])
    #expect(parts.facts.counts == .init(training: 36, labelled: 16, test: 4))
    #expect(try test.classCounts() == [2, 2])
    #expect(Set(try rows(train) + rows(test)) == Set(0..<40) && train.count + test.count == 40)
    for (row, label) in zip(try rows(train), try train.labels.integers()) { #expect(label == labels[row]) }
    let again = try load(folder.path + "/points.npy")
    #expect(try rows(again.test) == rows(test), "the same seed holds out the same rows")
    let other = try load(folder.path + "/points.npy", .init(seed: 5))
    #expect(try rows(other.test) != rows(test))
    let split = try LabelledSplit.balanced(train, labelCount: 4, seed: 1)
    #expect(split.labelled.count == 4 && split.unlabelled.count == 36)
    let batch = try SemiSupervisedSource(
      dataset: train, split: split, labelledBatchSize: 4, unlabelledBatchSize: 8, seed: 1
    ).next()
    #expect(batch.labelled.images.shape == [4, 2] && batch.unlabelled.shape == [8, 2])
  }

  @Test func aTestFileIsUsedWhereThereIsOne() throws {
    for (name, test) in [
      ("a", "a-test"), ("constraint", "constraint-test"), ("b", "b.test"), ("c_train", "c_test"), ("X_TRAIN", "X_TEST"),
      ("train", "test"),
    ] {
      let path = try writeRows(name, count: 4, labels: [0, 1, 0, 1])
      _ = try writeRows(test, count: 3, labels: [1, -1, 0])
      let parts = try load(path)
      #expect(parts.train.count == 4, "\(name)")
      #expect(try parts.test?.labels.integers() == [1, 0], "a row without a label measures nothing")
      #expect(try rows(parts.test) == [0, 2])
      #expect(try Dataset.load(path, split: .test).count == 2)
    }
    // The training part alone says what the numbers mean.
    let path = try writeRows("s", count: 5, labels: [0, 1, 0, 1, 0])
    _ = try writeRows("s-test", count: 9, labels: [0, 1, 0, 1, 0, 1, 0, 1, 0])
    let parts = try load(path)
    #expect(parts.train.scaling == parts.test?.scaling)
    #expect(try parts.train.examples.maximum().item() == 1 && parts.test?.examples.maximum().item() == 2)
  }

  @Test func labelsMayLieBesideTheFileUnderSeveralNames() throws {
    for (examples, labels) in [
      ("p.npy", "p.labels.npy"), ("q.npy", "q-labels.npy"), ("r.npy", "r_labels.npy"), ("X_train.npy", "y_train.npy"),
      ("x.npy", "y.npy"),
    ] {
      try folder.write(NPYWriter.floats([1, 2, 3, 4], "(4, 1)"), to: examples)
      try folder.write(NPYWriter.labels([0, 0, 1, 1]), to: labels)
      #expect(try load(folder.path + "/" + examples).train.classNames == ["0", "1"], "\(labels)")
    }
    try folder.write(NPYWriter.floats([1, 2, 3, 4], "(4, 1)"), to: "alone.npy")
    let alone = try load(folder.path + "/alone.npy")
    #expect(alone.train.classNames.isEmpty && alone.train.labelledCount == 0)
  }

  @Test func safetensorsNameTheirParts() throws {
    let path = folder.path + "/all.safetensors"
    let (x, y) = (try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2]), try Tensor(indices: [0, 1, -1]))
    for (examples, labels) in [("examples", "labels"), ("x", "y"), ("train_x", "train_y"), ("X_train", "y_train")] {
      try Safetensors.write([examples: x, labels: y, "other": x], to: URL(fileURLWithPath: path))
      let parts = try load(path, .init(heldOutFraction: 0))
      #expect(try parts.train.labels.integers() == [0, 1, -1] && parts.test == nil, "\(examples)")
    }
    try Safetensors.write(
      ["train_examples": x, "train_labels": y, "test_examples": x, "test_labels": y], to: URL(fileURLWithPath: path))
    #expect(try load(path).test?.labels.integers() == [0, 1])
    try Safetensors.write(["weights": x], to: URL(fileURLWithPath: path))
    #expect(message { _ = try load(path) }.contains("holds weights, but none is called 'examples'"))
    try folder.write([1, 2, 3], to: "all.safetensors")
    #expect(message { _ = try load(path) }.contains("all.safetensors"))
  }

  @Test func wordsAreClasses() throws {
    let path = try folder.write(
      Array("a,b,label\n1,2,dog\n1,3,cat\n0,2,\n4,4,dog\n5,5,cat\n".utf8), to: "animals.csv")
    let parts = try load(path)
    #expect(parts.train.classNames == ["cat", "dog"] && parts.facts.featureNames == ["a", "b"])
    #expect(parts.facts.counts == .init(training: 3, labelled: 2, test: 2))
    try folder.write(Array("b,a,label\n1,2,bird\n".utf8), to: "animals-test.csv")
    #expect(message { _ = try load(path) }.contains("animals-test.csv, line 2: the class 'bird' is not in"))
    try folder.write(Array("b,a,label\n3,1,dog\n".utf8), to: "animals-test.csv")
    let turned = try load(path)
    let raw = try #require(turned.test.map { try $0.scaling.unscaled($0.examples).array(of: Float.self) })
    #expect(raw.map { $0.rounded() } == [1, 3], "columns are found by name")
    let numbers = try ClassList(["10", "9", "1.0", nil, "9.0"], source: "x")
    #expect(numbers.names == ["1", "9", "10"] && numbers.index(of: "9") == 1 && numbers.index(of: "2") == nil)
    #expect(message { _ = try ClassList(["1.5", "2"], source: "x.csv") }.contains("x.csv: labels such as 1.5"))
    #expect(message { _ = try ClassList(["0", "1", "nan"], source: "x.csv") }.contains("labels such as nan"))
  }

  @Test func bytesInTheShapeOfPicturesArePictures() throws {
    let bytes = (0..<48).map { UInt8($0) }
    func shape(_ shape: String) throws -> ExampleShape {
      try load(folder.write(NPYWriter.file("|u1", shape, bytes), to: "i.npy"), .init(heldOutFraction: 0)).facts.shape
    }
    #expect(try shape("(4, 3, 4)") == .image(channels: 1, height: 3, width: 4))
    #expect(try shape("(2, 3, 2, 4)") == .image(channels: 3, height: 2, width: 4))
    #expect(try shape("(2, 2, 4, 3)") == .image(channels: 3, height: 2, width: 4))
    #expect(try shape("(4, 12)") == .vector(features: 12))
    let last = try load(folder.path + "/i.npy", .init(heldOutFraction: 0))
    #expect(last.train.scaling.kind == .range)
    try folder.write(NPYWriter.file("|u1", "(2, 2, 4, 3)", bytes), to: "i.npy")
    let images = try load(folder.path + "/i.npy", .init(heldOutFraction: 0)).train
    #expect(try images.examples[1, 2, 0, 1].item() == 24 + 3 + 2, "channels come first now")
    #expect(message { _ = try shape("(4, 3, 4, 1)") }.contains("may be [N, C, H, W] or [N, H, W, C]"))
    #expect(message { _ = try shape("(3, 2, 4, 2)") }.contains("1 or 3 channels"))
    #expect(message { _ = try shape("(48,)") }.contains("shape [48]"))
    let floats = NPYWriter.floats([1, 2, 3, 4, 5, 6, 7, 8], "(2, 2, 2)")
    #expect(message { _ = try load(folder.write(floats, to: "f.npy")) }.contains("pictures are bytes (uint8)"))
  }

  @Test func whatDoesNotFitIsNamed() throws {
    let path = try writeRows("p", count: 4, labels: [0, 1, 2])
    #expect(message { _ = try load(path) }.contains("p.labels.npy has the shape [3], but 4 examples need 4 labels"))
    try folder.write(NPYWriter.labels([0, 1, -2, 0]), to: "p.labels.npy")
    #expect(message { _ = try load(path) }.contains("p.labels.npy, row 2: the label -2.0"))
    try folder.write(NPYWriter.labels([0, 1, 1, 1]), to: "p.labels.npy")
    let lonely = message { _ = try load(path) }
    #expect(lonely.contains("only 1 row of class '0' (row 0)") && lonely.contains("heldOutFraction=0"))
    try folder.write(NPYWriter.floats([1, 2, .nan, 4], "(2, 2)"), to: "n.npy")
    #expect(message { _ = try load(folder.path + "/n.npy") }.contains("n.npy, row 1, feature 0 is nan"))
    try folder.write(NPYWriter.floats([1, .infinity], "(1, 2)"), to: "n.npy")
    #expect(message { _ = try load(folder.path + "/n.npy") }.contains("row 0, feature 1 is inf"))
    try folder.write(NPYWriter.floats([], "(0, 2)"), to: "n.npy")
    #expect(message { _ = try load(folder.path + "/n.npy") }.contains("holds no examples"))
    try folder.write(NPYWriter.labels([0, 1, 0, 1]), to: "p.labels.npy")
    try folder.write(NPYWriter.floats([1, 2, 3], "(1, 3)"), to: "p-test.npy")
    #expect(message { _ = try load(path) }.contains("vectors of 3 features, but"))
    _ = try writeRows("p-test", count: 2)
    #expect(message { _ = try load(path) }.contains("p-test.npy has no row with a label"))
    #expect(message { _ = try load(folder.path + "/none.npy") }.contains("none.npy does not exist"))
    try folder.write([1], to: "x.npz")
    #expect(message { _ = try load(folder.path + "/x.npz") }.contains("no file of examples"))
    #expect(message { _ = try load(path, .init(heldOutFraction: 1)) }.contains("dataset.file.heldOutFraction is 1.0"))
  }

  @Test func aRunsFileOfExamplesIsScaledAsInTraining() throws {
    let facts = try load(writeRows("t", count: 5, labels: [0, 1, 0, 1, 0]), .init(heldOutFraction: 0)).facts
    let other = try writeRows("u", count: 9)
    let examples = try ExampleFile.examples(in: other, for: facts)
    #expect(try examples.array(of: Float.self).prefix(4) == [0, 0, 0.25, -0.25])
    try folder.write(NPYWriter.floats([1, 2, 3], "(1, 3)"), to: "v.npy")
    #expect(
      message { _ = try ExampleFile.examples(in: folder.path + "/v.npy", for: facts) }.contains(
        "takes vectors of 2 features"))
    let table = try folder.write(Array("1,2\n3,4\n".utf8), to: "w.csv")
    #expect(try ExampleFile.examples(in: table, for: facts).shape == [2, 2])
  }
}

@Suite("Scaling")
struct ScalingTests {
  private let numbers: Tensor

  init() throws {
    numbers = try Tensor([0, 100, 5, 4, 300, 5, 2, 200, 5] as [Float], shape: [3, 3])
  }

  private func scaled(_ choice: ScalingChoice) throws -> [Float] {
    let scaling = try Scaling.measured(choice, on: numbers)
    let result = try scaling.scaled(numbers)
    let back = try scaling.unscaled(result).array(of: Float.self)
    for (before, after) in zip(try numbers.array(of: Float.self), back) { #expect(abs(before - after) < 1e-4) }
    return try result.array(of: Float.self)
  }

  @Test func everyChoiceDoesWhatItSays() throws {
    #expect(try scaled(.none) == [0, 100, 5, 4, 300, 5, 2, 200, 5])
    #expect(try scaled(.featureRange) == [-1, -1, 0, 1, 1, 0, 0, 0, 0])
    let shared = try scaled(.range)
    #expect(shared[0] == -1 && shared[4] == 1 && abs(shared[3] - (4 / 150 - 1)) < 1e-6)
    let standard = try scaled(.standard)
    let deviation = Float((8.0 / 3).squareRoot())
    #expect(abs(standard[0] + 2 / deviation) < 1e-6 && standard[2] == 0 && standard[7] == 0)
    // Variances of 8/3, 20,000/3 and 0: their mean is 2,223.1.
    let together = try scaled(.sharedStandard)
    #expect(abs(together[1] + 2.120_896) < 1e-5 && abs(together[3] - 0.042_418) < 1e-6 && together[2] == 0)
    #expect(try scaled(.auto) == scaled(.featureRange), "spans of 4 and 200 are not alike")
    let alike = try Scaling.measured(.auto, on: Tensor([0, 1, 5, 9] as [Float], shape: [2, 2]))
    #expect(alike.kind == .range && alike.range == -1...1)
    #expect(try scaled(.autoStandard) == scaled(.standard))
    #expect(
      try Scaling.measured(.autoStandard, on: Tensor([0, 1, 5, 9] as [Float], shape: [2, 2])).kind == .sharedStandard)
    #expect(try Scaling.measured(.standard, on: numbers).range == nil)
    #expect(try Scaling.measured(.sharedStandard, on: numbers).range == nil)
  }

  @Test func aFeatureThatDoesNotChangeBecomesZero() throws {
    let constant = try Tensor([0.1, 0.1, 0.1] as [Double], shape: [3, 1])
    for choice in ScalingChoice.allCases where choice != .none {
      #expect(try Scaling.measured(choice, on: constant).scaled(constant).array(of: Float.self) == [0, 0, 0])
    }
  }

  /// Times in seconds since 1970 differ in digits that single precision lacks.
  @Test func largeNumbersKeepTheirDifferences() throws {
    let times = try Tensor([1.7e9, 1.7e9 + 1, 1.7e9 + 2] as [Double], shape: [3, 1])
    #expect(try Scaling.measured(.auto, on: times).scaled(times).array(of: Float.self) == [-1, 0, 1])
  }
}
