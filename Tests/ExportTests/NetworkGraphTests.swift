import SparringModels
import SparringTorch
import Testing

@testable import SparringExport

/// A graph is right if computing it operation by operation gives what the network gives.
@Suite("Networks as graphs")
struct NetworkGraphTests {
  init() { Machine.threadCount = 1 }

  private func expectSame(_ network: some Module, inputSizes: [Int], _ forward: (Tensor) throws -> Tensor) throws {
    let random = try RandomGenerator(seed: 5)
    // Running statistics and biases that are not what they begin with.
    for parameter in network.namedParameters where parameter.value.rank == 1 {
      try withoutGradients {
        try parameter.value.copy(from: .uniform(parameter.value.shape, low: 0.5, high: 1.5, using: random))
      }
    }
    try network.inInferenceMode {
      let graph = try NetworkGraph(
        parameters: network.namedParameters.map { ($0.path, $0.value) }, inputSizes: inputSizes, forward: forward)
      let examples = try Tensor.normal([3] + inputSizes, using: random)
      let expected = try withoutGradients { try forward(examples).to(.float32) }
      let found = try withoutGradients { try graph.computed(on: examples) }
      #expect(graph.outputSizes == Array(expected.shape.dropFirst()))
      let difference = try (found - expected).flattened(from: 0).norm(0).item()
      #expect(difference <= 1e-4 * max(1, try expected.flattened(from: 0).norm(0).item()), "\(difference)")
    }
  }

  private static let trunks: [any TrunkFamily] = [
    ConvolutionalFamily(widths: [8, 12], normalization: .batch),
    ConvolutionalFamily(widths: [8], normalization: .weight),
    ResidualFamily(), FullyConnectedFamily(), DCGANFamily(), FastFamily(),
    ResNet18Family(), InceptionFamily(inputSize: 75),
  ]

  @Test(arguments: trunks.indices)
  func everyClassifierIsItsGraph(index: Int) throws {
    let random = try RandomGenerator(seed: 1)
    let classifier = try Classifier(
      TrunkConfiguration(Self.trunks[index]), exampleShape: [3, 20, 16], classCount: 4, using: random,
      noise: RandomGenerator(seed: 2))
    try expectSame(classifier, inputSizes: [3, 20, 16]) { try classifier($0) }
  }

  @Test func aGreyResNetIsItsGraph() throws {
    let classifier = try Classifier(
      TrunkConfiguration(ResNet18Family()), exampleShape: [1, 32, 32], classCount: 3, using: RandomGenerator(seed: 1),
      noise: RandomGenerator(seed: 2))
    try expectSame(classifier, inputSizes: [1, 32, 32]) { try classifier($0) }
  }

  private static let generators: [any GeneratorFamily] = [
    DCGANGeneratorFamily(width: 8), ResidualGeneratorFamily(), FullyConnectedGeneratorFamily(),
  ]

  @Test(arguments: generators.indices)
  func everyGeneratorIsItsGraph(index: Int) throws {
    let generator = try Generator(
      GeneratorConfiguration(Self.generators[index], latentSize: 6), exampleShape: [3, 20, 16],
      using: RandomGenerator(seed: 1))
    try expectSame(generator, inputSizes: [6]) { try generator($0) }
  }

  @Test func parametersKeepTheirPaths() throws {
    let classifier = try Classifier(
      TrunkConfiguration(ConvolutionalFamily(widths: [4], normalization: .batch)), exampleShape: [1, 8, 8],
      classCount: 2, using: RandomGenerator(seed: 1), noise: RandomGenerator(seed: 2))
    let graph = try classifier.inInferenceMode {
      try NetworkGraph(
        parameters: classifier.namedParameters.map { ($0.path, $0.value) }, inputSizes: [1, 8, 8]
      ) { try classifier($0) }
    }
    #expect(Set(graph.constants.keys) == Set(classifier.namedParameters.map(\.path)))
    let operations = graph.nodes.map(\.operation)
    #expect(operations.last == .linear)
    #expect(operations.contains(.leakyReLU(slope: 0.1)))
  }

  @Test func whatCannotBeExportedIsNamed() throws {
    #expect {
      try NetworkGraph(parameters: [], inputSizes: [4]) { try $0.sine() }
    } throws: { "\($0)".contains("the operator aten::sin cannot be exported") }
    #expect {
      try NetworkGraph(parameters: [], inputSizes: [4]) { _ in try .zeros([2, 1]) }
    } throws: { "\($0)".contains("does not depend on its input") }
  }
}

extension NetworkGraph {
  /// What the graph gives, by LibTorch's plain operators.
  func computed(on input: Tensor) throws -> Tensor {
    var results: [Tensor] = []
    func tensor(_ value: Value) throws -> Tensor {
      switch value {
      case .input: input
      case .result(let place): results[place]
      case .constant(let name): try #require(constants[name])
      }
    }
    for node in nodes {
      let inputs = try node.inputs.map(tensor)
      results.append(try node.operation.computed(inputs))
    }
    return try tensor(output)
  }
}

