import Foundation
import Testing
import SparringTorch

/// Whether `python3` has the `safetensors` and `numpy` packages; other machines skip what needs them.
private let pythonReadsSafetensors: Bool = (try? run("import numpy, safetensors.numpy"))?.status == 0

private func run(_ program: String, _ arguments: String...) throws -> (status: Int32, output: String) {
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = ["python3", "-c", program] + arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = FileHandle.nullDevice
  try process.run()
  let output = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return (process.terminationStatus, String(decoding: output, as: UTF8.self))
}

@Suite struct PythonSafetensorsTests {
  @Test func aFileFromPythonIsRead() throws {
    let file = try #require(
      Bundle.module.url(forResource: "python", withExtension: "safetensors", subdirectory: "Fixtures"))
    let (tensors, metadata) = try Safetensors.read(file)
    #expect(metadata == ["written by": "Python \"safetensors\""])
    let formats: [String: DType] = [
      "U8": .uint8, "I8": .int8, "I16": .int16, "I32": .int32, "I64": .int64, "F16": .float16, "BF16": .bfloat16,
      "F32": .float32, "F64": .float64, "BOOL": .bool,
    ]
    #expect(Set(tensors.keys) == Set(formats.keys).union(["scalar", "empty", "ünï\"code/"]))
    for (name, dtype) in formats {
      let tensor = try #require(tensors[name])
      #expect(tensor.dtype == dtype && tensor.shape == [2, 3])
      #expect(try tensor.array(of: Double.self) == [0, 1, 1, 0, 1, dtype == .bool ? 1 : 3])
    }
    #expect(try #require(tensors["scalar"]).shape == [] && tensors["scalar"]?.item() == -2.5)
    #expect(try #require(tensors["empty"]).shape == [0, 7])
    #expect(try #require(tensors["ünï\"code/"]).integers() == [0, 1, 2])
  }

  @Test(.enabled(if: pythonReadsSafetensors, "python3 has no numpy and safetensors"))
  func aFileFromSwiftIsReadByPython() throws {
    let folder = try TemporaryFolder()
    let file = folder.file("swift.safetensors")
    var tensors: [String: Tensor] = [:]
    for dtype in DType.allCases where dtype != .bfloat16 {  // NumPy has no such format
      tensors["\(dtype)"] = try Tensor([Float(0), 1, 2, 3], shape: [2, 2]).to(dtype)
    }
    tensors["scalar \"ü\""] = try Tensor([Float(-2.5)], shape: [])
    tensors["empty"] = try Tensor.zeros([0, 3])
    try Safetensors.write(tensors, metadata: ["a": "b\n/"], to: file)
    let program = """
      import sys
      from safetensors import safe_open
      with safe_open(sys.argv[1], "numpy") as f:
          print(f.metadata())
          for key in sorted(f.keys()):
              t = f.get_tensor(key)
              print(key, t.dtype, t.shape, [float(x) for x in t.flatten()])
      """
    let found = try run(program, file.path)
    let four = "(2, 2) [0.0, 1.0, 2.0, 3.0]"
    let formats = ["float16", "float32", "float64", "int16", "int32", "int64", "int8"].map { "\($0) \($0) \(four)" }
    #expect(
      found.output.split(separator: "\n").map(String.init) == [
        "{'a': 'b\\n/'}", "bool bool (2, 2) [0.0, 1.0, 1.0, 1.0]", "empty float32 (0, 3) []",
      ] + formats + ["scalar \"ü\" float32 () [-2.5]", "uint8 uint8 \(four)"])
  }
}
