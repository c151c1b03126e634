public import SparringTorch

/// Where in its run a step stands, as a tensor: a recorded step (``StepGraph``) is replayed with the same host-side
/// numbers, so a weight that a step works out on the host would stay what it was when it was recorded.
///
/// There is no way to read the time as a number of the host; ``ramp(from:to:over:)`` and ``growth(over:)`` give
/// what a recipe needs.
public struct StepTime {
  private let share: Tensor

  init(share: Tensor) {
    self.share = share
  }

  /// A fixed moment, for a step taken by hand.
  /// - Parameter progress: The share of the run that is done, on [0, 1].
  public init(progress: Double = 0, on device: Device = .cpu) throws(TorchError) {
    share = try DeviceNumber(progress, on: device).value
  }

  /// The share of the run's steps done before this one, on [0, 1): a scalar of `float32`.
  public func progress() throws(TorchError) -> Tensor {
    try withoutGradients { () throws(TorchError) in try share.to(.float32) }
  }

  /// A scalar that stands at `start` until the span begins, then moves along a line, and stays at `end` after it.
  /// - Parameter span: In shares of the run, such as `0...0.3`; a span of length 0 is a switch.
  public func ramp(from start: Double, to end: Double, over span: ClosedRange<Double>) throws(TorchError) -> Tensor {
    let length = max(span.upperBound - span.lowerBound, 1e-9)
    return try withoutGradients { () throws(TorchError) in
      // Worked out in the number's own format, so that a switch is exact.
      let along = try ((share - span.lowerBound) * (1 / length)).clamped(low: 0, high: 1)
      return try (along * (end - start) + start).to(.float32)
    }
  }

  /// A scalar that grows from 0 to 1 over the first part of the run.
  /// - Parameter length: A share of the run; 0 gives 1 from the first step on.
  public func growth(over length: Double) throws(TorchError) -> Tensor {
    // A switch at 0 would still leave out the first step.
    try length > 0 ? ramp(from: 0, to: 1, over: 0...length) : ramp(from: 1, to: 1, over: 0...0)
  }
}

extension StepTime {
  /// A scalar that is 0 before a share of the run is done, and 1 from there on.
  /// - Parameter share: On [0, 1]; 0 gives 1 from the first step on, and 1 gives 0 throughout.
  public func switched(at share: Double) throws(TorchError) -> Tensor {
    try withoutGradients { () throws(TorchError) in try self.share.isAtLeast(share).to(.float32) }
  }
}

/// What moves the ``StepTime`` of a run on; the loop's, not the recipe's.
public final class StepClock {
  private let number: DeviceNumber

  /// A clock at the beginning of a run.
  public init(on device: Device) throws(TorchError) {
    number = try DeviceNumber(on: device)
  }

  /// The same tensors in every step; ``set(step:of:)`` changes what they hold.
  public var time: StepTime { StepTime(share: number.value) }

  /// - Parameters:
  ///   - step: Steps done.
  ///   - total: Steps of the whole run.
  public func set(step: Int, of total: Int) throws(TorchError) {
    try number.set(Double(step) / Double(max(1, total)))
  }
}
