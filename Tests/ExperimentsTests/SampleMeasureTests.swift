import Foundation
import SparringDatasets
import SparringEvaluation
import SparringRecipes
import SparringReporting
import SparringTorch
import SparringTraining
import Testing

@testable import SparringExperiments

/// What a recipe that only generates is measured by, without weights from anywhere.
@Suite(.serialized) struct SampleMeasures {
  init() { Machine.threadCount = 1 }

  /// Smooth pictures: a bump at some place, of some brightness.
  private func bumps(_ count: Int, seed: UInt64) throws -> Tensor {
    let small = try Tensor.uniform([count, 1, 3, 3], low: -1, high: 1, using: RandomGenerator(seed: seed))
    return try small.resizedBilinear(height: 28, width: 28)
  }

  private func distance(_ made: Tensor, _ real: Tensor) throws -> Double {
    let features = try RandomFeatures()
    return try KernelDistance(
      generated: features(made), reference: features(real), extractor: features.name, referenceSplit: "real"
    ).value
  }

  @Test func noiseCollapseAndBlurAreFartherThanTheLike() throws {
    let real = try bumps(200, seed: 1)
    let like = try distance(bumps(200, seed: 2), real)
    let random = try RandomGenerator(seed: 3)
    let noise = try Tensor.uniform([200, 1, 28, 28], low: -1, high: 1, using: random)
    let one = try bumps(1, seed: 4).expanded([200, 1, 28, 28]) + Tensor.normal([200, 1, 28, 28], using: random) * 0.01
    let faint = try bumps(200, seed: 2) * 0.3
    #expect(abs(like) < 0.02, "\(like)")
    for (name, images) in [("noise", noise), ("one image", one), ("faint", faint)] {
      let found = try distance(images, real)
      #expect(found > 10 * abs(like) && found > 0.02, "\(name): \(found)")
    }
  }

  @Test func featuresAreTheSameEverywhere() throws {
    let images = try bumps(5, seed: 1)
    let (first, second) = (try RandomFeatures(), try RandomFeatures())
    #expect(try first(images).shape == [5, first.count] && first.count == 896)
    #expect(try first(images).bytes() == second(images).bytes())
    // Grey pictures are colour ones with equal channels, and bytes are numbers.
    #expect(try first(images.expanded([5, 3, 28, 28])).bytes() == first(images).bytes())
    let bytes = try PixelImages(images).tensor()
    #expect(try first(bytes).bytes() == first(Scaling.bytes.scaled(bytes)).bytes())
    #expect(throws: DatasetError.self) { try first(Tensor.zeros([5, 2, 28, 28])) }
  }

  private func experiment(_ change: (inout RunConfiguration<GAN>) -> Void, in folder: URL) throws -> Experiment<GAN> {
    var numbers: [Double] = []
    for index in 0..<80 { numbers += [Double(index % 7) / 7, Double(index % 5) / 5, Double(index % 3) / 3] }
    let file = folder.appending(path: "rows.npy")
    try NPY.write(Tensor(numbers, shape: [80, 3]).to(.float32), to: file.path)
    var configuration = RunConfiguration<GAN>()
    configuration.model = configuration.model.forVectors
    (configuration.dataset.name, configuration.threads) = (file.path, 1)
    (configuration.training.epochs, configuration.training.steps) = (0, 6)
    (configuration.training.measureEvery, configuration.training.logEvery) = (2, 2)
    change(&configuration)
    return try Experiment(configuration)
  }

  /// A generator of vectors, whose features are the vectors: measured on its way, and the best kept where it counts.
  @Test func theBestIsKeptWhereTheWatchActs() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "measures-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, keeps, change) in [
      ("plain", false, { _ in }), ("watched", true, { $0.training.watch.policy = .stop }),
      ("last", false, { ($0.training.watch.policy, $0.training.result) = (.stop, .last) }),
      ("best", true, { $0.training.result = .best }),
    ] as [(String, Bool, (inout RunConfiguration<GAN>) -> Void)] {
      let experiment = try experiment(change, in: folder)
      let outcome = try experiment.run(in: experiment.makeFolder(named: name, in: folder))
      let measured = try RunRecord(outcome.folder).metrics.filter { $0.kind == .measurement }
      #expect(measured.map(\.step) == [2, 4, 6] && measured.allSatisfy { $0.values?["sample-distance"] != nil })
      #expect(measured.first?.split == "64 training vectors")
      #expect((try outcome.folder.resultCheckpoint().lastPathComponent == "best.safetensors") == keeps, "\(name)")
      #expect(try outcome.folder.sampleSummary()?.contains("the best") == keeps)
      if keeps {
        let distances = measured.compactMap { $0.values?["sample-distance"] }
        let best = try #require(distances.min())
        let saved = try SavedRun(file: outcome.folder.resultCheckpoint())
        #expect(try saved.progress(of: outcome.folder.url).best.map { -$0.score } == best)
      }
    }
  }
}
