/// One number that kernels read from a tensor, so that it may change between two replays of a ``StepGraph``, which
/// would freeze an argument.
public final class DeviceNumber {
  /// A scalar. On the CPU it is `float64`, so that kernels find the very number that the host has; the
  /// kernels of other devices want `float32`.
  public let value: Tensor
  private var present = Double.nan

  /// Zero, on a device.
  public init(_ number: Double = 0, on device: Device) throws(TorchError) {
    value = try Tensor.zeros([], dtype: device == .cpu ? .float64 : .float32, device: device)
    try set(number)
  }

  /// Written only when it changes, without waiting for the device.
  public func set(_ number: Double) throws(TorchError) {
    let number = value.dtype == .float64 ? number : Double(Float(number))
    guard number != present else { return }
    try value.fill(number)
    present = number
  }
}
