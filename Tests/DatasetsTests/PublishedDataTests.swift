import SparringTorch
import Testing

@testable import SparringDatasets

@Suite("Published data sets, where this machine has them")
struct PublishedDataTests {
  @Test func mnistBeginsWithItsWellKnownDigits() throws {
    guard let train = try publishedDataset("mnist", .train), let test = try publishedDataset("mnist", .test) else {
      return
    }
    #expect(train.examples.shape == [60_000, 1, 28, 28])
    #expect(test.examples.shape == [10_000, 1, 28, 28])
    #expect(try train.labels.narrowed(0..<5).integers() == [5, 0, 4, 1, 9])
    #expect(try test.labels.narrowed(0..<5).integers() == [7, 2, 1, 0, 4])
    #expect(try train.classCounts() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    // The published mean pixel, 0.1307 of the range.
    #expect(abs(try train.examples.to(.float32).mean().item() / 255 - 0.1307) < 1e-4)
  }

  /// Fashion-MNIST's files are called as MNIST's are; another data set's are nothing to throw away.
  @Test func anotherDataSetsFileIsNamedAsThat() throws {
    guard let folder = SearchPath.standard.find(.mnist) else {
      print("skipped: MNIST is not here")
      return
    }
    let file = KnownDataset.fashionMNIST.files[1]
    let path = try #require(KnownDataset.mnist.path(of: file.name, in: folder))
    #expect(
      message { try Verification(memory: "/nowhere/at/all").check(file, at: path, of: .fashionMNIST) }
        == "\(path) belongs to MNIST, not to Fashion-MNIST: keep each in a folder of its own (mnist, fashion-mnist), "
        + "or type ./sparring data fetch fashion-mnist")
  }

  @Test func cifar10BeginsWithAFrog() throws {
    guard let train = try publishedDataset("cifar10", .train), let test = try publishedDataset("cifar10", .test) else {
      return
    }
    #expect(train.examples.shape == [50_000, 3, 32, 32])
    #expect(test.examples.shape == [10_000, 3, 32, 32])
    #expect(try train.labels.narrowed(0..<5).integers() == [6, 9, 9, 4, 1])
    #expect(try test.labels.narrowed(0..<5).integers() == [3, 8, 8, 0, 6])
    #expect(train.classNames[6] == "frog")
    #expect(try train.classCounts() == [Int](repeating: 5000, count: 10))
    // The frog's first red pixel, its first green one, and the published channel means.
    #expect(try train.examples[0, 0, 0, 0].item() == 59)
    #expect(try train.examples[0, 1, 0, 0].item() == 62)
    let means = try train.examples.to(.float32).mean(0, 2, 3).array(of: Float.self).map { $0 / 255 }
    for (mean, published) in zip(means, [0.4914, 0.4822, 0.4465] as [Float]) { #expect(abs(mean - published) < 1e-3) }
  }
}
