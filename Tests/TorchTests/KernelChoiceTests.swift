import SparringTorch
import Testing

/// The choice between our own kernels and LibTorch's, for processors that need not be here.
@Suite struct KernelChoiceTests {
  @Test(
    arguments: [
      (false, false, nil, .libTorchWithoutBFloat16), (true, false, nil, .own), (true, true, nil, .libTorchBesideAMX),
      (true, true, true, .own), (true, true, false, .libTorchAsAsked), (true, false, false, .libTorchAsAsked),
      // What the processor cannot do, no wish brings about.
      (false, false, true, .libTorchWithoutBFloat16), (false, true, true, .libTorchWithoutBFloat16),
      (false, true, nil, .libTorchWithoutBFloat16),
    ] as [(Bool, Bool, Bool?, KernelChoice)])
  func followsTheProcessorAndTheWish(hasAVX512: Bool, hasAMX: Bool, wish: Bool?, expected: KernelChoice) {
    #expect(KernelChoice.forProcessor(hasAVX512BFloat16: hasAVX512, hasAMX: hasAMX, wish: wish) == expected)
  }

  @Test func aWordThatMeansNothingIsRefused() {
    let message = torchMessage { try Machine.chooseKernels(named: "fast") }
    #expect(message == "SPARRING_KERNELS is 'fast': choose own, libtorch or auto")
  }
}
