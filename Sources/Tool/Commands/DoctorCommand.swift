import ArgumentParser
import SparringDatasets
import Foundation
import SparringExperiments
import SparringTorch
import SparringTraining

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Prints what this machine offers, what is missing, and the remedy.")

  func run() throws {
    var missing = 0
    func line(_ name: String, _ value: String) {
      say("\(name.padding(toLength: 16, withPad: " ", startingAt: 0))\(value)")
    }
    let processor = ProcessorFeatures.current
    let vectors = ["avx2", "avx512f", "avx512_bf16", "amx_bf16", "bf16", "asimd"].filter {
      processor.flags.contains($0)
    }
    line("sparring", SparringVersion.text)
    line("Swift", swiftVersion())
    if let problem = Machine.libraryProblem {
      line("LibTorch", "missing: \(problem)")
    } else {
      line("LibTorch", "\(Machine.libTorchVersion), \(buildKind), kernels \(Machine.cpuCapability)")
      line("called through", Machine.libraryPath ?? "")
    }
    line("processor", processor.modelName)
    line("features", vectors.isEmpty ? "not reported" : vectors.joined(separator: ", "))
    let unused = processor.hasNativeBFloat16 ? "bf16 is no faster on this processor" : "no native bf16"
    line("precision", processor.isFasterInBFloat16 ? "bf16 (native)" : "fp32 (\(unused))")
    line("bf16 kernels", Machine.kernels.explanation)
    line("threads", "\(ProcessInfo.processInfo.activeProcessorCount) processors, LibTorch uses \(Machine.threadCount)")
    line("devices", devices)
    line("memory", "\(ProcessInfo.processInfo.physicalMemory >> 30) GiB")
    for dataset in KnownDataset.all {
      if let folder = SearchPath.standard.find(dataset) {
        line(dataset.name, folder)
      } else {
        missing += 1
        line(dataset.name, "missing: type ./sparring data fetch \(dataset.name)")
      }
    }
    for status in WeightsStatus.all() {
      let name = status.weights.name
      line(name, status.path ?? "missing: type ./sparring data fetch \(name)")
    }
    if missing == KnownDataset.all.count {
      say("No data set was found; ./sparring demo gets the one that it needs.")
    }
  }

  private var devices: String {
    let cuda = (0..<Machine.cudaDeviceCount).map { "cuda:\($0)" }
    return (["cpu"] + cuda + (Machine.hasMPS ? ["mps"] : [])).joined(separator: ", ")
  }

  private var buildKind: String {
    Machine.cudaDeviceCount > 0 ? "CUDA build" : Machine.hasMPS ? "Metal build" : "running on the CPU"
  }

  private func swiftVersion() -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["swift", "--version"]
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return "not found: get it from swift.org/install" }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text.split(separator: "\n").first.map(String.init) ?? "not found: get it from swift.org/install"
  }
}
