import Foundation
import Testing

/// `Scripts/unpack_libtorch.py` on a wheel of a few bytes.
@Suite struct UnpackingTests {
  @Test(arguments: [
    ("Requires-Dist: cuda-toolkit[cublas,cudart,cupti]==13.0.3; extra", "cuda-toolkit[cudart,cupti]==13.0.3\n"),
    ("Requires-Dist: filelock", ""),
  ])
  func takesHeadersAndProcessorLibrariesAlone(requirement: String, printed: String) throws {
    let checkout = try Checkout()
    let kept = ["torch/include/ATen/ATen.h", "torch/lib/libc10.so", "torch/lib/libtorch_cpu.so", "torch/version.py"]
    let dropped = ["torch/__init__.py", "torch/lib/libtorch_cuda.so", "torch/lib/libtorch_python.so"]
    for path in kept + dropped { try checkout.write("x", to: "wheel/\(path)") }
    try checkout.write("Name: torch\n\(requirement)\n", to: "wheel/torch-2.13.0.dist-info/METADATA")
    let outcome = try checkout.run(
      """
      command -v python3 >/dev/null || exit 77
      (cd wheel && python3 -m zipfile -c ../torch.whl torch torch-2.13.0.dist-info)
      python3 Scripts/unpack_libtorch.py torch.whl result
      """, loadingSetup: false)
    // A machine whose LibTorch came by TORCH_DIR may have no Python at all.
    guard outcome.status != 77 else { return }
    #expect(outcome.output == printed)
    let found = { (path: String) in
      FileManager.default.fileExists(atPath: checkout.folder.appending(path: "result/\(path)").path)
    }
    #expect(kept.allSatisfy(found))
    #expect(!dropped.contains(where: found))
  }
}
