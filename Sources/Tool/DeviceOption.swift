import ArgumentParser
import SparringTorch

/// Where a command that uses a finished run computes.
struct DeviceOption: ParsableArguments {
  @Option(help: "cpu, cuda:0 or mps; that of the run when left out, or the CPU where this machine lacks it.")
  var device: String?

  /// The device that was asked for, or the run's own.
  /// - Throws: `TorchError` when this machine lacks the device that was asked for.
  func device(insteadOf saved: String) throws -> Device {
    if let device { return try Device(device) }
    // A run that was trained elsewhere can be used anywhere.
    return (try? Device(saved)) ?? .cpu
  }
}
