import Testing

@testable import SparringTorch

/// The kernels for AVX512-BF16 against LibTorch's own operators in fp32, on the same rounded numbers.
@Suite(
  .serialized, .enabled(if: Machine.kernels != .libTorchWithoutBFloat16, "this processor has no AVX512-BF16"))
struct FastKernelTests {
  /// Beside AMX they stand back unless asked for.
  init() { Machine.usesFastKernels = true }

  struct Shape: CustomStringConvertible, Sendable {
    var images = 3
    var input: Int
    var output: Int
    var size: Int
    var kernel: Int
    var stride: Int
    var padding = Padding.same
    var isTransposed = false
    var hasBias = true
    var slope = 0.3
    /// Largest deviation, as a share of the norm. One rounding to bf16 is 2⁻⁹ at most, 0.0017 on average. Winograd's
    /// filtering also rounds differences of inputs and sums of weights: 0.0047, and 0.04 in gradients, where every
    /// 300th sum lies so near LeakyReLU's corner that it changes sides.
    var tolerance = 0.006

    var description: String {
      "\(images)x\(input)x\(size)x\(size) to \(output), kernel \(kernel), stride \(stride), \(padding)"
        + (isTransposed ? ", transposed" : "") + (hasBias ? "" : ", no bias") + ", slope \(slope)"
    }
  }

  /// Every way through the kernels: few, odd and many channels on either side, borders of every kind.
  static let shapes = [
    Shape(input: 3, output: 64, size: 32, kernel: 3, stride: 2),
    Shape(input: 1, output: 32, size: 28, kernel: 4, stride: 2, hasBias: false),
    Shape(input: 32, output: 64, size: 14, kernel: 4, stride: 2),
    Shape(input: 64, output: 128, size: 7, kernel: 4, stride: 2, slope: 1),
    Shape(input: 64, output: 3, size: 16, kernel: 3, stride: 1, slope: 1),
    Shape(input: 16, output: 1, size: 28, kernel: 3, stride: 1),
    Shape(input: 33, output: 40, size: 9, kernel: 3, stride: 1, padding: .explicit(0)),
    Shape(input: 5, output: 7, size: 8, kernel: 5, stride: 3, padding: .explicit(2)),
    Shape(images: 1, input: 10, output: 70, size: 5, kernel: 1, stride: 1, padding: .explicit(0)),
    Shape(input: 48, output: 96, size: 4, kernel: 4, stride: 4, padding: .explicit(0), hasBias: false, slope: 0),
    Shape(input: 64, output: 32, size: 4, kernel: 4, stride: 2, isTransposed: true, slope: 1),
    Shape(input: 17, output: 9, size: 7, kernel: 5, stride: 2, isTransposed: true),
    Shape(input: 40, output: 3, size: 6, kernel: 4, stride: 2, isTransposed: true),
    Shape(input: 3, output: 20, size: 6, kernel: 3, stride: 1, isTransposed: true, hasBias: false),
    Shape(input: 24, output: 16, size: 5, kernel: 3, stride: 3, padding: .explicit(0), isTransposed: true),
    // From here on by Winograd's filtering: several helpings of images, borders of every kind, odd grids.
    Shape(images: 70, input: 64, output: 96, size: 16, kernel: 4, stride: 2, slope: 1),
    Shape(input: 64, output: 80, size: 18, kernel: 4, stride: 2, padding: .explicit(2), slope: 1),
    Shape(input: 32, output: 64, size: 17, kernel: 4, stride: 1, padding: .explicit(0), slope: 1),
    Shape(input: 128, output: 64, size: 4, kernel: 4, stride: 2, isTransposed: true, slope: 1),
    Shape(input: 96, output: 128, size: 9, kernel: 4, stride: 2, isTransposed: true, hasBias: false, slope: 1),
    Shape(input: 64, output: 64, size: 8, kernel: 4, stride: 2, isTransposed: true, tolerance: 0.06),
  ]

