import SparringTorch

#if canImport(CSparringLinear)
  internal import CSparringLinear
#endif

/// Linear support vector machines, one for each class against all others, by LIBLINEAR (Fan et al. 2008).
struct LinearSVM {
  /// `[K, F]`.
  let weight: Tensor
  /// `[K]`.
  let bias: Tensor

  /// Fits K hyperplanes. Each minimises
  ///
  ///     ½·(‖w‖² + b²) + C · Σ max(0, 1 − y·(w·x + b))²
  ///
  /// where y is 1 for the examples of its class and −1 for the others: L2 regularisation and squared hinge loss, in the
  /// dual where there are more features than examples and in the primal otherwise.
  ///
  /// - Parameters:
  ///   - features: `[N, F]`.
  ///   - labels: `[N]`, each from 0 to K − 1.
  ///   - cost: C, above 0.
  ///   - seed: Orders the dual's coordinates.
  /// - Throws: `TorchError` when a class has no example, or the features take too much memory.
  init(features: Tensor, labels: [Int], classCount: Int, cost: Double, seed: UInt64) throws {
    let width = features.shape[1]
    if let absent = (0..<classCount).first(where: { !labels.contains($0) }) {
      throw TorchError("no labelled example of class \(absent) to fit its hyperplane to: show more labels")
    }
    let bytes = labels.count * (width + 2) * 16
    guard bytes <= Self.mostBytes else {
      throw TorchError(
        "\(width) features of \(labels.count) labelled images take \(bytes >> 30) GiB in LIBLINEAR, more than "
          + "\(Self.mostBytes >> 30): show fewer labels (dataset.labels), or describe pictures by fewer features")
    }
    let planes = try fitHyperplanes(
      features.array(of: Float.self), width: width, labels: labels, classCount: classCount, cost: cost, seed: seed)
    weight = try Tensor(planes.weights, shape: [classCount, width])
    bias = try Tensor(planes.biases)
  }

  private static let mostBytes = 16 << 30

  /// The mean over examples and hyperplanes of the squared hinge loss.
  /// - Parameter margins: `[N, K]`, what the hyperplanes say.
  static func squaredHinge(margins: Tensor, labels: Tensor) throws -> Tensor {
    let signs = try labels.oneHot(classCount: margins.shape[1]).to(.float32) * 2 - 1
    return try (1 - signs * margins).relu().squared().mean()
  }
}

extension Linear {
  /// Takes on the hyperplanes.
  func take(_ planes: LinearSVM) throws {
    try withoutGradients {
      try weight.value.copy(from: planes.weight)
      try bias?.value.copy(from: planes.bias)
    }
  }
}

#if canImport(CSparringLinear)
  /// The examples as LIBLINEAR takes them: for each the numbers that are not zero, then 1 for the bias, then an end; and where
  /// each example begins.
  private func sparse(_ features: [Float], width: Int, count: Int) -> (nodes: [feature_node], starts: [Int]) {
    var nodes: [feature_node] = []
    var starts: [Int] = []
    for example in 0..<count {
      starts.append(nodes.count)
      for index in 0..<width where features[example * width + index] != 0 {
        nodes.append(feature_node(index: Int32(index + 1), value: Double(features[example * width + index])))
      }
      nodes.append(feature_node(index: Int32(width + 1), value: 1))
      nodes.append(feature_node(index: -1, value: 0))
    }
    return (nodes, starts)
  }

  /// LIBLINEAR's functions.
  private func library() throws(TorchError) -> sparring_linear {
    var functions = sparring_linear()
    if let problem = sparring_open_linear(&functions) {
      throw TorchError("LIBLINEAR cannot be opened (\(String(cString: problem))): install liblinear-dev")
    }
    return functions
  }

  private func fitHyperplanes(
    _ features: [Float], width: Int, labels: [Int], classCount: Int, cost: Double, seed: UInt64
  ) throws -> (weights: [Float], biases: [Float]) {
    let linear = try library()
    var (nodes, starts) = sparse(features, width: width, count: labels.count)
    var targets = labels.map(Double.init)
    var settings = parameter()
    let isWide = labels.count <= width
    settings.solver_type = Int32(isWide ? L2R_L2LOSS_SVC_DUAL : L2R_L2LOSS_SVC)
    settings.C = cost
    settings.eps = isWide ? 0.01 : 0.001

    let found: UnsafeMutablePointer<model>? = nodes.withUnsafeMutableBufferPointer { nodes in
      guard let first = nodes.baseAddress else { return nil }
      var rows: [UnsafeMutablePointer<feature_node>?] = starts.map { first.advanced(by: $0) }
      return rows.withUnsafeMutableBufferPointer { rows in
        targets.withUnsafeMutableBufferPointer { targets in
          var examples = problem()
          (examples.l, examples.n) = (Int32(targets.count), Int32(width + 1))
          (examples.y, examples.x, examples.bias) = (targets.baseAddress, rows.baseAddress, 1)
          linear.set_print_string_function { _ in }
          return seedingLibraries(seed) { linear.train(&examples, &settings) }
        }
      }
    }
    guard let fitted = found else { throw TorchError("LIBLINEAR has no memory left for its hyperplanes") }
    defer {
      var ending: UnsafeMutablePointer<model>? = fitted
      linear.free_and_destroy_model(&ending)
    }
    var weights = [Float](repeating: 0, count: classCount * width)
    var biases = [Float](repeating: 0, count: classCount)
    for place in 0..<linear.get_nr_class(fitted) {
      let label = Int(fitted.pointee.label[Int(place)])
      for index in 0..<width {
        weights[label * width + index] = Float(linear.get_decfun_coef(fitted, Int32(index + 1), place))
      }
      biases[label] = Float(linear.get_decfun_bias(fitted, place))
    }
    return (weights, biases)
  }
#else
  private func fitHyperplanes(
    _ features: [Float], width: Int, labels: [Int], classCount: Int, cost: Double, seed: UInt64
  ) throws -> (weights: [Float], biases: [Float]) {
    throw TorchError("LIBLINEAR is not built in here")
  }
#endif
