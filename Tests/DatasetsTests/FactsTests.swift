import Foundation
import SparringDatasets
import SparringTorch
import Testing

@Suite("Facts")
struct FactsTests {
  @Test func factsSurviveJSON() throws {
    for facts in [
      DataFacts(name: "a", shape: .image(channels: 3, height: 48, width: 64), classNames: ["x", "y"]),
      DataFacts(
        name: "b", shape: .vector(features: 2), classNames: [], featureNames: ["u", "v"],
        counts: .init(training: 3, labelled: 1, test: 2)),
    ] {
      let read = try JSONDecoder().decode(DataFacts.self, from: JSONEncoder().encode(facts))
      #expect(read == facts)
      try read.validate()
    }
  }

  /// As checkpoints were written before examples could be anything but images.
  @Test func olderFactsAreImages() throws {
    let text = #"{"name":"mnist","channels":1,"height":28,"width":28,"classNames":["0","1"]}"#
    let facts = try JSONDecoder().decode(DataFacts.self, from: Data(text.utf8))
    #expect(facts.shape == .image(channels: 1, height: 28, width: 28))
    #expect(facts.scaling == .bytes && facts.counts == nil)
    try facts.validate()
    let lacking = #"{"name":"mnist","channels":1,"height":28,"classNames":[]}"#
    #expect((try? JSONDecoder().decode(DataFacts.self, from: Data(lacking.utf8))) == nil)
  }

  @Test func impossibleFactsAreRefused() {
    for shape in [
      ExampleShape.image(channels: 2, height: 4, width: 4), .image(channels: 1, height: 0, width: 4),
      .vector(features: 0), .vector(features: 1 << 40),
    ] {
      #expect(throws: DatasetError.self) { try DataFacts(name: "x", shape: shape, classNames: []).validate() }
    }
    let misfit = DataFacts(name: "x", shape: .vector(features: 3), scaling: .bytes, classNames: [])
    #expect(throws: DatasetError.self) { try misfit.validate() }
    let names = DataFacts(name: "x", shape: .vector(features: 3), classNames: [], featureNames: ["a"])
    #expect(throws: DatasetError.self) { try names.validate() }
  }

  @Test func vectorsMakeTheSameBatchesAsImages() throws {
    let vectors = try Tensor([0, 1, 2, 3, 4, 5] as [Float], shape: [3, 2])
    let dataset = try Dataset(
      name: "rows", split: .train, vectors: vectors, labels: Tensor(indices: [1, -1, 0]), classNames: ["a", "b"])
    #expect(dataset.shape == .vector(features: 2) && dataset.count == 3 && dataset.labelledCount == 2)
    #expect(dataset.facts.counts == .init(training: 3, labelled: 2))
    let batch = try LabelledSource(dataset: dataset, indices: [0, 2], batchSize: 2, seed: 1).next()
    #expect(batch.images.shape == [2, 2])
    let labels = try batch.labels.integers()
    #expect(try batch.images.array(of: Float.self) == labels.flatMap { $0 == 1 ? [0, 1] : [4, 5] as [Float] })
    #expect(try dataset.batch(indices: [2]).array(of: Float.self) == [4, 5])
    #expect(
      message { _ = try LabelledSource(dataset: dataset, indices: [1], batchSize: 1, seed: 0) }
        == "vector 1 of rows has no label to train on")
    #expect(
      message { _ = try Dataset(name: "x", split: .train, vectors: Tensor.zeros([2]), classNames: []) }
        .contains("float32 of shape [N, F]"))
  }
}
