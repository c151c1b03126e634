import Foundation
import Testing
import SparringTorch

@Suite struct OptimizerTests {
  private func parameter(_ values: [Float], path: String = "weight") throws -> NamedParameter {
    try named(path, Tensor(values))
  }

  @Test func plainDescentSubtractsTheGradientTimesTheRate() throws {
    let weight = try parameter([1, 2])
    try SGD(parameters: [weight], learningRate: 0.1, weightDecay: 0.5).step([Tensor([Float(1), -2])])
    // w − 0.1·(g + 0.5·w)
    #expect(try isClose(weight.value, [0.85, 2.1]))
  }

  @Test func momentumKeepsAShareOfThePast() throws {
    let weight = try parameter([0])
    let optimizer = try SGD(parameters: [weight], learningRate: 0.1, momentum: 0.9)
    try optimizer.step([Tensor([Float(1)])])
    try optimizer.step([Tensor([Float(1)])])
    // b = 1, then 1.9
    #expect(try isClose(weight.value, [-0.29]))
    #expect(try isClose(#require(optimizer.state()["weight.momentum"]), [1.9]))
  }

  @Test func nesterovLooksAhead() throws {
    let weight = try parameter([0])
    let optimizer = try SGD(parameters: [weight], learningRate: 0.1, momentum: 0.9, nesterov: true)
    try optimizer.step([Tensor([Float(1)])])
    try optimizer.step([Tensor([Float(1)])])
    // g + 0.9·b: 1.9, then 1 + 0.9·1.9 = 2.71
    #expect(try isClose(weight.value, [-0.461]))
  }

  @Test func adamFollowsItsFormula() throws {
    let weight = try parameter([1])
    let optimizer = try Adam(parameters: [weight], learningRate: 0.1, beta1: 0.5, beta2: 0.9, epsilon: 1e-3)
    var (value, first, second) = (1.0, 0.0, 0.0)
    for (step, gradient) in [0.5, -2.0, 0.25].enumerated() {
      try optimizer.step([Tensor([Float(gradient)])])
      first = 0.5 * first + 0.5 * gradient
      second = 0.9 * second + 0.1 * gradient * gradient
      let corrections = (1 - pow(0.5, Double(step + 1)), 1 - pow(0.9, Double(step + 1)))
      value -= 0.1 * (first / corrections.0) / ((second / corrections.1).squareRoot() + 1e-3)
    }
    #expect(try isClose(weight.value, [value]))
    let state = try optimizer.state()
    #expect(Set(state.keys) == ["weight.first_moment", "weight.second_moment", "weight.step"])
    #expect(try isClose(#require(state["weight.first_moment"]), [first]))
    #expect(try isClose(#require(state["weight.second_moment"]), [second]))
    #expect(try #require(state["weight.step"]).item() == 3)
  }

  /// Kernels read the rate from a tensor, so that a recorded step follows it; a checkpoint continues the count.
  @Test func ratesMayChangeBetweenSteps() throws {
    typealias Make = ([NamedParameter]) throws -> any Optimizer
    let makers: [(String, Make)] = [
      ("sgd", { try SGD(parameters: $0, learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.1) }),
      ("adam", { try Adam(parameters: $0, learningRate: 0.1, beta1: 0.5, weightDecay: 0.1) }),
      ("adamw", { try AdamW(parameters: $0, learningRate: 0.1, weightDecay: 0.1) }),
      (
        "keras",
        { try Adam(parameters: $0, learningRate: 0.1, beta1: 0.5, epsilon: 1e-3, addsEpsilonBeforeCorrection: true) }
      ),
    ]
    for (name, make) in makers {
      let moved = try parameter([1, -2])
      let optimizer = try make([moved])
      for step in 0..<6 {
        try optimizer.setLearningRate(0.1 / Double(step + 1))
        try optimizer.step([Tensor([Float(0.5) - Float(step), Float(step) * 0.01])])
      }
      let before = try moved.value.detached().cloned()
      let again = try make([parameter([1, -2])])
      try again.load(state: optimizer.state().mapValues { try $0.cloned() })
      try again.parameters[0].value.detached().copy(from: moved.value)
      for optimizer in [again, optimizer] {
        try optimizer.setLearningRate(0.01)
        try optimizer.step([Tensor([Float(1), 1])])
      }
      #expect(try again.parameters[0].value.bytes() == moved.value.bytes(), "\(name)")
      #expect(try moved.value.bytes() != before.bytes(), "\(name)")
      try optimizer.setLearningRate(0)
      let still = try moved.value.detached().cloned()
      try optimizer.step([Tensor([Float(1), 1])])
      #expect(try moved.value.bytes() == still.bytes(), "\(name) moves at rate 0")
      #expect(throws: TorchError.self) { try optimizer.setLearningRate(.nan) }
    }
  }