  /// Output, and the gradients of input, weight and bias.
  private func results(_ shape: Shape, fast: Bool) throws -> [Tensor] {
    let random = try RandomGenerator(seed: 7)
    func rounded(_ tensor: Tensor) throws -> Tensor { try tensor.to(.bfloat16).to(.float32) }
    let layer: any Layer =
      shape.isTransposed
      ? try ConvTranspose2d(
        inputChannels: shape.input, outputChannels: shape.output, kernelSize: shape.kernel, stride: shape.stride,
        padding: shape.padding, hasBias: shape.hasBias, using: random)
      : try Conv2d(
        inputChannels: shape.input, outputChannels: shape.output, kernelSize: shape.kernel, stride: shape.stride,
        padding: shape.padding, hasBias: shape.hasBias, using: random)
    for parameter in layer.trainedParameters {
      let values = try rounded(.normal(parameter.value.shape, using: random)) * 0.25
      try withoutGradients { try parameter.value.copy(from: values) }
    }
    let parameters = layer.trainedParameters.map(\.value)
    let input = try rounded(.normal([shape.images, shape.input, shape.size, shape.size], using: random))
      .requiringGradient()
    let output = try withAutocast(fast ? .bf16 : .fp32) {
      try (layer as? Conv2d)?(input, leakyReLUSlope: shape.slope)
        ?? (layer as! ConvTranspose2d)(input, leakyReLUSlope: shape.slope)
    }
    #expect(output.dtype == (fast ? .bfloat16 : .float32))
    let weights = try rounded(.normal(output.shape, using: random))
    let loss = try (output.to(.float32) * weights).sum()
    return try [output.to(.float32)] + gradients(of: loss, withRespectTo: [input] + parameters)
  }

  @Test(arguments: shapes)
  func convolutionsAgreeWithLibTorch(_ shape: Shape) throws {
    let found = try results(shape, fast: true)
    let expected = try results(shape, fast: false)
    #expect(found.count == expected.count)
    for (index, (a, b)) in zip(found, expected).enumerated() {
      #expect(a.shape == b.shape)
      let error = try ((a - b).norm() / b.norm()).array(of: Double.self)[0]
      #expect(error < shape.tolerance, "result \(index) of \(shape)")
    }
  }

  @Test(arguments: [[64, 128, 4, 4], [5, 3, 7, 6], [32, 200], [16, 33]], [1.0, 0.3])
  func batchNormalisationAgreesWithLibTorch(_ shape: [Int], _ slope: Double) throws {
    func results(fast: Bool) throws -> [Tensor] {
      let random = try RandomGenerator(seed: 3)
      let input = try (Tensor.normal(shape, using: random) * 2 + 5).to(.bfloat16).to(fast ? .bfloat16 : .float32)
        .requiringGradient()
      let norm = try BatchNorm(features: shape[1])
      try withoutGradients {
        try norm.weight.value.copy(from: Tensor.normal([shape[1]], using: random))
        try norm.bias.value.copy(from: Tensor.normal([shape[1]], using: random))
      }
      let output = try norm(input, leakyReLUSlope: slope)
      let weights = try Tensor.normal(shape, using: random).to(.bfloat16).to(.float32)
      let found = try gradients(
        of: (output.to(.float32) * weights).sum(), withRespectTo: [input, norm.weight.value, norm.bias.value])
      return try ([output, norm.runningMean.value, norm.runningVar.value] + found).map { try $0.to(.float32) }
    }
    for (index, (a, b)) in try zip(results(fast: true), results(fast: false)).enumerated() {
      let error = try ((a - b).norm() / b.norm()).array(of: Double.self)[0]
      #expect(error < 0.006, "result \(index)")
    }
  }

  @Test func resultsDoNotDependOnTheThreads() throws {
    let before = Machine.threadCount
    defer { Machine.threadCount = before }
    for shape in [
      Shape(input: 32, output: 48, size: 9, kernel: 3, stride: 2),
      Shape(input: 64, output: 96, size: 16, kernel: 4, stride: 2),
    ] {
      Machine.threadCount = 1
      let one = try results(shape, fast: true).map { try $0.array(of: Float.self) }
      Machine.threadCount = 2
      let two = try results(shape, fast: true).map { try $0.array(of: Float.self) }
      #expect(one == two)
    }
  }

