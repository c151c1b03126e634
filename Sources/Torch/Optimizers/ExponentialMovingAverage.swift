/// Averages of a module's parameters over training, which usually classify and draw better than the
/// last ones (Polyak and Juditsky 1992; Tarvainen and Valpola 2017).
///
/// After every step, average ← d·average + (1 − d)·parameter. Buffers, such as running means, are
/// copied as they are, or the average keeps its own.
public final class ExponentialMovingAverage {
  /// d, in [0, 1).
  public let decay: Double
  private let warmsUp: Bool
  private let followsBuffers: Bool
  private let sources: [NamedParameter]
  /// The module that the averages were made of, while it lives.
  private weak var origin: (any Module)?
  private let values: [Tensor]
  private let trained: [Int]
  private let buffers: [Int]
  /// Updates made, a scalar beside the averages: a warm-up counts under a recorded step, too.
  private let count: Tensor

  /// Begins with a copy of the module's present state.
  /// - Parameters:
  ///   - module: Its parameters are followed; the module itself is not kept.
  ///   - warmsUp: Uses min(d, (1 + t) / (10 + t)) after t updates, so that the random beginning is
  ///     soon forgotten.
  ///   - followsBuffers: Copies the module's buffers at each update; otherwise they are what ``withAverages(in:keepingBuffers:_:)``
  ///     left.
  /// - Throws: ``TorchError`` for a decay outside [0, 1).
  public init(
    of module: any Module, decay: Double, warmsUp: Bool = false, followsBuffers: Bool = true
  ) throws(TorchError) {
    guard (0..<1).contains(decay) else { throw TorchError("an average's decay must lie in [0, 1), not \(decay)") }
    (self.decay, self.warmsUp, self.followsBuffers) = (decay, warmsUp, followsBuffers)
    let sources = module.keptParameters
    self.sources = sources
    origin = module
    values = try withoutGradients { () throws(TorchError) in
      try sources.map { source throws(TorchError) in try source.value.cloned() }
    }
    trained = sources.indices.filter { sources[$0].parameter.role == .trained }
    buffers = sources.indices.filter { sources[$0].parameter.role == .buffer }
    count = try Tensor.zeros([], dtype: .int64, device: sources.first?.value.device ?? .cpu)
  }

  /// Takes the parameters as they are now into the averages.
  public func update() throws(TorchError) {
    try withoutGradients { () throws(TorchError) in
      if !trained.isEmpty { try approach(trained.map { sources[$0].value }, from: trained.map { values[$0] }) }
      if followsBuffers { try copy(buffers.map { sources[$0].value }, to: buffers.map { values[$0] }) }
      try Operators.addScalarInPlace(.tensor(count), 1)
    }
  }

  private func approach(_ targets: [Tensor], from averages: [Tensor]) throws(TorchError) {
    guard warmsUp else {
      _ = try Operators.foreachLerpInPlace.results(.tensors(averages), .tensors(targets), .double(1 - decay))
      return
    }
    // 1 − d after `count` updates. LibTorch's lerp of lists takes no weight from a tensor in one kernel.
    let age = try count.to(.float32)
    let share = try 1 - ((age + 1) / (age + 10)).clamped(low: 0, high: decay)
    let steps = try Operators.foreachSub.results(.tensors(targets), .tensors(averages), capacity: targets.count)
    _ = try Operators.foreachMulTensorInPlace.results(.tensors(steps), .tensor(share))
    _ = try Operators.foreachAddInPlace.results(.tensors(averages), .tensors(steps))
  }

  private func copy(_ sources: [Tensor], to targets: [Tensor]) throws(TorchError) {
    guard !sources.isEmpty else { return }
    _ = try Operators.foreachCopyInPlace.results(.tensors(targets), .tensors(sources))
  }

  /// The averages by path, fit for a module of the same architecture; they change with the next update.
  public var averages: [String: Tensor] {
    Dictionary(zip(sources.map(\.path), values), uniquingKeysWith: { first, _ in first })
  }

  /// The averages and the number of updates, for a checkpoint.
  public func state() throws(TorchError) -> [String: Tensor] {
    var state = averages
    state[Self.countKey] = count
    return state
  }

  /// Continues from a ``state()``.
  /// - Throws: ``TorchError`` naming the first entry that is missing, unexpected or of another
  ///   shape; nothing is overwritten then.
  public func load(state: [String: Tensor]) throws(TorchError) {
    let own = zip(sources, values).map { (path: $0.path, value: $1) }
    try overwrite(own + [(Self.countKey, count)], with: state, whose: "average")
  }

  /// Runs `body` while the averages stand in for the values of `module`, and puts those back
  /// afterwards, whether or not `body` throws.
  /// - Parameter keepingBuffers: Whether what `body` does to buffers, such as running means, stays with the averages.
  /// - Throws: What `body` throws, or ``TorchError`` when the module has other parameters than the
  ///   one the averages were made of.
  public func withAverages<Result>(
    in module: any Module, keepingBuffers: Bool = false, _ body: () throws -> Result
  ) throws -> Result {
    let (present, standIns) = try module === origin ? (sources.map(\.value), values) : pairs(with: module)
    let kept = try present.map { try Operators.emptyLike(.tensor($0)) }
    try replace(kept, with: present)
    try replace(present, with: standIns)
    let result = Swift.Result { try body() }
    if keepingBuffers, module === origin { try copy(buffers.map { present[$0] }, to: buffers.map { values[$0] }) }
    try replace(present, with: kept)
    return try result.get()
  }

  /// The module's values and the averages, in the same order.
  private func pairs(with module: any Module) throws(TorchError) -> ([Tensor], [Tensor]) {
    let (own, averages) = (module.keptParameters, averages)
    let standIns = own.compactMap { averages[$0.path] }
    guard own.count == averages.count, standIns.map(\.shape) == own.map(\.value.shape) else {
      // Nothing is overwritten; this says what differs.
      try module.load(averages)
      throw TorchError("the averages belong to another network")
    }
    return (own.map(\.value), standIns)
  }

  private func replace(_ targets: [Tensor], with sources: [Tensor]) throws(TorchError) {
    try withoutGradients { () throws(TorchError) in try copy(sources, to: targets) }
    forgetCastWeights()
  }

  /// No parameter is called so: paths have no brackets.
  private static let countKey = "(updates)"
}
