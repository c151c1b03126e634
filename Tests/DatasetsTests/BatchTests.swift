import SparringDatasets
import Testing
import SparringTorch

@Suite("Batches")
struct BatchTests {
  @Test func pixelsBecomeNumbersFromMinusOneToOne() throws {
    let dataset = try Dataset(
      name: "grey", split: .train, images: Tensor([0, 51, 255] as [UInt8], shape: [3, 1, 1, 1]),
      labels: Tensor(indices: [0, 1, 0]), classNames: ["a", "b"])
    #expect(try dataset.batch(indices: [2, 0, 1]).array(of: Float.self) == [1, -1, -0.6])
    let batch = try dataset.labelledBatch(indices: Tensor(indices: [1, 2, 1]))
    #expect(try batch.labels.integers() == [1, 0, 1])
    #expect(batch.images.shape == [3, 1, 1, 1])
    #expect(throws: TorchError.self) { try dataset.batch(indices: [3]) }
  }

  @Test func evaluationKeepsTheOrderAndTheShortRest() throws {
    let dataset = try numbered(count: 7)
    var (sizes, labels): ([Int], [Int]) = ([], [])
    try dataset.forEachBatch(of: 3) { batch in
      sizes.append(batch.images.shape[0])
      labels += try batch.labels.integers()
    }
    #expect(sizes == [3, 3, 1])
    #expect(labels == [0, 1, 0, 1, 0, 1, 0])
  }

  @Test func anEpochOffersEveryImageOnce() throws {
    let sampler = try ShuffledSampler(indices: [10, 11, 12, 13, 14, 15], batchSize: 2, using: RandomGenerator(seed: 1))
    #expect(sampler.stepsPerEpoch == 3)
    var epochs: [[Int]] = []
    for epoch in 1...3 {
      var seen: [Int] = []
      for _ in 0..<3 { seen += try sampler.next().integers() }
      #expect(seen.sorted() == [10, 11, 12, 13, 14, 15])
      #expect(sampler.epoch == epoch)
      epochs.append(seen)
    }
    #expect(Set(epochs).count > 1, "each epoch has its own order")
  }

  @Test func aShortRestIsLeftOutOfTheEpoch() throws {
    let sampler = try ShuffledSampler(indices: Array(0..<5), batchSize: 2, using: RandomGenerator(seed: 1))
    #expect(sampler.stepsPerEpoch == 2)
    for _ in 0..<4 {
      let seen = try sampler.next().integers() + sampler.next().integers()
      #expect(Set(seen).count == 4)
    }
    #expect(sampler.epoch == 4)
  }

  @Test func aBatchLargerThanTheSetRepeatsEveryImageEquallyOften() throws {
    let sampler = try ShuffledSampler(indices: [1, 2, 3], batchSize: 4, using: RandomGenerator(seed: 2))
    #expect(sampler.stepsPerEpoch == 1)
    var counts: [Int: Int] = [:]
    for _ in 0..<3 { for index in try sampler.next().integers() { counts[index, default: 0] += 1 } }
    #expect(counts == [1: 4, 2: 4, 3: 4])
  }

  @Test(arguments: [2, 3, 4, 9]) func aRestoredSourceContinuesWithTheSameBatches(size: Int) throws {
    let dataset = try numbered(count: 7, size: 3, classes: 7)
    func source() throws -> SemiSupervisedSource {
      try SemiSupervisedSource(
        dataset: dataset, labelledIndices: [0, 2, 4], unlabelledIndices: Array(0..<7), labelledBatchSize: size,
        unlabelledBatchSize: size, seed: 5)
    }
    let original = try source()
    for _ in 0..<5 { _ = try original.next() }
    let saved = try original.state()
    let resumed = try source()
    try resumed.restore(saved)
    for _ in 0..<8 {
      let (expected, found) = (try original.next(), try resumed.next())
      #expect(try expected.labelled.labels.integers() == found.labelled.labels.integers())
      #expect(try expected.unlabelled.bytes() == found.unlabelled.bytes())
    }
    #expect(original.imagesPerBatch == 2 * size)
  }

  @Test func aStateOfOtherSettingsIsRefused() throws {
    let dataset = try numbered(count: 6)
    let saved = try UnlabelledSource(dataset: dataset, batchSize: 2, seed: 0).state()
    let other = try UnlabelledSource(dataset: dataset, batchSize: 3, seed: 0)
    #expect(message { try other.restore(saved) }.contains("6 examples in batches of 2"))
    #expect(message { try other.restore([:]) }.contains("incomplete"))
  }

  @Test func seedsAndSourcesDifferButRepeat() throws {
    let dataset = try numbered(count: 50, classes: 50)
    func first(_ seed: UInt64) throws -> [Int] {
      try LabelledSource(dataset: dataset, indices: Array(0..<50), batchSize: 50, seed: seed).next().labels.integers()
    }
    #expect(try first(1) == first(1))
    #expect(try first(1) != first(2))
  }

  @Test func sourcesRefuseWhatTheyCannotServe() throws {
    let dataset = try Dataset(
      name: "strangers", split: .train, images: Tensor.zeros([2, 1, 1, 1], dtype: .uint8), classNames: [])
    #expect(try dataset.labels.integers() == [-1, -1])
    #expect(
      message { _ = try LabelledSource(dataset: dataset, indices: [1], batchSize: 1, seed: 0) }
        == "image 1 of strangers has no label to train on")
    #expect(
      message { _ = try UnlabelledSource(dataset: dataset, indices: [], batchSize: 1, seed: 0) }.contains("no examples")
    )
    #expect(message { _ = try UnlabelledSource(dataset: dataset, batchSize: 0, seed: 0) }.contains("at least 1"))
  }

  @Test func aDatasetChecksItsParts() throws {
    let images = try Tensor.zeros([2, 3, 4, 4], dtype: .uint8)
    func make(_ images: Tensor, _ labels: [Int]) throws {
      _ = try Dataset(
        name: "x", split: .train, images: images, labels: Tensor(indices: labels), classNames: ["a", "b"])
    }
    #expect(message { try make(images, [0, 2]) } == "x: label 2 is not one of the 2 classes (0 to 1)")
    #expect(message { try make(images, [0, -2]) }.contains("label -2"))
    #expect(message { try make(images, [0]) }.contains("2 examples need int64 labels"))
    #expect(message { try make(images.to(.float32), [0, 1]) }.contains("must be uint8"))
  }

  /// Labelled batches of unequal classes: as they are, or every class equally often.
  @Test func classesAreBalancedWhereAsked() throws {
    let labels = [Int](repeating: 0, count: 8) + [1, 1] + [-1, -1]
    let dataset = try Dataset(
      name: "unequal", split: .train, images: .zeros([12, 1, 2, 2], dtype: .uint8), labels: Tensor(indices: labels),
      classNames: ["many", "few"])
    func drawn(_ balances: Bool) throws -> Int {
      let data = TrainingData(dataset, seed: 1, balancesClasses: balances)
      let source = try data.labelled(batchSize: 4)
      return try (0..<40).reduce(0) { sum, _ in sum + (try source.next().labels.integers().reduce(0, +)) }
    }
    #expect(try drawn(true) == 80, "half of 160")
    #expect(try (20...44).contains(drawn(false)), "two of ten, but for short batches that are left out")
    #expect(try TrainingData(dataset, seed: 1).classShares() == [0.8, 0.2])
    #expect(try TrainingData(dataset, seed: 1, balancesClasses: true).classShares() == [0.8, 0.2], "as they are")
  }
}
