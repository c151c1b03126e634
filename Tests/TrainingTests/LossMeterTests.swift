import SparringRecipes
import Testing
import SparringTorch

@testable import SparringTraining

@Suite struct LossMeters {
  /// However long nobody asks, every step counts once; asking in between changes no sum.
  @Test func meansCountEveryStepOnce() throws {
    var (asked, unasked) = (LossMeter(), LossMeter())
    for step in 1...2500 {
      let losses = StepLosses(
        quantities: [Quantity("a"), Quantity("b")], values: try Tensor([Float(step), -0.1]), imagePasses: 1)
      try asked.add(losses)
      try unasked.add(losses)
      if step % 7 == 0 { try asked.settle() }
    }
    let means = try unasked.takeInterval()
    #expect(means.map(\.name) == ["a", "b"] && means[0].value == 1250.5)
    #expect(try asked.takeInterval() == means)
    #expect(try asked.takeEpoch() == means && unasked.takeEpoch() == means)
    #expect(try unasked.takeInterval().map(\.value) == [0, 0])
  }
}
