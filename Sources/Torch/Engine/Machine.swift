internal import CSparringTorch

/// What LibTorch finds on this machine, and how many threads it may use.
///
/// Everything here can be asked without LibTorch, too: ``libraryProblem`` then says what is wrong, and there is no device
/// but the CPU.
public enum Machine {
  /// The library of this package through which LibTorch is called; nil where it could not be loaded.
  public static var libraryPath: String? { ct_library_path().map { String(cString: $0) } }
  /// Why LibTorch cannot be used and what to type, in one line; nil where it can.
  public static var libraryProblem: String? { ct_library_problem().map { String(cString: $0) } }
  /// - Throws: ``TorchError`` saying what to type where LibTorch cannot be used; so does making the first tensor.
  public static func requireLibTorch() throws(TorchError) {
    if let problem = libraryProblem { throw TorchError(problem) }
  }
  /// This package's version.
  package static let packageVersion = SPARRING_VERSION

  /// LibTorch's version, such as `2.13.0`; empty where it could not be loaded.
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
  public static func hasNativeBFloat16(_ device: Device) -> Bool { ct_device_has_bfloat16(device.reference) }
  /// Lets cuDNN time its kernels for every new shape and keep the fastest. Another process may find
  /// another one the fastest, and then rounds differently.
  public static func setKernelSearch(_ search: Bool) { ct_set_kernel_search(search) }
  /// Treats subnormal numbers as zero, which keeps convolutions fast when activations fade.
  public static func setFlushDenormal(_ flush: Bool) { ct_set_flush_denormal(flush) }

  /// Whether bf16 convolutions and normalisations on the CPU run in this package's own kernels rather than LibTorch's.
  ///
  /// True where the processor has AVX512-BF16 and no AMX. Beside AMX ours stand back, as LibTorch's may be faster there,
  /// until this is set to true; setting it to false leaves everything to LibTorch. ``kernels`` says why.
  public static var usesFastKernels: Bool {
    get { kernels == .own }
    set { ct_set_kernels(KernelChoice.number(of: newValue)) }
  }
  /// Which kernels compute bf16 convolutions and normalisations on the CPU, and why.
  public static var kernels: KernelChoice { KernelChoice(number: ct_kernels()) }
  /// Chooses the kernels by a word, as the tool does by `SPARRING_KERNELS`: `own`, `libtorch`, or `auto`, which leaves it
  /// to what is known of the processor; so does nil, or nothing.
  /// - Throws: ``TorchError`` for any other word.
  public static func chooseKernels(named name: String?) throws(TorchError) {
    let wish: Bool?
    switch name {
    case "own": wish = true
    case "libtorch": wish = false
    case "auto", "", nil: wish = nil
    case .some(let name): throw TorchError("SPARRING_KERNELS is '\(name)': choose own, libtorch or auto")
    }
    ct_set_kernels(KernelChoice.number(of: wish))
  }

  /// Whether the memory of dead CPU tensors is kept for the next ones, large blocks on huge pages; false unless set.
  ///
  /// A training step asks for the same sizes again and again, and fresh memory costs a page fault every 4 KiB: a program
  /// that trains sets this to true before its first tensor, and steps take up to a seventh less time. It concerns the
  /// whole process: LibTorch's allocator for the CPU is replaced, and the C library (glibc's `mallopt`) keeps blocks of up
  /// to 32 MiB that are freed. Setting it to false again gives the kept memory back; what the C library was told stays.
  public static var keepsMemory: Bool {
    get { ct_memory_caching() }
    set { ct_set_memory_caching(newValue) }
  }
  /// Bytes kept that no tensor uses.
  public static var keptMemory: Int { Int(ct_kept_memory()) }
  /// Gives kept memory back to the system.
  public static func releaseKeptMemory() { ct_release_memory() }
}
