public import SparringTorch

/// One network that trains: itself, its optimiser, and where wanted the moving average of its weights.
///
/// A recipe keeps its players as stored properties; ``RecipeParts`` finds them there, so what trains is listed once.
public final class Player<Network: Module> {
  /// The network, with the weights of the last step.
  public let network: Network
  /// Moves the network's trained parameters.
  public let optimizer: any Optimizer
  /// nil where no average is kept.
  public let average: ExponentialMovingAverage?
  /// What the optimiser moves, in its order.
  public let parameters: [Tensor]

  /// - Parameters:
  ///   - averageDecay: How much of the averaged weights survives one step; 0 keeps no average.
  ///   - warmsUp: Lets the average forget the random beginning soon.
  ///   - teaches: Whether the average keeps the statistics of the examples that it is shown (``teaching(_:)``), instead of
  ///     those of the network.
  ///   - optimizer: Makes the optimiser of the network's trained parameters.
  public init(
    _ network: Network, averageDecay: Double = 0, warmsUp: Bool = true, teaches: Bool = false,
    optimizer: ([NamedParameter]) throws -> any Optimizer
  ) throws {
    self.network = network
    let trained = network.trainedParameters
    self.optimizer = try optimizer(trained)
    average =
      averageDecay > 0
      ? try ExponentialMovingAverage(of: network, decay: averageDecay, warmsUp: warmsUp, followsBuffers: !teaches) : nil
    parameters = trained.map(\.value)
  }

  /// The gradients of a scalar `loss`, one for each of ``parameters``.
  public func gradients(of loss: Tensor, retainGraph: Bool = false) throws(TorchError) -> [Tensor] {
    try SparringTorch.gradients(of: loss, withRespectTo: parameters, retainGraph: retainGraph)
  }

  /// Moves the network once, and the average after it.
  public func step(_ gradients: [Tensor]) throws(TorchError) {
    try optimizer.step(gradients)
    try average?.update()
  }

  /// Runs `body` on the averaged weights where there are some, in inference mode and without gradients.
  public func inferring<Result>(_ body: (Network) throws -> Result) throws -> Result {
    try withoutGradients {
      try network.inInferenceMode {
        guard let average else { return try body(network) }
        return try average.withAverages(in: network) { try body(network) }
      }
    }
  }
}

extension Player {
  /// Runs `body` on the averaged weights, normalised by the statistics of the examples that it shows them, which the
  /// average remembers for inference.
  public func teaching<Result>(_ body: (Network) throws -> Result) throws -> Result {
    try withoutGradients {
      try network.inInferenceMode {
        guard let average else { return try body(network) }
        return try average.withAverages(in: network, keepingBuffers: true) {
          try network.withBatchStatistics { try body(network) }
        }
      }
    }
  }
}

/// A ``Player`` whose network's type does not matter.
protocol AnyPlayer: AnyObject {
  var module: any Module { get }
  var optimizer: any Optimizer { get }
  var average: ExponentialMovingAverage? { get }
}

extension Player: AnyPlayer {
  var module: any Module { network }
}
