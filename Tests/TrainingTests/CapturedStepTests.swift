import SparringDatasets
import Foundation
import SparringModels
import SparringRecipes
import Testing
import SparringTorch

@testable import SparringTraining

private struct NoOptions: RecipeOptions {
  func validate() {}
}

/// A recipe without networks.
private protocol Networkless: Recipe where Options == NoOptions, Batch == UnlabelledBatch {
  init()
}
extension Networkless {
  static var summary: String { "" }
  static var roles: [NetworkRole] { [] }
  init(_ options: NoOptions, in setting: Setting) { self.init() }
  func batches(from data: TrainingData) throws -> any BatchSource<UnlabelledBatch> {
    try data.unlabelled(batchSize: 1)
  }
}

/// Its loss is the mean of the batch.
private final class Mean: Networkless {
  static let name = "mean"

  func step(_ batch: UnlabelledBatch, at time: StepTime) throws -> Losses {
    try Losses(
      [Quantity("mean"): batch.images.mean(), Quantity("double"): batch.images.mean() * 2],
      imagePasses: batch.images.size(0))
  }
}

/// Its losses are weighted by the time: a ramp and a switch.
private final class Ramped: Networkless {
  static let name = "ramped"

  func step(_ batch: UnlabelledBatch, at time: StepTime) throws -> Losses {
    try Losses(
      [
        Quantity("ramp"): batch.images.mean() * time.ramp(from: 1, to: 3, over: 0.25...0.75),
        Quantity("switch"): batch.images.mean() * time.ramp(from: 0, to: 1, over: 0.5...0.5),
        Quantity("progress"): time.progress(),
      ], imagePasses: 1)
  }
}

/// Counts its steps where a recorded step cannot: on the host.
private final class Counting: Networkless {
  static let name = "counting"
  struct State { var count = 0.0 }
  private var state = State()

  func step(_ batch: UnlabelledBatch, at time: StepTime) throws -> Losses {
    state.count += 1
    return try Losses([Quantity("count"): batch.images.mean() * state.count], imagePasses: 1)
  }
}

@Suite(.serialized) struct CapturedSteps {
  init() { Machine.threadCount = 1 }

  private func batch(_ value: Double, count: Int = 2) throws -> UnlabelledBatch {
    UnlabelledBatch(images: try Tensor.full([count, 1, 2, 2], value))
  }

  /// All losses are read at the end: a replay must not overwrite those of the one before.
  @Test func everyBatchGivesItsOwnLosses() throws {
    let recipe = Mean()
    let graph = RecordingGraph(of: recipe)
    let step = try CapturedStep(recipe, at: StepTime()) { graph }
    var losses: [StepLosses] = []
    for value in 1...8 {
      losses.append(try step(batch(Double(value))))
      #expect(graph.captures == (value > 3 ? 1 : 0) && graph.replays == max(0, value - 3), "at step \(value)")
    }
    #expect(try losses.map { try $0.values.array(of: Double.self) } == (1...8).map { [Double($0), Double($0) * 2] })
    #expect(losses.allSatisfy { $0.quantities.map(\.name) == ["mean", "double"] && $0.imagePasses == 2 })
    #expect(step.takeNotice() == nil)
  }

  /// A schedule of the recipe's own weights is the same in a replay as without one.
  @Test func timeReachesARecordedStep() throws {
    let (plainClock, clock) = (try StepClock(on: .cpu), try StepClock(on: .cpu))
    let (plain, recipe) = (Ramped(), Ramped())
    let graph = RecordingGraph(of: recipe)
    let step = CapturedStep(recipe, at: clock.time) { graph }
    for index in 0..<8 {
      try plainClock.set(step: index, of: 8)
      try clock.set(step: index, of: 8)
      let batch = try batch(2)
      let expected = try StepLosses(plain.step(batch, at: plainClock.time)).values.array(of: Double.self)
      #expect(try step(batch).values.array(of: Double.self) == expected)
      let ramp = min(max((Double(index) / 8 - 0.25) / 0.5, 0), 1)
      #expect(expected == [2 + 4 * ramp, index > 4 ? 2 : 0, Double(index) / 8], "at step \(index)")
    }
    #expect(graph.captures == 1 && graph.replays == 5)
  }

  @Test func aCountOnTheHostIsNotRecorded() throws {
    let recipe = Counting()
    let graph = RecordingGraph(of: recipe)
    let step = CapturedStep(recipe, at: try StepTime()) { graph }
    var notices: [String] = []
    for value in 1...8 {
      #expect(try step(batch(1)).values.array(of: Double.self) == [Double(value)])
      if let notice = step.takeNotice() { notices.append(notice) }
    }
    #expect(graph.captures == 0 && notices.count == 1 && notices[0].contains("'state.count'"), "\(notices)")
  }

  @Test func anotherShapeRunsAsItIs() throws {
    let recipe = Mean()
    let graph = RecordingGraph(of: recipe)
    let step = try CapturedStep(recipe, at: StepTime()) { graph }
    for value in 1...5 { _ = try step(batch(Double(value))) }
    let odd = try step(batch(6, count: 3))
    #expect(try odd.values.array(of: Double.self) == [6, 12] && odd.imagePasses == 3)
    let notice = try #require(step.takeNotice())
    #expect(notice.contains("[3, 1, 2, 2]") && !notice.contains("\n"))
    _ = try step(batch(7, count: 3))
    #expect(step.takeNotice() == nil, "said once")
    #expect(try step(batch(8)).values.array(of: Double.self) == [8, 16])
    #expect(graph.captures == 1 && graph.replays == 3)
  }

  @Test func whatCannotBeRecordedRunsAsItIs() throws {
    let recipe = Mean()
    let graph = RecordingGraph(of: recipe, failingWith: TorchError("operation not permitted\nwhile capturing"))
    let step = try CapturedStep(recipe, at: StepTime()) { graph }
    var notices: [String] = []
    for value in 1...8 {
      #expect(try step(batch(Double(value))).values.array(of: Double.self) == [Double(value), Double(value) * 2])
      if let notice = step.takeNotice() { notices.append(notice) }
    }
    #expect(notices.count == 1 && notices[0].hasSuffix("operation not permitted"), "\(notices)")
    #expect(graph.captures == 1 && graph.replays == 0)
  }

  @Test func aDeviceWithoutGraphsIsAReason() throws {
    let step = try CapturedStep(Mean(), at: StepTime()) { try DeviceGraph(on: .cpu) }
    for value in 1...4 { _ = try step(batch(Double(value))) }
    #expect(try #require(step.takeNotice()).contains("CUDA devices only"))
  }
}
