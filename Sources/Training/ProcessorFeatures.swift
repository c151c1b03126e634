import Foundation

/// What this machine's processor can do that matters for the choice of a number format.
package struct ProcessorFeatures: Sendable {
  /// The processor's name as the system gives it, `unknown` where it gives none.
  package let modelName: String
  /// The processor's own names of its vector extensions, such as `avx512_bf16`.
  package let flags: Set<String>

  /// Who made it, in the processor's own words, such as `AuthenticAMD`; empty where the system gives nothing.
  package let vendor: String

  /// Products of bf16 numbers in hardware: AVX-512 BF16 or AMX on x86, BF16 on Arm.
  package var hasNativeBFloat16: Bool { !flags.isDisjoint(with: ["avx512_bf16", "amx_bf16", "bf16"]) }

  /// Whether bf16 is worth taking. Intel's AVX-512 BF16 multiplies no more numbers in a cycle than fp32 does: without AMX
  /// beside it, steps of convolutional networks took as long as in fp32 there, of fully connected ones 1.5 times as long.
  package var isFasterInBFloat16: Bool {
    hasNativeBFloat16 && (vendor != "GenuineIntel" || flags.contains("amx_bf16"))
  }

  package init(modelName: String, flags: Set<String>, vendor: String = "") {
    (self.modelName, self.flags, self.vendor) = (modelName, flags, vendor)
  }

  /// This machine's, read once from `/proc/cpuinfo`; without that file no feature is assumed.
  package static let current = ProcessorFeatures.read()

  private static func read() -> ProcessorFeatures {
    guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else {
      return ProcessorFeatures(modelName: "unknown", flags: [])
    }
    func value(of keys: [String]) -> String? {
      for line in text.split(separator: "\n") {
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { continue }
        if keys.contains(parts[0].trimmingCharacters(in: .whitespaces)) {
          return parts[1].trimmingCharacters(in: .whitespaces)
        }
      }
      return nil
    }
    let flags = value(of: ["flags", "Features"])?.split(separator: " ").map(String.init) ?? []
    return ProcessorFeatures(
      modelName: value(of: ["model name"]) ?? "unknown", flags: Set(flags), vendor: value(of: ["vendor_id"]) ?? "")
  }
}
