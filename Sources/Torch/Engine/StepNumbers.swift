/// Something whose steps use numbers that the host works out anew each time, such as a learning rate
/// or an average's decay while it warms up.
///
/// As arguments of kernels they would be frozen by a ``StepGraph``. On demand they are kept in tensors,
/// which kernels read and the host overwrites between two steps, without waiting for the device.
public protocol StepNumbers: AnyObject {
  /// Lets kernels read the numbers from tensors from now on; before each step, ``prepareStep()`` has to
  /// be called.
  func keepNumbersOnDevice() throws(TorchError)
  /// Puts the next step's numbers into their tensors, and counts the step.
  func prepareStep() throws(TorchError)
}

/// One number in a tensor, written only when it changes.
final class DeviceNumber {
  /// A scalar. On the CPU it is `float64`, so that kernels find the very number that the host has; the
  /// kernels of other devices want `float32`.
  let value: Tensor
  private var present = Double.nan

  init(on device: Device) throws(TorchError) {
    value = try Tensor.zeros([], dtype: device == .cpu ? .float64 : .float32, device: device)
  }

  func set(_ number: Double) throws(TorchError) {
    let number = value.dtype == .float64 ? number : Double(Float(number))
    guard number != present else { return }
    try value.fill(number)
    present = number
  }
}
