import Foundation
import SparringDatasets
import SparringTorch
import SparringTraining

/// Where workers come from and how they are started.
struct Site {
  let threads: Int
  let device: String
  /// The folder `Benchmarks`.
  let folder: URL
  /// CIFAR-10's files; nil where there are none.
  let cifar10: String?
  /// Whether the device multiplies bf16 in hardware.
  let multipliesBFloat16: Bool

  init(threads: Int, device: String) {
    (self.threads, self.device) = (threads, device)
    let chosen = ProcessInfo.processInfo.environment["SPARRING_BENCH_FOLDER"]
    folder = URL(filePath: chosen ?? "Benchmarks", directoryHint: .isDirectory)
    let format = (try? Device(device)).map { TrainingConfiguration().resolvedPrecision(on: $0) }
    multipliesBFloat16 = format == .bf16
    cifar10 = (try? KnownDataset.named("cifar10")).flatMap { SearchPath.standard.find($0) }
  }

  /// Sparring in the format that training takes here by itself.
  var ownForm: Form { multipliesBFloat16 ? .sparring : .sparringPlain }

  var results: URL { folder.appending(path: "results", directoryHint: .isDirectory) }

  /// - Throws: ``BenchError`` when the peer's Python is not there, with the reason that the set-up left.
  func program(for form: Form) throws -> (path: String, arguments: [String]) {
    switch form.program {
    case .sparring: return (Self.executable, ["worker"])
    case .pytorch: return (try python("torch"), [script("pytorch_peer.py")])
    case .keras: return (try python("keras"), [script("keras_peer.py")])
    }
  }

  /// This program; found once, before a new build may take its place.
  static let executable =
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
    ?? Bundle.main.executablePath ?? CommandLine.arguments[0]

  private func script(_ name: String) -> String { folder.appending(path: "peers/\(name)").path }

  /// `SPARRING_TORCH_PYTHON` and `SPARRING_KERAS_PYTHON` name another Python than the one set up.
  private func python(_ family: String) throws -> String {
    let chosen = ProcessInfo.processInfo.environment["SPARRING_\(family.uppercased())_PYTHON"]
    let path = chosen ?? folder.appending(path: ".peers/\(family)/bin/python").path
    if FileManager.default.isExecutableFile(atPath: path) { return path }
    let reason = try? String(contentsOf: folder.appending(path: ".peers/\(family).problem"), encoding: .utf8)
    throw BenchError(reason?.split(separator: "\n").last.map(String.init) ?? "\(path) is not there")
  }

  /// The same for every worker: waiting threads spin for a moment and then sleep, and what compilers keep stays in this folder.
  var environment: [String: String] {
    var environment = ProcessInfo.processInfo.environment
    let cache = folder.appending(path: ".peers/cache").path
    environment["GOMP_SPINCOUNT"] = "20000"
    environment["OMP_NUM_THREADS"] = "\(threads)"
    environment["TORCHINDUCTOR_CACHE_DIR"] = cache + "/inductor"
    environment["TRITON_CACHE_DIR"] = cache + "/triton"
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    environment["SPARRING_BENCH_CIFAR10"] = cifar10
    // TensorFlow must not take the accelerator's memory from the others.
    environment["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"
    return environment
  }
}
