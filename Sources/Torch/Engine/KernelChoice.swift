internal import CSparringTorch

/// Which kernels compute bf16 convolutions and normalisations on the CPU, and why.
public enum KernelChoice: String, Sendable, CaseIterable {
  /// This package's own: the processor has AVX512-BF16.
  case own
  /// LibTorch's: the processor has no AVX512-BF16, which ours are written for.
  case libTorchWithoutBFloat16
  /// LibTorch's: the processor has AMX besides, where LibTorch's may be faster. Nobody has measured it.
  case libTorchBesideAMX
  /// LibTorch's, as it was asked for.
  case libTorchAsAsked

  /// The choice for a processor.
  /// - Parameters:
  ///   - hasAVX512BFloat16: Whether it multiplies pairs of bf16 numbers (`avx512_bf16`).
  ///   - hasAMX: Whether it multiplies tiles of bf16 numbers (`amx_bf16`).
  ///   - wish: True asks for our own kernels, false for LibTorch's; nil leaves it to what is known.
  /// - Returns: ``libTorchWithoutBFloat16`` where LibTorch is not there.
  public static func forProcessor(hasAVX512BFloat16: Bool, hasAMX: Bool, wish: Bool?) -> KernelChoice {
    KernelChoice(number: ct_kernels_for(hasAVX512BFloat16, hasAMX, number(of: wish)))
  }

  init(number: Int32) {
    switch Int(number) {
    case CT_KERNELS_OWN: self = .own
    case CT_KERNELS_BESIDE_AMX: self = .libTorchBesideAMX
    case CT_KERNELS_SWITCHED_OFF: self = .libTorchAsAsked
    default: self = .libTorchWithoutBFloat16
    }
  }

  static func number(of wish: Bool?) -> Int32 {
    let number = wish.map { $0 ? CT_WISH_OWN : CT_WISH_LIBTORCH } ?? CT_WISH_AUTOMATIC
    return Int32(number.rawValue)
  }

  /// One line for people.
  public var explanation: String {
    switch self {
    case .own: "Sparring's own in bf16 (the processor has AVX512-BF16)"
    case .libTorchWithoutBFloat16: "LibTorch's (Sparring's own need AVX512-BF16)"
    case .libTorchBesideAMX: "LibTorch's (the processor has AMX, where Sparring's own were never measured)"
    case .libTorchAsAsked: "LibTorch's (asked for)"
    }
  }
}
