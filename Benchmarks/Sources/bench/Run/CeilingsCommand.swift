import ArgumentParser
import Foundation
import SparringTorch

/// What the hardware does at best; its own process, so that it keeps no memory from the others.
struct CeilingsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ceilings", abstract: "Matrix products and copies at their best; started by the bench.",
    shouldDisplay: false)

  @Option var threads = 2
  @Option var device = "cpu"
  @Flag(name: .customLong("bf16")) var measuresBFloat16 = false

  func run() throws {
    Machine.threadCount = threads
    Machine.keepsMemory = true
    let device = try Device(device)
    let found = Results.Ceilings(
      matmulFP32: try Self.matmulPeak(.float32, on: device),
      matmulBF16: measuresBFloat16 ? try Self.matmulPeak(.bfloat16, on: device) : nil,
      copyBandwidth: try Self.copyBandwidth(on: device))
    print(String(decoding: try JSONEncoder().encode(found), as: UTF8.self))
  }

  /// Billions of operations a second, the best of several sizes. Long inner dimensions keep the result, whose
  /// memory is new each time, small.
  private static func matmulPeak(_ dtype: DType, on device: Device) throws -> Double {
    let sizes = device == .cpu ? [(512, 4096), (1024, 4096), (2048, 4096)] : [(4096, 4096), (8192, 8192)]
    return try withoutGradients {
      try sizes.map { side, depth in
        let random = try RandomGenerator(seed: 1, device: device)
        let left = try Tensor.normal([side, depth], using: random).to(dtype)
        let right = try Tensor.normal([depth, side], using: random).to(dtype)
        let operations = 2 * Double(side * side) * Double(depth)
        return try best { try left.matmul(right) } * operations / 1e9
      }.max() ?? 0
    }
  }

  /// Billions of bytes a second, read and written.
  private static func copyBandwidth(on device: Device) throws -> Double {
    let source = try Tensor.ones([64 << 20], device: device)
    let target = try Tensor.zeros([64 << 20], device: device)
    return try best {
      try target.copy(from: source)
      return target
    } * 2 * Double(256 << 20) / 1e9
  }

  /// How often a second, at best.
  private static func best(_ body: () throws -> Tensor) throws -> Double {
    _ = try timed(2, body)
    let once = try timed(1, body)
    let steps = max(1, Int(0.15 / max(once, 1e-6)))
    return try (0..<6).map { _ in Double(steps) / (try timed(steps, body)) }.max() ?? 0
  }
}

/// The ceilings, measured in a process of their own.
enum Ceilings {
  static func measured(at site: Site) throws -> Results.Ceilings {
    note("machine ceilings")
    let (process, output) = (Process(), Pipe())
    process.executableURL = URL(filePath: Site.executable)
    process.arguments = ["ceilings", "--threads", "\(site.threads)", "--device", site.device]
    if site.multipliesBFloat16 { process.arguments?.append("--bf16") }
    process.environment = site.environment
    process.standardOutput = output
    try process.run()
    RunningChildren.add(process.processIdentifier)
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    RunningChildren.end(process.processIdentifier)
    guard process.terminationStatus == 0 else { throw BenchError("the machine's ceilings could not be measured") }
    return try JSONDecoder().decode(Results.Ceilings.self, from: data)
  }
}

extension Results.Ceilings {
  /// The higher of two measurements.
  func best(with other: Results.Ceilings) -> Results.Ceilings {
    Results.Ceilings(
      matmulFP32: max(matmulFP32, other.matmulFP32),
      matmulBF16: matmulBF16.flatMap { own in other.matmulBF16.map { max(own, $0) } },
      copyBandwidth: max(copyBandwidth, other.copyBandwidth))
  }
}
