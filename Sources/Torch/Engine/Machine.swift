internal import CSparringTorch

/// Where a tensor lives: `cpu`, `cuda:0`, `mps`.
public struct Device: Hashable, Sendable, CustomStringConvertible {
  /// The name as LibTorch writes it, with its index on CUDA: `cpu`, `cuda:0`, `mps`.
  public let description: String

  /// The processor, which every machine has.
  public static let cpu = Device(trusted: "cpu")

  private init(trusted description: String) {
    self.description = description
  }

  /// Reads a device's name.
  /// - Throws: ``TorchError`` when the name is unknown or this machine has no such device.
  public init(_ name: String) throws(TorchError) {
    let parts = name.split(separator: ":", omittingEmptySubsequences: false)
    let index = parts.count == 2 ? Int(parts[1]) : 0
    guard let index, index >= 0, parts.count <= 2 else {
      throw TorchError("no device is called '\(name)'; use cpu, cuda:0 or mps")
    }
    switch parts[0] {
    case "cpu": self = .cpu
    case "cuda":
      guard index < Machine.cudaDeviceCount else {
        throw TorchError("device '\(name)' was asked for, but LibTorch sees \(Machine.cudaDeviceCount) CUDA devices")
      }
      self.init(trusted: "cuda:\(index)")
    case "mps":
      guard Machine.hasMPS else { throw TorchError("device 'mps' was asked for, but LibTorch sees no Metal device") }
      self.init(trusted: "mps")
    default: throw TorchError("no device is called '\(name)'; use cpu, cuda:0 or mps")
    }
  }

  init(reported description: String) {
    self.init(trusted: description)
  }

  /// The kind without its index: `cpu`, `cuda`, `mps`.
  public var kind: String { String(description.prefix { $0 != ":" }) }
}

/// What LibTorch finds on this machine, and how many threads it may use.
public enum Machine {
  /// LibTorch's version, such as `2.13.0`.
  public static var libTorchVersion: String { String(cString: ct_version()) }
  /// The instruction set of LibTorch's own CPU kernels, such as `AVX512`.
  public static var cpuCapability: String { String(cString: ct_cpu_capability()) }
  /// CUDA devices that LibTorch can use; 0 where it was built without CUDA.
  public static var cudaDeviceCount: Int { Int(ct_cuda_device_count()) }
  /// Whether LibTorch can use Apple's Metal.
  public static var hasMPS: Bool { ct_has_mps() }
  /// Threads within one operator. Results are reproducible for one count, not across counts.
  public static var threadCount: Int {
    get { Int(ct_thread_count()) }
    set { ct_set_thread_count(Int32(clamping: newValue)) }
  }
  /// Whether a device multiplies bf16 matrices in hardware, as far as LibTorch knows; false for the CPU.
  public static func hasNativeBFloat16(_ device: Device) -> Bool { ct_device_has_bfloat16(device.description) }
  /// Lets cuDNN time its kernels for every new shape and keep the fastest. Another process may find
  /// another one the fastest, and then rounds differently.
  public static func setKernelSearch(_ search: Bool) { ct_set_kernel_search(search) }
  /// Treats subnormal numbers as zero, which keeps convolutions fast when activations fade.
  public static func setFlushDenormal(_ flush: Bool) { ct_set_flush_denormal(flush) }
  /// Asks LibTorch for deterministic kernels where it has them.
  public static func setDeterministic(_ flag: Bool) { ct_set_deterministic(flag) }

  /// Whether bf16 convolutions and normalisations on the CPU run in this package's own kernels rather than
  /// LibTorch's; true where the processor has AVX512-BF16, unless set to false.
  public static var usesFastKernels: Bool {
    get { ct_uses_fast_kernels() }
    set { ct_set_fast_kernels(newValue) }
  }
  /// Whether the memory of dead CPU tensors is kept for the next ones, large blocks on huge pages.
  ///
  /// A training step asks for the same sizes again and again, and fresh memory costs a page fault every 4 KiB.
  /// Switching it off gives the kept memory back.
  public static var keepsMemory: Bool {
    get { ct_memory_caching() }
    set { ct_set_memory_caching(newValue) }
  }
  /// Bytes kept that no tensor uses.
  public static var keptMemory: Int { Int(ct_kept_memory()) }
  /// Gives kept memory back to the system.
  public static func releaseKeptMemory() { ct_release_memory() }
}
