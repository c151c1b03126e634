/// Averages of a module's parameters over training, which usually classify and draw better than the
/// last ones (Polyak and Juditsky 1992; Tarvainen and Valpola 2017).
///
/// After every step, average ← d·average + (1 − d)·parameter. Buffers, such as running means, are
/// copied as they are.
public final class ExponentialMovingAverage {
  /// d, in [0, 1).
  public let decay: Double
  /// How often ``update()`` has been called.
  public private(set) var updateCount = 0
  private let warmsUp: Bool
  private let sources: [NamedParameter]
  private let values: [Tensor]
  private let trained: [Int]
  private let buffers: [Int]

  /// Begins with a copy of the module's present state.
  /// - Parameters:
  ///   - module: Its parameters are followed; the module itself is not kept.
  ///   - warmsUp: Uses min(d, (1 + t) / (10 + t)) after t updates, so that the random beginning is
  ///     soon forgotten.
  /// - Throws: ``TorchError`` for a decay outside [0, 1).
  public init(of module: any Module, decay: Double, warmsUp: Bool = false) throws(TorchError) {
    guard (0..<1).contains(decay) else { throw TorchError("an average's decay must lie in [0, 1), not \(decay)") }
    (self.decay, self.warmsUp) = (decay, warmsUp)
    let sources = module.namedParameters
    self.sources = sources
    values = try withoutGradients { () throws(TorchError) in
      try sources.map { source throws(TorchError) in try source.value.cloned() }
    }
    trained = sources.indices.filter { sources[$0].parameter.role == .trained }
    buffers = sources.indices.filter { sources[$0].parameter.role == .buffer }
  }

  /// Takes the parameters as they are now into the averages.
  public func update() throws(TorchError) {
    let age = Double(updateCount)
    let share = 1 - (warmsUp ? min(decay, (1 + age) / (10 + age)) : decay)
    try withoutGradients { () throws(TorchError) in
      if !trained.isEmpty {
        _ = try Operators.foreachLerpInPlace.results(
          .tensors(trained.map { values[$0] }), .tensors(trained.map { sources[$0].value }), .double(share))
      }
      for index in buffers { try values[index].copy(from: sources[index].value) }
    }
    updateCount += 1
  }

  /// The averages by path, fit for a module of the same architecture; they change with the next update.
  public var averages: [String: Tensor] {
    Dictionary(zip(sources.map(\.path), values), uniquingKeysWith: { first, _ in first })
  }

  /// The averages and the number of updates, for a checkpoint.
  public func state() throws(TorchError) -> [String: Tensor] {
    var state = averages
    state[Self.countKey] = try Tensor([Int64(updateCount)], shape: [])
    return state
  }

  /// Continues from a ``state()``.
  /// - Throws: ``TorchError`` naming the first entry that is missing, unexpected or of another
  ///   shape; nothing is overwritten then.
  public func load(state: [String: Tensor]) throws(TorchError) {
    let count = try Tensor([Int64(0)], shape: [])
    let own = zip(sources, values).map { (path: $0.path, value: $1) }
    try overwrite(own + [(Self.countKey, count)], with: state, whose: "average")
    updateCount = max(0, try count.integers()[0])
  }

  /// Runs `body` while the averages stand in for the values of `module`, and puts those back
  /// afterwards, whether or not `body` throws.
  /// - Throws: What `body` throws, or ``TorchError`` when the module has other parameters than the
  ///   one the averages were made of.
  public func withAverages<Result>(in module: any Module, _ body: () throws -> Result) throws -> Result {
    let present = try withoutGradients {
      try module.state.mapValues { try $0.cloned() }
    }
    try module.load(averages)
    let result = Swift.Result { try body() }
    try module.load(present)
    return try result.get()
  }

  /// No parameter is called so: paths have no brackets.
  private static let countKey = "(updates)"
}
