internal import CSparringTorch

/// The number format of matrix products and convolutions.
public enum Precision: String, Sendable, Codable, CaseIterable {
  case fp32
  case bf16
}

/// Runs `body` with convolutions and matrix products in `precision`; sums and losses stay in fp32.
///
/// Casts of weights are cached until the outermost scope ends, so a weight used twice in one step is
/// cast once.
public func withAutocast<Result>(
  _ precision: Precision, on device: Device = .cpu, _ body: () throws -> Result
) throws -> Result {
  let device = device.reference
  let before = ct_autocast_enabled(device)
  let enabled = precision == .bf16
  guard enabled != before else { return try body() }
  try check(ct_set_autocast(device, enabled, DType.bfloat16.rawValue))
  defer {
    if enabled { ct_autocast_clear_cache() }
    if let message = ct_set_autocast(device, before, DType.bfloat16.rawValue) { ct_free(message) }
  }
  return try body()
}
