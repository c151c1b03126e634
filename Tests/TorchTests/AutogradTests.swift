import Foundation
import Testing

@testable import SparringTorch

/// The slope of a scalar function along each element of `point`, by central differences.
func finiteDifferences(at point: Tensor, step: Double = 1e-5, of function: (Tensor) throws -> Tensor) throws -> Tensor {
  let values = try point.array(of: Double.self)
  let slopes = try values.indices.map { index in
    let ends = try [step, -step].map { offset in
      var moved = values
      moved[index] += offset
      return try function(Tensor(moved, shape: point.shape)).item()
    }
    return (ends[0] - ends[1]) / (2 * step)
  }
  return try Tensor(slopes, shape: point.shape)
}

@Suite struct AutogradTests {
  private func numbers(_ shape: [Int], seed: UInt64 = 1) throws -> Tensor {
    try Tensor.normal(shape, using: RandomGenerator(seed: seed)).to(.float64)
  }

  @Test func gradientsByHand() throws {
    let x = try Tensor([Float(1), -2, 3]).requiringGradient()
    let found = try gradients(of: (x.squared() * 3).sum(), withRespectTo: [x])
    #expect(try found[0].array(of: Float.self) == [6, -12, 18])
    #expect(x.gradient == nil)
    try (x * 2).sum().backward()
    try (x * 2).sum().backward()
    #expect(try #require(x.gradient).array(of: Float.self) == [4, 4, 4])
    x.gradient = nil
    #expect(x.gradient == nil)
  }

  @Test func anInputThatDidNotTakePartIsAnError() throws {
    let x = try Tensor([Float(1)]).requiringGradient()
    let y = try Tensor([Float(1)]).requiringGradient()
    #expect(torchMessage { try gradients(of: (x * 2).sum(), withRespectTo: [y]) }.contains("to not have been used"))
    #expect(torchMessage { try gradients(of: x * Tensor([Float(1), 2]), withRespectTo: [x]) }.contains("scalar"))
    #expect(torchMessage { try Tensor([Float(1)]).backward() }.contains("does not require grad"))
    #expect(torchMessage { try gradients(of: [x], weightedBy: [], withRespectTo: [x]) }.contains("as many weights"))
  }

  @Test func scopesSwitchRecordingAndPutItBack() throws {
    struct Stop: Error {}
    let x = try Tensor([Float(1)]).requiringGradient()
    let silent = try withoutGradients { try x * 2 }
    #expect(!silent.requiresGradient)
    let inner = try withoutGradients { try withGradients { try x * 2 } }
    #expect(inner.requiresGradient)
    #expect(throws: Stop.self) { try withoutGradients { throw Stop() } }
    #expect(try (x * 2).requiresGradient)
    #expect(try !(x * 2).detached().requiresGradient)
  }

  @Test func aGradientPenaltyHasTheRightGradient() throws {
    let (x, start) = (try numbers([4, 3]), try numbers([3, 5], seed: 2))
    let out = try numbers([5, 1], seed: 3)
    /// mean (‖∇ₓ f‖ − 1)² for f = tanh(x·w)·out
    func penalty(_ weight: Tensor) throws -> Tensor {
      let point = try x.cloned().requiringGradient()
      let score = try point.matmul(weight).tanh().matmul(out).sum()
      let slope = try gradients(of: score, withRespectTo: [point], createGraph: true)[0]
      return try (slope.norm(1) - 1).squared().mean()
    }
    let weight = try start.cloned().requiringGradient()
    let found = try gradients(of: penalty(weight), withRespectTo: [weight])[0]
    #expect(try isClose(found, finiteDifferences(at: start, of: penalty), relative: 1e-6, absolute: 1e-8))
  }

  @Test func functionsHaveTheGradientsOfTheirDifferences() throws {
    let weighting = try numbers([2, 6], seed: 7)
    let functions: [String: (Tensor) throws -> Tensor] = [
      "softplus": { try ($0.softplus() * weighting).sum() },
      "leaky": { try ($0.leakyReLU(slope: 0.3) * weighting).sum() },
      "log-sum-exp": { try ($0.logSumExp().squared()).sum() },
      "log-softmax": { try ($0.logSoftmax() * weighting).sum() },
      "norm": { try $0.norm(1).power(3).sum() },
      "variance": { try $0.variance(1).logarithm().sum() },
      "weight norm": {
        let norm = try WeightNorm($0.detached() * 0 + 1, outputDimension: 0)
        return try (norm($0) * weighting).sum()
      },
      "matmul": { try $0.matmul($0.transposed()).squared().sum() },
    ]
    let start = try numbers([2, 6], seed: 4)
    for (name, function) in functions {
      let point = try start.cloned().requiringGradient()
      let found = try gradients(of: function(point), withRespectTo: [point])[0]
      #expect(
        try isClose(found, finiteDifferences(at: start, of: function), relative: 1e-6, absolute: 1e-7), "\(name)")
    }
  }

  @Test func spectralNormTakesItsVectorsForConstants() throws {
    let start = try numbers([4, 6], seed: 5)
    let weighting = try numbers([4, 6], seed: 6)
    let norm = try SpectralNorm(
      start, outputDimension: 0, iterations: 1, using: RandomGenerator(seed: 3))
    norm.isTraining = false
    let point = try start.cloned().requiringGradient()
    func loss(_ weight: Tensor) throws -> Tensor { try (norm(weight) * weighting).sum() }
    let found = try gradients(of: loss(point), withRespectTo: [point])[0]
    #expect(try isClose(found, finiteDifferences(at: start, of: loss), relative: 1e-6, absolute: 1e-7))
  }

  @Test func autocastMultipliesInBrainFloatAndSumsInSingle() throws {
    let a = try Tensor.ones([4, 4])
    let product = try withAutocast(.bf16) { try a.matmul(a) }
    #expect(product.dtype == .bfloat16)
    #expect(try withAutocast(.fp32) { try a.matmul(a) }.dtype == .float32)
    #expect(try a.matmul(a).dtype == .float32)
    let loss = try withAutocast(.bf16) { try a.matmul(a).to(.float32).sum() }
    #expect(loss.dtype == .float32)
  }

  @Test func aWeightCastInSilenceStillGetsItsGradient() throws {
    let layer = try Linear(inputFeatures: 3, outputFeatures: 2, using: RandomGenerator(seed: 1))
    let input = try Tensor.ones([1, 3])
    let found = try withAutocast(.bf16) {
      _ = try withoutGradients { try layer(input) }
      return try gradients(of: layer(input).to(.float32).sum(), withRespectTo: [layer.weight.value])
    }
    #expect(try found[0].array(of: Float.self) == [1, 1, 1, 1, 1, 1])
  }

  @Test func aStepWithinAutocastIsSeenAtOnce() throws {
    let layer = try Linear(inputFeatures: 1, outputFeatures: 1, hasBias: false, using: RandomGenerator(seed: 1))
    try layer.load(["weight": Tensor([Float(1)], shape: [1, 1])])
    let optimizer = try SGD(parameters: layer.trainedParameters, learningRate: 1)
    let input = try Tensor.ones([1, 1])
    let after = try withAutocast(.bf16) {
      try optimizer.minimize(layer(input).to(.float32).sum())
      return try layer(input).item()
    }
    #expect(after == 0)
  }
}