  @Test func decayMaySpareBiases() throws {
    let matrix = NamedParameter(path: "weight", parameter: try Parameter(Tensor([Float(1), 1, 1, 1], shape: [2, 2])))
    let bias = NamedParameter(path: "bias", parameter: try Parameter(Tensor([Float(1), 1])))
    let optimizer = try AdamW(
      parameters: [matrix, bias], learningRate: 0.5, weightDecay: 0.2, decaying: .weights)
    try optimizer.step([Tensor.zeros([2, 2]), Tensor.zeros([2])])
    #expect(try isClose(matrix.value, [0.9, 0.9, 0.9, 0.9]))
    #expect(try isClose(bias.value, [1, 1]))
  }

  @Test func epsilonMayBeAddedBeforeTheCorrection() throws {
    let weight = try parameter([0])
    let optimizer = try Adam(
      parameters: [weight], learningRate: 1, beta1: 0.5, beta2: 0.99, epsilon: 0.1, addsEpsilonBeforeCorrection: true)
    try optimizer.step([Tensor([Float(2)])])
    // α·√(1 − β₂)/(1 − β₁)·m / (√v + ε) with m = 1 and √v = 0.2
    #expect(try isClose(weight.value, [-0.1 / 0.5 / 0.3]))
  }

  @Test func decoupledDecayShrinksWhateverTheGradient() throws {
    let weight = try parameter([2])
    try AdamW(parameters: [weight], learningRate: 0.1, weightDecay: 0.5).step([Tensor([Float(0)])])
    #expect(try isClose(weight.value, [2 * (1 - 0.1 * 0.5)]))
  }

  @Test func couplesDecayInPlainAdam() throws {
    let weight = try parameter([2])
    try Adam(parameters: [weight], learningRate: 0.1, weightDecay: 0.5).step([Tensor([Float(0)])])
    // The gradient is 0.5·2 = 1, whose first step is the rate itself.
    #expect(try isClose(weight.value, [1.9]))
  }

  @Test func gradientsInAnotherLayoutAreReadByPosition() throws {
    let plain = try Tensor((0..<24).map(Float.init), shape: [2, 3, 2, 2])
    let inChannelsLast = try named("weight", plain.contiguous(channelsLast: true))
    let rowMajor = try named("weight", plain.cloned())
    let gradient = try Tensor((0..<24).map { Float($0 % 7) - 3 }, shape: [2, 3, 2, 2])
    let optimizers = try [inChannelsLast, rowMajor].map { try SGD(parameters: [$0], learningRate: 0.1, momentum: 0.9) }
    for optimizer in optimizers { try optimizer.step([gradient]) }
    #expect(try isClose(inChannelsLast.value, rowMajor.value))
    #expect(inChannelsLast.value.isContiguous(channelsLast: true))
    #expect(try #require(optimizers[0].state()["weight.momentum"]).isContiguous(channelsLast: true))
    // An expanded gradient has no memory of its own for each element.
    try optimizers[0].step([Tensor.ones([1, 1, 1, 1]).expanded([2, 3, 2, 2])])
    try optimizers[1].step([Tensor.ones([2, 3, 2, 2])])
    #expect(try isClose(inChannelsLast.value, rowMajor.value))
  }

  @Test(arguments: ["sgd", "adam", "adamw"])
  func aRestoredStateContinuesBitForBit(_ kind: String) throws {
    func make(_ parameter: NamedParameter) throws -> any Optimizer {
      switch kind {
      case "sgd": try SGD(parameters: [parameter], learningRate: 0.1, momentum: 0.9, nesterov: true)
      case "adam": try Adam(parameters: [parameter], learningRate: 0.1)
      default: try AdamW(parameters: [parameter], learningRate: 0.1)
      }
    }
    let gradients = try (0..<4).map { try Tensor([Float($0) - 1.3, 0.7]) }
    let straight = try parameter([1, 2])
    let optimizer = try make(straight)
    for gradient in gradients { try optimizer.step([gradient]) }

    let first = try parameter([1, 2])
    let before = try make(first)
    for gradient in gradients[..<2] { try before.step([gradient]) }
    let second = try named("weight", first.value.detached().cloned())
    let after = try make(second)
    try after.load(state: before.state())
    for gradient in gradients[2...] { try after.step([gradient]) }
    #expect(try second.value.bytes() == straight.value.bytes())
  }

