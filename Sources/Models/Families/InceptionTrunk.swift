import SparringTorch

final class InceptionTrunk: Trunk {
  /// Five convolutions, with a pooling after the third and the fifth.
  let stem: [InceptionConvolution]
  /// Eleven blocks of branches side by side.
  let blocks: [InceptionBlock]
  let featureCount = 2048
  private let inputSize: Int

  init(inputSize: Int, using weights: RandomGenerator) throws(TorchError) {
    self.inputSize = inputSize
    let shapes: [InceptionConvolution.Shape] = [
      .init(32, 3, 3, halves: true), .init(32, 3, 3, isPadded: false), .init(64, 3, 3), .init(80),
      .init(192, 3, 3, isPadded: false),
    ]
    stem = try zip([3, 32, 32, 64, 80], shapes).map { channels, shape throws(TorchError) in
      try InceptionConvolution(inputChannels: channels, shape, using: weights)
    }
    var channels = 192
    var blocks: [InceptionBlock] = []
    for branches in InceptionBlock.published {
      let block = try InceptionBlock(inputChannels: channels, branches, using: weights)
      blocks.append(block)
      channels = block.outputChannels
    }
    self.blocks = blocks
  }

  func callAsFunction(_ images: Tensor, countsInStatistics: Bool) throws -> Tensor {
    let colour = try images.size(1) == 1 ? Tensor.concatenate([images, images, images], along: 1) : images
    let resized = try colour.resizedFromFirstPixel(height: inputSize, width: inputSize)
    // From byte / 127.5 − 1 to (byte − 128) / 128, which is what the weights were trained on.
    var maps = try (resized * (127.5 / 128) + (127.5 / 128 - 1)).contiguous(channelsLast: true)
    for (index, convolution) in stem.enumerated() {
      maps = try convolution(maps, countsInStatistics: countsInStatistics)
      if index == 2 || index == 4 { maps = try maps.maxPooled(kernelSize: 3, stride: 2) }
    }
    for block in blocks { maps = try block(maps, countsInStatistics: countsInStatistics) }
    return try maps.to(.float32).globallyAveraged()
  }
}

/// A convolution, batch normalisation and ReLU.
final class InceptionConvolution: Module {
  /// What a convolution makes of how large a window.
  struct Shape {
    let (channels, rows, columns): (Int, Int, Int)
    /// Whether it moves by two pixels, without a border.
    let halves: Bool
    /// Whether zeros around the map keep its size.
    let isPadded: Bool

    init(_ channels: Int, _ rows: Int = 1, _ columns: Int = 1, halves: Bool = false, isPadded: Bool = true) {
      (self.channels, self.rows, self.columns, self.halves) = (channels, rows, columns, halves)
      self.isPadded = isPadded && !halves
    }
  }

  let convolution: Conv2d
  let norm: BatchNorm

  init(inputChannels: Int, _ shape: Shape, using weights: RandomGenerator) throws(TorchError) {
    convolution = try Conv2d(
      inputChannels: inputChannels, outputChannels: shape.channels, kernelSize: shape.rows,
      kernelWidth: shape.columns, stride: shape.halves ? 2 : 1, padding: shape.isPadded ? .same : .explicit(0),
      hasBias: false, initializer: .heNormal(slope: 0), using: weights)
    norm = try BatchNorm(features: shape.channels, epsilon: 1e-3, device: weights.device)
  }

  func callAsFunction(_ maps: Tensor, countsInStatistics: Bool) throws(TorchError) -> Tensor {
    try convolution(maps, normalizedBy: norm, leakyReLUSlope: 0, countsInStatistics: countsInStatistics)
  }
}

/// Convolutions one after the other, and where there are some, others side by side on the last map.
final class InceptionBranch: Module {
  /// What becomes of the map before the convolutions.
  enum Pool {
    /// The mean of 3×3 pixels; the border does not count.
    case average
    /// The largest of 3×3 pixels.
    case maximum
    /// The largest of 3×3 pixels, at every second place.
    case reducing
  }

  struct Plan {
    var pool: Pool?
    var shapes: [InceptionConvolution.Shape] = []
    var ends: [InceptionConvolution.Shape] = []
  }

  let convolutions: [InceptionConvolution]
  let ends: [InceptionConvolution]
  let outputChannels: Int
  private let pool: Pool?

