import ArgumentParser
import SparringTorch

/// Where a command that uses a finished run computes.
struct DeviceOption: ParsableArguments {
  @Option(help: "cpu, cuda:0 or mps; that of the run when left out, or the CPU where this machine lacks it.")
  var device: String?

  /// The device that was asked for; nil leaves it to the run.
  /// - Throws: `TorchError` when this machine lacks it.
  func chosen() throws -> Device? { try device.map { try Device($0) } }
}
