import SparringDatasets
import Foundation
import SparringTorch

/// CIFAR-10 from disk to the first augmented batch, or one batch after the other.
final class LoadingWorkload: Workload {
  private let job: Job
  private let random: RandomGenerator
  private lazy var source = Result { try open() }

  init(_ job: Job) throws {
    self.job = job
    random = try RandomGenerator(seed: 1, purpose: "augmentation")
  }

  func writeReference() throws {}
  func check(_ steps: Int) throws -> [[Double]] { [] }

  func measure(_ steps: Int) throws -> Double {
    if job.work.kind == .loading { return try timed(steps) { try nextBatch(of: open()) } }
    let source = try source.get()
    return try timed(steps) { try nextBatch(of: source) }
  }

  private func open() throws -> UnlabelledSource {
    let dataset = try Dataset.load("cifar10", split: .train)
    return try UnlabelledSource(dataset: dataset, batchSize: job.work.batchSize, seed: 1)
  }

  private func nextBatch(of source: UnlabelledSource) throws -> Tensor {
    try job.work.augmentation(source.next().images, using: random)
  }
}