  @Test func aForeignStateIsRefusedAndChangesNothing() throws {
    let optimizer = try Adam(parameters: [parameter([1, 2])], learningRate: 0.1)
    try optimizer.step([Tensor([Float(1), 1])])
    let kept = try #require(optimizer.state()["weight.first_moment"]).bytes()
    var state = try optimizer.state().mapValues { try $0.zerosLike() }
    state["weight.second_moment"] = try Tensor.zeros([3])
    #expect(torchMessage { try optimizer.load(state: state) }.contains("'weight.second_moment' has shape [3]"))
    state["weight.second_moment"] = nil
    #expect(torchMessage { try optimizer.load(state: state) } == "the checkpoint has no 'weight.second_moment'")
    state["weight.second_moment"] = try Tensor.zeros([2])
    state["bias.step"] = try Tensor.zeros([])
    #expect(torchMessage { try optimizer.load(state: state) }.contains("'bias.step'"))
    #expect(try #require(optimizer.state()["weight.first_moment"]).bytes() == kept)
  }

  @Test func badGradientsAreRefused() throws {
    let weight = try parameter([1, 2])
    let optimizer = try Adam(parameters: [weight], learningRate: 0.1)
    #expect(torchMessage { try optimizer.step([]) }.contains("1 parameters but was given 0 gradients"))
    #expect(torchMessage { try optimizer.step([Tensor([Float(1)])]) }.contains("'weight' has shape [1], not [2]"))
    #expect(try isClose(weight.value, [1, 2]))
  }

  @Test func badNumbersAreRefused() throws {
    let weight = try parameter([1])
    #expect(torchMessage { try SGD(parameters: [weight], learningRate: -1) }.contains("-1.0"))
    #expect(torchMessage { try SGD(parameters: [weight], learningRate: 1, nesterov: true) }.contains("momentum"))
    #expect(torchMessage { try Adam(parameters: [weight], beta1: 1) }.contains("beta1"))
    #expect(torchMessage { try Adam(parameters: []) }.contains("at least one parameter"))
    #expect(torchMessage { try Adam(parameters: [weight, weight]) }.contains("'weight' twice"))
    let view = try named("view", Tensor.zeros([4, 4]).narrowed(0..<2, along: 1))
    #expect(torchMessage { try Adam(parameters: [view]) }.contains("'view' is a view"))
  }

  @Test func minimizeDescends() throws {
    let weight = try parameter([3])
    let optimizer = try SGD(parameters: [weight], learningRate: 0.25)
    try optimizer.minimize(weight.value.squared().sum())
    #expect(try isClose(weight.value, [1.5]))
  }

  @Test func clippingByNormScalesAllTogether() throws {
    var gradients = [try Tensor([Float(3), 0]), try Tensor([Float(4)], shape: [1, 1])]
    #expect(try clipGradients(&gradients, toNorm: 10) == 5)
    #expect(try isClose(gradients[0], [3, 0]))
    #expect(try clipGradients(&gradients, toNorm: 1) == 5)
    #expect(try isClose(gradients[0], [0.6, 0]))
    #expect(try isClose(gradients[1], [0.8]))
  }

  @Test func anEndlessNormIsReportedAndNotSpread() throws {
    var gradients = [try Tensor([Float.infinity, 1])]
    #expect(try clipGradients(&gradients, toNorm: 1) == .infinity)
    #expect(try gradients[0].array(of: Float.self) == [.infinity, 1])
  }

  @Test func clippingByValueMovesElements() throws {
    var gradients = [try Tensor([Float(3), -0.5, -7])]
    try clipGradients(&gradients, toValue: 1)
    #expect(try isClose(gradients[0], [1, -0.5, -1]))
    #expect(torchMessage { try clipGradients(&gradients, toValue: 0) }.contains("above 0"))
  }
}
