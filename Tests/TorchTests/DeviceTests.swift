import Testing
import SparringTorch

@Suite struct DeviceTests {
  static let gpuReason: Comment = "no CUDA device here: streams and graphs of a GPU are not tried"
  static let hasGPU = Machine.cudaDeviceCount > 0

  @Test(.enabled(if: !hasGPU, "this machine has CUDA devices"), arguments: ["cuda", "cuda:0", "cuda:3"])
  func anAbsentGPUIsOneLine(name: String) {
    #expect(
      torchMessage { try Device(name) } == "device '\(name)' was asked for, but LibTorch sees 0 CUDA devices")
  }

  @Test func namesAreChecked() throws {
    #expect(try Device("cpu") == .cpu)
    #expect(Device.cpu.kind == .cpu && Device.cpu.index == 0 && "\(Device.cpu)" == "cpu")
    #expect(try Tensor([Float(1)]).device == .cpu)
    for name in ["gpu", "cuda:x", "cuda:-1", "cuda:0:0", ""] {
      #expect(torchMessage { try Device(name) }.contains("use cpu, cuda:0 or mps"), "\(name)")
    }
  }

  @Test func onTheCPUThereIsNothingToRecord() throws {
    #expect(torchMessage { try DeviceGraph(on: .cpu) }.contains("CUDA devices only, not on 'cpu'"))
    #expect(try withOwnStream(on: .cpu) { 7 } == 7)
    #expect(torchMessage { try withOwnStream(on: .cpu) { throw TorchError("own") } } == "own")
    #expect(!Machine.hasNativeBFloat16(.cpu))
    #expect(try Tensor([Float(1)]).sent(to: .cpu).item() == 1)
  }

  /// Each replay reads the input's place anew and draws further numbers.
  @Test(.enabled(if: hasGPU, gpuReason)) func aGraphReplays() throws {
    let device = try Device("cuda:0")
    try withOwnStream(on: device) {
      let (random, same) = (try RandomGenerator(seed: 3, device: device), try RandomGenerator(seed: 3, device: device))
      let input = try Tensor.ones([4], device: device)
      func work(_ random: RandomGenerator) throws -> Tensor { try input * 2 + Tensor.normal([4], using: random) }
      let graph = try DeviceGraph(on: device)
      _ = try (work(random), work(same))
      let output = try graph.capture(using: [random]) { [try work(random)] }
      for value in 1...3 {
        try input.fill(Double(value))
        try graph.replay()
        #expect(try output[0].array(of: Float.self) == work(same).array(of: Float.self))
      }
      #expect(try random.state().bytes() == same.state().bytes())
    }
  }

  /// Reading a number back cannot be recorded; afterwards the device still works.
  @Test(.enabled(if: hasGPU, gpuReason)) func aFailedCaptureLeavesTheDeviceUsable() throws {
    let device = try Device("cuda:0")
    try withOwnStream(on: device) {
      let input = try Tensor.ones([4], device: device)
      let graph = try DeviceGraph(on: device)
      #expect(throws: TorchError.self) {
        try graph.capture(using: []) { [try input * input.sum().item()] }
      }
      #expect(try (input * 3).array(of: Float.self) == [3, 3, 3, 3])
    }
  }
}
