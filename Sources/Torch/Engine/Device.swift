internal import CSparringTorch

/// Where a tensor lives: `cpu`, `cuda:0`, `mps`.
public struct Device: Hashable, Sendable, CustomStringConvertible {
  /// The kinds of devices that LibTorch computes on here.
  public enum Kind: String, Sendable, CaseIterable {
    /// The processor.
    case cpu
    /// A GPU under NVIDIA's CUDA.
    case cuda
    /// Apple's GPU under Metal.
    case mps
  }

  /// What the device is.
  public let kind: Kind
  /// Which of several CUDA devices; 0 for the other kinds, of which there is one.
  public let index: Int

  /// The processor, which every machine has.
  public static let cpu = Device(.cpu)

  private init(_ kind: Kind, index: Int = 0) {
    (self.kind, self.index) = (kind, index)
  }

  /// Reads a device's name.
  /// - Throws: ``TorchError`` when the name is unknown or this machine has no such device.
  public init(_ name: String) throws(TorchError) {
    let parts = name.split(separator: ":", omittingEmptySubsequences: false)
    let index = parts.count == 2 ? Int(parts[1]) : 0
    guard let kind = Kind(rawValue: String(parts[0])), let index, index >= 0, parts.count <= 2 else {
      throw TorchError("no device is called '\(name)'; use cpu, cuda:0 or mps")
    }
    if kind != .cpu, let problem = Machine.libraryProblem { throw TorchError(problem) }
    switch kind {
    case .cpu: self = .cpu
    case .cuda:
      guard index < Machine.cudaDeviceCount else {
        throw TorchError("device '\(name)' was asked for, but LibTorch sees \(Machine.cudaDeviceCount) CUDA devices")
      }
      self.init(.cuda, index: index)
    case .mps:
      guard Machine.hasMPS else { throw TorchError("device 'mps' was asked for, but LibTorch sees no Metal device") }
      self.init(.mps)
    }
  }

  /// The name as LibTorch writes it, with its index on CUDA: `cpu`, `cuda:0`, `mps`.
  public var description: String { kind == .cuda ? "cuda:\(index)" : kind.rawValue }
}

extension Device {
  init(_ reported: ct_device) {
    switch Int(reported.kind) {
    case CT_CUDA: self.init(.cuda, index: Int(reported.index))
    case CT_MPS: self.init(.mps)
    default: self = .cpu
    }
  }

  /// The device as the shim takes it.
  var reference: ct_device {
    let number =
      switch kind {
      case .cpu: CT_CPU
      case .cuda: CT_CUDA
      case .mps: CT_MPS
      }
    return ct_device(kind: Int32(number), index: Int32(clamping: index))
  }
}
