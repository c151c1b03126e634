import Testing
import SparringTorch

@Suite struct MovingAverageTests {
  private final class Network: Module {
    let weight: Parameter
    let count: Parameter

    init(_ weight: Float) throws {
      self.weight = try Parameter(Tensor([weight]))
      count = try Parameter(Tensor([Int64(0)]), role: .buffer)
    }

    func set(_ value: Double) throws { try withoutGradients { try weight.value.fill(value) } }
  }

  @Test func averagesParametersAndCopiesBuffers() throws {
    let network = try Network(1)
    let average = try ExponentialMovingAverage(of: network, decay: 0.9)
    try network.set(2)
    try network.count.value.fill(7)
    try average.update()
    #expect(try isClose(#require(average.averages["weight"]), [1.1]))
    #expect(try #require(average.averages["count"]).integers() == [7])
    try average.update()
    #expect(try isClose(#require(average.averages["weight"]), [1.19]))
  }

  @Test func warmUpForgetsTheBeginning() throws {
    let network = try Network(0)
    let average = try ExponentialMovingAverage(of: network, decay: 0.999, warmsUp: true)
    try network.set(1)
    try average.update()
    // d = 1/10, then 2/11
    #expect(try isClose(#require(average.averages["weight"]), [0.9]))
    try average.update()
    #expect(try isClose(#require(average.averages["weight"]), [1 - 0.1 * 2 / 11]))
  }

  @Test func standsInForAnotherModuleOnlyIfItFits() throws {
    final class Other: Module {
      let bias: Parameter
      init() throws { bias = try Parameter(Tensor([Float(1)])) }
    }
    let average = try ExponentialMovingAverage(of: Network(1), decay: 0.5)
    let other = try Other()
    #expect(torchMessage { try average.withAverages(in: other) {} }.contains("bias"))
    #expect(try other.bias.value.item() == 1)
  }

  @Test func standsInForTheModuleAndGoesAgain() throws {
    struct Stop: Error {}
    let network = try Network(1)
    let average = try ExponentialMovingAverage(of: network, decay: 0.5)
    try network.set(3)
    try average.update()
    let inside = try average.withAverages(in: network) { try network.weight.value.item() }
    #expect(inside == 2)
    #expect(try network.weight.value.item() == 3)
    #expect(throws: Stop.self) { try average.withAverages(in: network) { throw Stop() } }
    #expect(try network.weight.value.item() == 3)
    #expect(network.weight.value.requiresGradient)
  }

  @Test func continuesFromItsState() throws {
    let network = try Network(0)
    let average = try ExponentialMovingAverage(of: network, decay: 0.999, warmsUp: true)
    try network.set(1)
    try average.update()
    try network.set(5)
    let again = try ExponentialMovingAverage(of: network, decay: 0.999, warmsUp: true)
    try again.load(state: average.state())
    #expect(try isClose(#require(again.averages["weight"]), [0.9]))
    // The weight of the next update depends on how many there have been.
    try average.update()
    try again.update()
    #expect(try #require(again.averages["weight"]).item() == #require(average.averages["weight"]).item())
    #expect(torchMessage { try again.load(state: average.averages) }.contains("(updates)"))
  }

  @Test func refusesAnImpossibleDecay() throws {
    let network = try Network(0)
    #expect(torchMessage { try ExponentialMovingAverage(of: network, decay: 1) }.contains("[0, 1)"))
  }
}
