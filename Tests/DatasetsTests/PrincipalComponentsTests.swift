import Foundation
import SparringDatasets
import SparringTorch
import Testing

@Suite("Principal components")
struct PrincipalComponentsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Around (3, −1): four points ±2 along (0.6, 0.8) and ±1 across it.
  private func cross() throws -> Tensor {
    let points: [[Float]] = [[4.2, 0.6], [1.8, -2.6], [2.2, -0.4], [3.8, -1.6]]
    return try Tensor(points.flatMap(\.self), shape: [4, 2])
  }

  @Test func theLongestDirectionComesFirst() throws {
    let components = try PrincipalComponents(of: cross(), count: 2)
    #expect(try components.center.array(of: Float.self).elementsEqual([3, -1]) { abs($0 - $1) < 1e-6 })
    let shares = try components(cross()).array(of: Float.self).map(abs)
    #expect(shares.elementsEqual([2, 0, 2, 0, 0, 1, 0, 1]) { abs($0 - $1) < 1e-5 }, "\(shares)")
    let first = try PrincipalComponents(of: cross(), count: 1)
    #expect(first.directions.shape == [2, 1])
    #expect(try first.directions.array(of: Float.self).map(abs).elementsEqual([0.6, 0.8]) { abs($0 - $1) < 1e-6 })
  }

  @Test func aFileGivesTheSameShares() throws {
    let path = folder.path + "/v.components.safetensors"
    let components = try PrincipalComponents(of: cross(), count: 1)
    try components.write(to: path)
    #expect(try PrincipalComponents(contentsOf: path)(cross()).bytes() == components(cross()).bytes())
    try Safetensors.write(["center": .zeros([2])], to: URL(fileURLWithPath: path))
    #expect(throws: DatasetError.self) { try PrincipalComponents(contentsOf: path) }
    #expect(throws: DatasetError.self) { try PrincipalComponents(contentsOf: folder.path + "/none.safetensors") }
  }

  @Test func vectorsOfAnotherWidthAreRefused() throws {
    let components = try PrincipalComponents(of: cross(), count: 1)
    #expect(message { _ = try components(Tensor.zeros([3, 4])) }.contains("vectors of 2 numbers"))
    #expect(message { try PrincipalComponents.check(3, rows: 100, width: 20_000) }.contains("at most 16384"))
  }

  /// Three differences span three directions at most.
  @Test(arguments: [0, 3, 4]) func countsOutOfRangeAreRefused(count: Int) throws {
    #expect(throws: DatasetError.self) { try PrincipalComponents(of: cross(), count: count) }
  }
}

@Suite("Writing files of examples")
struct ExampleFileWritingTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func part(_ numbers: [Float], _ labels: [Int]) throws -> ExampleFile.Part {
    try ExampleFile.Part(examples: Tensor(numbers, shape: [labels.count, 2]), labels: Tensor(indices: labels))
  }

  private var plain: ExampleFile.Options {
    var options = ExampleFile.Options()
    (options.scaling, options.heldOutFraction) = (.none, 0)
    return options
  }

  @Test(arguments: ["npy", "safetensors"]) func whatIsWrittenIsReadBack(ending: String) throws {
    let path = folder.path + "/vectors.\(ending)"
    // A label that nobody knows stays unknown.
    let files = try ExampleFile.write(
      train: part([1, 2, 3, 4, 5, 6], [0, 1, -1]), test: part([7, 8], [1]), to: path)
    #expect(files.count == (ending == "npy" ? 4 : 1))
    let read = try ExampleFile.load(path, options: plain)
    #expect(try read.train.examples.array(of: Float.self) == [1, 2, 3, 4, 5, 6])
    #expect(try read.train.labels.integers() == [0, 1, -1])
    #expect(try read.test?.examples.array(of: Float.self) == [7, 8] && read.test?.labels.integers() == [1])
    // The same again replaces the files.
    try ExampleFile.write(train: part([1, 2, 3, 4], [0, 1]), test: part([9, 8], [0]), to: path)
    #expect(try ExampleFile.load(path, options: plain).test?.examples.array(of: Float.self) == [9, 8])
  }

  @Test func aFileThatWouldBeReadAsAPartIsNamed() throws {
    try folder.write([0], to: "v_test.npy")
    let path = folder.path + "/v.npy"
    #expect(message { try ExampleFile.checkPlace(path, withTest: false) }.contains("v_test.npy would be read"))
    // One's own is looked for first.
    try ExampleFile.write(train: part([1, 2], [0]), test: part([7, 8], [0]), to: path)
    #expect(try ExampleFile.load(path, options: plain).test?.examples.array(of: Float.self) == [7, 8])
    // Of `train.npy`, too.
    let train = folder.path + "/train.npy"
    let files = try ExampleFile.write(train: part([1, 2], [0]), test: part([5, 6], [0]), to: train)
    #expect(files == ExampleFile.targets(train, withTest: true) && files == ExampleFile.sources(train))
    #expect(message { try ExampleFile.checkPlace(folder.path + "/v.csv", withTest: false) }.contains(".npy or"))
    #expect(
      message { try ExampleFile.checkPlace(folder.path + "/no/v.npy", withTest: false) }.contains("is the folder"))
  }
}
