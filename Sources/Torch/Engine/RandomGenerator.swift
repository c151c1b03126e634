internal import CSparringTorch

/// A source of random numbers with its own state, which can be saved and restored.
///
/// Nothing here draws from a hidden global generator: one seed, split by the purpose's name, feeds
/// every random decision of a run.
public final class RandomGenerator {
  let handle: ct_generator
  /// Where it draws: its numbers are made on this device.
  public let device: Device

  /// A generator for one purpose, such as `"augmentation"`; different purposes are independent.
  /// - Throws: ``TorchError`` when the device has no generator.
  public init(seed: UInt64, purpose: String = "", device: Device = .cpu) throws(TorchError) {
    var created: ct_generator?
    try check(ct_generator_create(device.reference, RandomGenerator.mix(seed, purpose), &created))
    guard let created else { throw TorchError("no random generator for device \(device)") }
    handle = created
    self.device = device
  }

  deinit { ct_generator_release(handle) }

  /// The whole state, `[bytes]` of `uint8`; setting it continues the sequence from that point.
  public func state() throws(TorchError) -> Tensor {
    var state: ct_tensor?
    try check(ct_generator_get_state(handle, &state))
    guard let state else { throw TorchError("the random generator has no state") }
    return Tensor(owning: state)
  }

  /// Restores a state that ``state()`` returned.
  /// - Throws: ``TorchError`` when the bytes are no state of such a generator.
  public func setState(_ state: Tensor) throws(TorchError) {
    try check(ct_generator_set_state(handle, state.handle))
  }

  /// FNV-1a over the purpose, then SplitMix64's finaliser, so that near seeds give far states.
  static func mix(_ seed: UInt64, _ purpose: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in purpose.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    var mixed = seed &+ hash &+ 0x9e37_79b9_7f4a_7c15
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