  init(inputChannels: Int, _ plan: Plan, using weights: RandomGenerator) throws(TorchError) {
    let widths = [inputChannels] + plan.shapes.map(\.channels)
    convolutions = try zip(widths, plan.shapes).map { channels, shape throws(TorchError) in
      try InceptionConvolution(inputChannels: channels, shape, using: weights)
    }
    let last = widths[plan.shapes.count]
    ends = try plan.ends.map { shape throws(TorchError) in
      try InceptionConvolution(inputChannels: last, shape, using: weights)
    }
    outputChannels = plan.ends.isEmpty ? last : plan.ends.reduce(0) { $0 + $1.channels }
    pool = plan.pool
  }

  func callAsFunction(_ maps: Tensor, countsInStatistics: Bool) throws(TorchError) -> [Tensor] {
    var maps =
      switch pool {
      case .average: try maps.averagePooled(kernelSize: 3, stride: 1, padding: 1, countsPadding: false)
      case .maximum: try maps.maxPooled(kernelSize: 3, stride: 1, padding: 1)
      case .reducing: try maps.maxPooled(kernelSize: 3, stride: 2)
      case nil: maps
      }
    for convolution in convolutions { maps = try convolution(maps, countsInStatistics: countsInStatistics) }
    guard !ends.isEmpty else { return [maps] }
    return try ends.map { end throws(TorchError) in try end(maps, countsInStatistics: countsInStatistics) }
  }
}

/// Branches side by side, whose maps follow each other as channels.
final class InceptionBlock: Module {
  let branches: [InceptionBranch]
  let outputChannels: Int

  init(
    inputChannels: Int, _ plans: [InceptionBranch.Plan], using weights: RandomGenerator
  ) throws(TorchError) {
    branches = try plans.map { plan throws(TorchError) in
      try InceptionBranch(inputChannels: inputChannels, plan, using: weights)
    }
    outputChannels = branches.reduce(0) { $0 + $1.outputChannels }
  }

  func callAsFunction(_ maps: Tensor, countsInStatistics: Bool) throws -> Tensor {
    try .concatenate(branches.flatMap { try $0(maps, countsInStatistics: countsInStatistics) }, along: 1)
  }

  /// The blocks as published: 35×35, 17×17 and 8×8 pixels for images of 299×299.
  static var published: [[InceptionBranch.Plan]] {
    typealias Plan = InceptionBranch.Plan
    typealias Shape = InceptionConvolution.Shape
    func large(_ pooled: Int) -> [Plan] {
      [
        Plan(shapes: [Shape(64)]), Plan(shapes: [Shape(48), Shape(64, 5, 5)]),
        Plan(shapes: [Shape(64), Shape(96, 3, 3), Shape(96, 3, 3)]), Plan(pool: .average, shapes: [Shape(pooled)]),
      ]
    }
    func middle(_ width: Int) -> [Plan] {
      [
        Plan(shapes: [Shape(192)]), Plan(shapes: [Shape(width), Shape(width, 1, 7), Shape(192, 7, 1)]),
        Plan(shapes: [
          Shape(width), Shape(width, 7, 1), Shape(width, 1, 7), Shape(width, 7, 1), Shape(192, 1, 7),
        ]),
        Plan(pool: .average, shapes: [Shape(192)]),
      ]
    }
    /// The last block pools by the maximum: a slip of the published network that its features depend on.
    func small(_ pool: InceptionBranch.Pool) -> [Plan] {
      let both = [Shape(384, 1, 3), Shape(384, 3, 1)]
      return [
        Plan(shapes: [Shape(320)]), Plan(shapes: [Shape(384)], ends: both),
        Plan(shapes: [Shape(448), Shape(384, 3, 3)], ends: both), Plan(pool: pool, shapes: [Shape(192)]),
      ]
    }
    let toMiddle = [
      Plan(shapes: [Shape(384, 3, 3, halves: true)]),
      Plan(shapes: [Shape(64), Shape(96, 3, 3), Shape(96, 3, 3, halves: true)]), Plan(pool: .reducing),
    ]
    let toSmall = [
      Plan(shapes: [Shape(192), Shape(320, 3, 3, halves: true)]),
      Plan(shapes: [Shape(192), Shape(192, 1, 7), Shape(192, 7, 1), Shape(192, 3, 3, halves: true)]),
      Plan(pool: .reducing),
    ]
    return [32, 64, 64].map(large) + [toMiddle] + [128, 160, 160, 192].map(middle) + [toSmall]
      + [.average, .maximum].map(small)
  }
}
