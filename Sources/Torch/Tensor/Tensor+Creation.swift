// New tensors: filled, counted, drawn at random; and copies in another format or place.

extension Tensor {
  /// A tensor with every element the same number.
  public static func full(
    _ shape: [Int], _ value: Double, dtype: DType = .float32, device: Device = .cpu
  ) throws(TorchError) -> Tensor {
    try Operators.full(.ints(shape), .double(value), .dtype(dtype), .none, .device(device))
  }

  /// A tensor of zeros; shape `[]` makes a scalar.
  public static func zeros(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) throws(TorchError) -> Tensor {
    try full(shape, 0, dtype: dtype, device: device)
  }

  /// A tensor of ones; shape `[]` makes a scalar.
  public static func ones(_ shape: [Int], dtype: DType = .float32, device: Device = .cpu) throws(TorchError) -> Tensor {
    try full(shape, 1, dtype: dtype, device: device)
  }

  /// Zeros of this tensor's shape, format and device.
  public func zerosLike() throws(TorchError) -> Tensor { try Operators.zerosLike(.tensor(self)) }
  /// Ones of this tensor's shape, format and device.
  public func onesLike() throws(TorchError) -> Tensor { try Operators.onesLike(.tensor(self)) }

  /// The numbers `start, start + step, …` below `end`.
  public static func range(
    from start: Double = 0, to end: Double, by step: Double = 1, dtype: DType = .float32, device: Device = .cpu
  ) throws(TorchError) -> Tensor {
    try Operators.arange(.double(start), .double(end), .double(step), .dtype(dtype), .none, .device(device))
  }

  /// The identity matrix, `[size, size]`.
  public static func identity(_ size: Int) throws(TorchError) -> Tensor { try Operators.eye(.int(size)) }

  /// Independent standard normal numbers, on the generator's device.
  public static func normal(_ shape: [Int], using generator: RandomGenerator) throws(TorchError) -> Tensor {
    try Operators.randn(
      .ints(shape), .generator(generator), .dtype(.float32), .none, .device(generator.device))
  }

  /// Independent numbers uniform on [`low`, `high`), on the generator's device.
  public static func uniform(
    _ shape: [Int], low: Double = 0, high: Double = 1, using generator: RandomGenerator
  ) throws(TorchError) -> Tensor {
    let unit = try Operators.rand(
      .ints(shape), .generator(generator), .dtype(.float32), .none, .device(generator.device))
    return low == 0 && high == 1 ? unit : try unit * (high - low) + low
  }

  /// Independent integers uniform on `range`, as `int64`.
  public static func randomIntegers(
    _ shape: [Int], in range: Range<Int>, using generator: RandomGenerator
  ) throws(TorchError) -> Tensor {
    try Operators.randint(
      .int(range.lowerBound), .int(range.upperBound), .ints(shape), .generator(generator), .dtype(.int64), .none,
      .device(generator.device))
  }

  /// The integers below `count` in random order, `[count]` of `int64`.
  public static func permutation(_ count: Int, using generator: RandomGenerator) throws(TorchError) -> Tensor {
    try Operators.randperm(.int(count), .generator(generator), .dtype(.int64), .none, .device(generator.device))
  }

  /// Ones with the given probability, zeros otherwise, in `float32`.
  public static func bernoulli(
    _ shape: [Int], probability: Double, using generator: RandomGenerator
  ) throws(TorchError) -> Tensor {
    let made = try Tensor.zeros(shape, device: generator.device)
    return try Operators.bernoulliInPlace(.tensor(made), .double(probability), .generator(generator))
  }
}

extension Tensor {
  /// The same numbers in another format; the tensor itself where nothing changes.
  public func to(_ dtype: DType) throws(TorchError) -> Tensor {
    self.dtype == dtype ? self : try Operators.toDType(.tensor(self), .dtype(dtype))
  }

  /// The same numbers on another device.
  public func to(_ device: Device) throws(TorchError) -> Tensor {
    self.device == device ? self : try Operators.toDevice(.tensor(self), .device(device), .dtype(dtype))
  }

  /// The same numbers on their way to another device: the host does not wait until they are there, and
  /// work that is queued after this finds them.
  public func sent(to device: Device) throws(TorchError) -> Tensor {
    // Only from page-locked memory can a CUDA device copy by itself.
    guard device.kind == .cuda, self.device == .cpu else { return try to(device) }
    let source = try Operators.pinMemory(.tensor(self))
    return try Operators.toDevice(
      .tensor(source), .device(device), .dtype(dtype), /* non_blocking: */ true)
  }

  /// A copy with its own memory, still part of the graph.
  public func cloned() throws(TorchError) -> Tensor { try Operators.clone(.tensor(self)) }

  /// The same numbers laid out row-major, or with channels innermost (`[N, H, W, C]` in memory,
  /// still indexed `[N, C, H, W]`), which is the faster layout for convolutions.
  public func contiguous(channelsLast: Bool = false) throws(TorchError) -> Tensor {
    // LibTorch's memory formats: 0 contiguous, 2 channels last.
    try Operators.contiguous(.tensor(self), .int(channelsLast ? 2 : 0))
  }

  /// Overwrites this tensor's numbers, converting format and device.
  /// - Throws: ``TorchError`` when the shapes do not broadcast.
  public func copy(from source: Tensor) throws(TorchError) {
    try Operators.copyInPlace(.tensor(self), .tensor(source))
  }

  /// Overwrites every element with one number.
  public func fill(_ value: Double) throws(TorchError) { try Operators.fillInPlace(.tensor(self), .double(value)) }
}
