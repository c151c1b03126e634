import SparringDatasets
import Foundation
import SparringModels
import SparringRecipes
import Testing
import SparringTorch

@testable import SparringTraining

/// The loop around captured steps.
@Suite(.serialized) struct CapturedRuns {
  init() { Machine.threadCount = 1 }

  private func trainer(
    _ recipe: SemiSupervisedGAN, _ fixture: TrainerFixture, source: any BatchSource<SemiSupervisedBatch>,
    graph: RecordingGraph<SemiSupervisedGAN>, observers: [(TrainingEvent) throws -> Void] = []
  ) throws -> Trainer<SemiSupervisedGAN> {
    let trainer = try Trainer(
      recipe, batches: source, configuration: fixture.configuration(steps: 12),
      checkpointFolder: fixture.folder, observers: observers)
    trainer.makeGraph = { graph }
    return trainer
  }

  @Test func onTheCPUNothingIsRecorded() throws {
    let fixture = try TrainerFixture()
    let trainer = try Trainer(
      fixture.recipe(), batches: fixture.batches(), configuration: fixture.configuration(steps: 1))
    #expect(trainer.makeGraph == nil)
  }

  /// Stopped among the replays and resumed, it warms up anew and comes to the same bits.
  @Test(arguments: [2, 6, 8]) func aStoppedRunContinuesBitForBit(stopAfter: Int) throws {
    let (fixture, other) = (try TrainerFixture(), try TrainerFixture())
    let whole = try fixture.recipe()
    let graph = RecordingGraph(of: whole)
    try trainer(whole, fixture, source: fixture.batches(), graph: graph).run()
    #expect(graph.captures == 1 && graph.replays == 9)

    let stop = StopRequest()
    let first = try other.recipe()
    let source = CountingSource(try other.batches(), counter: StepCounter()) { if $0 == stopAfter { stop.ask() } }
    try trainer(first, other, source: source, graph: RecordingGraph(of: first)).run(stop: stop)

    let second = try other.recipe()
    let resumed = try trainer(second, other, source: other.batches(), graph: RecordingGraph(of: second))
    try resumed.restore(from: #require(Checkpoint.files(in: other.folder).last))
    #expect(try resumed.run().step == 12)
    #expect(try other.weights(second) == fixture.weights(whole))
  }

  /// Reports are those of the loop without graphs; a failed capture is one warning.
  @Test func lossesAndWarningsAreReported() throws {
    var reports: [[[MeasuredValue]]] = []
    var warnings: [String] = []
    for failure in [nil, TorchError("no")] {
      let fixture = try TrainerFixture()
      let recipe = try fixture.recipe()
      var losses: [[MeasuredValue]] = []
      try trainer(
        recipe, fixture, source: fixture.batches(), graph: RecordingGraph(of: recipe, failingWith: failure),
        observers: [
          { event in
            if case .stepped(let report) = event { losses.append(report.losses) }
            if case .warned(let warning) = event { warnings.append("\(warning.step) \(warning.message)") }
          }
        ]
      ).run()
      reports.append(losses)
    }
    #expect(reports[0].count == 3 && reports[0] == reports[1])
    #expect(warnings.count == 1 && warnings[0].hasPrefix("4 ") && warnings[0].hasSuffix(": no"), "\(warnings)")
  }
}