extension NetworkGraph.Operation {
  fileprivate func computed(_ inputs: [Tensor]) throws -> Tensor {
    let x = inputs[0]
    switch self {
    case .convolution(let stride, let before, let behind):
      let padded = try x.padded([before[1], behind[1], before[0], behind[0]])
      return try convolved(padded, inputs, stride: stride)
    case .transposedConvolution(let stride, let before, let behind):
      // By its definition: the gradient of the convolution at its input.
      let sizes = [2, 3].map { side in (x.shape[side] - 1) * stride + inputs[1].shape[side] }
      let place = try Tensor.zeros([x.shape[0], inputs[1].shape[1]] + sizes).requiringGradient()
      let full = try withGradients {
        let forward = try convolved(place, [place, inputs[1]], stride: stride)
        return try gradients(of: [forward], weightedBy: [x], withRespectTo: [place])[0]
      }
      let cut = try full.narrowed(before[0]..<sizes[0] - behind[0], along: 2)
        .narrowed(before[1]..<sizes[1] - behind[1], along: 3)
      return inputs.count == 3 ? try cut + inputs[2].reshaped(1, -1, 1, 1) : cut
    case .batchNormalization(let epsilon):
      let shape = [1, -1] + [Int](repeating: 1, count: x.rank - 2)
      let (weight, bias, mean, variance) = (
        try inputs[1].reshaped(shape), try inputs[2].reshaped(shape), try inputs[3].reshaped(shape),
        try inputs[4].reshaped(shape)
      )
      return try (x - mean) / (variance + epsilon).squareRoot() * weight + bias
    case .linear:
      let product = try x.matmul(inputs[1].transposed())
      return inputs.count == 3 ? try product + inputs[2] : product
    case .leakyReLU(let slope): return try x.leakyReLU(slope: slope)
    case .gelu: return try x.gelu()
    case .tanh: return try x.tanh()
    case .sigmoid: return try x.sigmoid()
    case .add: return try x + inputs[1]
    case .multiply: return try x * inputs[1]
    case .addNumber(let number): return try x + number
    case .multiplyByNumber(let number): return try x * number
    case .clamp(let low, let high): return try x.clamped(low: low ?? -.infinity, high: high ?? .infinity)
    case .maxPool(let size, let stride, let padding):
      return try x.maxPooled(kernelSize: size, stride: stride, padding: padding)
    case .averagePool(let size, let stride, let padding, let countsPadding):
      return try x.averagePooled(kernelSize: size, stride: stride, padding: padding, countsPadding: countsPadding)
    case .mean(let dimensions, let keeps):
      return try dimensions.reversed().reduce(x) { try $0.mean($1, keepingDimensions: keeps) }
    case .maximum(let dimensions, let keeps):
      return try dimensions.reversed().reduce(x) { try $0.maximum(along: $1, keepingDimensions: keeps) }
    case .permute(let order):
      return order.count == 4 ? try x.permuted(order[0], order[1], order[2], order[3]) : try x.transposed()
    case .reshape(let sizes): return try x.reshaped([x.shape[0]] + sizes)
    case .select(let dimension, let indices): return try x.indexSelect(Tensor(indices: indices), along: dimension)
    case .concatenate(let dimension): return try .concatenate(inputs, along: dimension)
    case .upsampleNearest(let scale): return try x.upsampledNearest(scale: scale)
    }
  }
}

/// Patches as columns: no convolution of the library takes part.
private func convolved(_ padded: Tensor, _ inputs: [Tensor], stride: Int) throws -> Tensor {
  let weight = inputs[1]
  let (rows, columns) = (weight.shape[2], weight.shape[3])
  let (height, width) = ((padded.shape[2] - rows) / stride + 1, (padded.shape[3] - columns) / stride + 1)
  var sum: Tensor?
  for row in 0..<rows {
    for column in 0..<columns {
      let indices = { (start: Int, count: Int) in try Tensor(indices: (0..<count).map { start + $0 * stride }) }
      let patch = try padded.indexSelect(indices(row, height), along: 2).indexSelect(indices(column, width), along: 3)
      let kernel = try weight.narrowed(row..<row + 1, along: 2).narrowed(column..<column + 1, along: 3)
        .reshaped(weight.shape[0], weight.shape[1])
      let part = try patch.permuted(0, 2, 3, 1).matmul(kernel.transposed()).permuted(0, 3, 1, 2)
      sum = try sum.map { try $0 + part } ?? part
    }
  }
  let result = try #require(sum)
  return inputs.count == 3 ? try result + inputs[2].reshaped(1, -1, 1, 1) : result
}