  @Test func gradientsCanBeDifferentiatedAgain() throws {
    func penalty(_ precision: Precision) throws -> [Double] {
      let random = try RandomGenerator(seed: 5)
      let first = try Conv2d(
        inputChannels: 3, outputChannels: 8, kernelSize: 3, stride: 2, padding: .same, using: random)
      let norm = try BatchNorm(features: 8)
      let second = try Conv2d(inputChannels: 8, outputChannels: 4, kernelSize: 3, using: random)
      let images = try Tensor.normal([4, 3, 8, 8], using: random).requiringGradient()
      let logits = try withAutocast(precision) {
        try second(first(images, normalizedBy: norm, leakyReLUSlope: 0.2), leakyReLUSlope: 0.2).to(.float32).sum()
      }
      let slope = try gradients(of: logits, withRespectTo: [images], createGraph: true)[0]
      let found = try gradients(
        of: (slope * slope).sum(), withRespectTo: [first.weight.value, second.weight.value, norm.weight.value])
      return try found.map { try $0.norm().array(of: Double.self)[0] }
    }
    for (a, b) in try zip(penalty(.bf16), penalty(.fp32)) { #expect(abs(a - b) < 0.05 * abs(b)) }
  }

  @Test func inferenceFoldsTheNormalisation() throws {
    let random = try RandomGenerator(seed: 9)
    let layers: [any Layer] = [
      try Conv2d(inputChannels: 8, outputChannels: 24, kernelSize: 3, padding: .same, using: random),
      try ConvTranspose2d(
        inputChannels: 8, outputChannels: 24, kernelSize: 4, stride: 2, padding: .same, hasBias: false, using: random),
    ]
    let images = try Tensor.normal([4, 8, 6, 6], using: random)
    for layer in layers {
      let norm = try BatchNorm(features: 24)
      for parameter in [norm.weight, norm.bias, norm.runningMean] {
        try withoutGradients { try parameter.value.copy(from: Tensor.normal([24], using: random)) }
      }
      norm.isTraining = false
      func apply() throws -> Tensor {
        try (layer as? Conv2d)?(images, normalizedBy: norm, leakyReLUSlope: 0.3)
          ?? (layer as! ConvTranspose2d)(images, normalizedBy: norm, leakyReLUSlope: 0.3)
      }
      let apart = try apply().detached()
      let folded = try withoutGradients { try apply() }
      #expect(try (apart - folded).absolute().maximum().array(of: Double.self)[0] < 1e-4)
    }
  }

  @Test func switchedOffTheyGiveWayToLibTorch() throws {
    defer { Machine.usesFastKernels = true }
    let random = try RandomGenerator(seed: 1)
    let layer = try Conv2d(inputChannels: 8, outputChannels: 8, kernelSize: 3, padding: .same, using: random)
    let images = try Tensor.normal([2, 8, 5, 5], using: random)
    let fast = try withAutocast(.bf16) { try layer(images).to(.float32) }
    Machine.usesFastKernels = false
    #expect(!Machine.usesFastKernels)
    let slow = try withAutocast(.bf16) { try layer(images).to(.float32) }
    #expect(try ((fast - slow).norm() / slow.norm()).array(of: Double.self)[0] < 0.01)
  }
}

@Suite(.serialized) struct MemoryTests {
  /// Other suites run at the same time: the block is larger than all that they use.
  @Test func memoryOfDeadTensorsServesTheNextOnceItIsAskedFor() throws {
    let size = 4 << 30
    func use() throws { _ = try Operators.empty(.ints([size]), .dtype(.uint8)) }
    #expect(!Machine.keepsMemory, "linking the library alone must change nothing")
    try use()
    #expect(Machine.keptMemory == 0)
    Machine.keepsMemory = true
    defer { Machine.keepsMemory = false }
    #expect(Machine.keepsMemory)
    try use()
    #expect(Machine.keptMemory >= size)
    try use()
    #expect((size..<2 * size).contains(Machine.keptMemory))
    Machine.releaseKeptMemory()
    #expect(Machine.keptMemory < size)
  }

  @Test func switchedOffNothingIsKept() throws {
    Machine.keepsMemory = true
    let alive = try Tensor.ones([1 << 18])
    Machine.keepsMemory = false
    #expect(Machine.keptMemory == 0)
    let other = try Tensor.ones([1 << 18])
    #expect(try (alive + other).sum().array(of: Float.self)[0] == Float(2 << 18))
  }
}
