import Foundation
import SparringTorch

/// A piece of work in one of Sparring's forms.
protocol Workload: AnyObject {
  /// Writes `reference.safetensors`: the initial weights, and fixed inputs in batches.
  func writeReference() throws
  /// Numbers that every other form must also find: the losses of each step from those weights and inputs.
  func check(_ steps: Int) throws -> [[Double]]
  /// Seconds of so many repetitions, the device's queue empty at both ends.
  func measure(_ steps: Int) throws -> Double
}

func makeWorkload(_ work: Work, form: String, folder: URL, device: Device) throws -> any Workload {
  let precision: Precision = form.hasSuffix("fp32") ? .fp32 : .bf16
  let job = Job(work: work, precision: precision, folder: folder, device: device)
  switch work.kind {
  case .gan: return try GANWorkload(job)
  case .supervised: return try SupervisedWorkload(job)
  case .semiSupervised: return try SemiSupervisedWorkload(job)
  case .generate: return try GenerationWorkload(job)
  case .classify: return try ClassificationWorkload(job)
  case .loading, .assembly: return try LoadingWorkload(job)
  }
}

/// Where and how a workload runs.
struct Job {
  let work: Work
  let precision: Precision
  let folder: URL
  let device: Device

  var reference: URL { folder.appending(path: "reference.safetensors") }

  /// Random pixels on [-1, 1], `[count, channels, side, side]`, as float32.
  func randomImages(_ count: Int, side: Int, channels: Int, using random: RandomGenerator) throws -> Tensor {
    let pixels = try Tensor.randomIntegers([count, channels, side, side], in: 0..<256, using: random)
    return try (pixels.to(.float32) / 127.5 - 1).to(device)
  }

  func write(weights: [(prefix: String, state: [String: Tensor])], inputs: [String: [Tensor]]) throws {
    var tensors: [String: Tensor] = [:]
    for (prefix, state) in weights {
      for (path, value) in state { tensors["\(prefix).\(peerName(path))"] = try value.to(.cpu).contiguous() }
    }
    for (name, batches) in inputs { tensors["inputs.\(name)"] = try Tensor.stack(batches).to(.cpu).contiguous() }
    try Safetensors.write(tensors, to: reference)
  }

  /// One batch after the other of a fixed input.
  func given(_ name: String) throws -> [Tensor] {
    guard let all = try Safetensors.read(reference).tensors["inputs.\(name)"] else {
      throw TorchError("\(reference.path) has no inputs.\(name)")
    }
    return try (0..<all.size(0)).map { try all[.at($0)].to(device) }
  }
}

/// A parameter's name where networks are written layer by layer, as the peers' are: `trunk.convolutions.0.norm.weight` is
/// `norms.0.weight` there.
func peerName(_ path: String) -> String {
  var parts = path.split(separator: ".").map(String.init)
  if ["trunk", "body"].contains(parts[0]) { parts.removeFirst() }
  if parts.count == 4, parts[2] == "convolution" { parts.remove(at: 2) }
  if parts.count == 4, parts[2] == "norm" { parts = ["norms", parts[1], parts[3]] }
  return parts.joined(separator: ".")
}

/// Batches in turn.
struct Rotation<Batch> {
  let batches: [Batch]
  private var position = 0

  init(_ batches: [Batch]) {
    self.batches = batches
  }

  mutating func next() -> Batch {
    position += 1
    return batches[position % batches.count]
  }
}

/// Seconds that `repetition` takes so many times; what the last one returns is waited for.
func timed(_ steps: Int, _ repetition: () throws -> Tensor) throws -> Double {
  let start = ContinuousClock.now
  var last: Tensor?
  for _ in 0..<steps { last = try repetition() }
  // Reading one element waits for the device.
  _ = try last?.flattened(from: 0).narrowed(0..<1).item()
  return (ContinuousClock.now - start) / .seconds(1)
}

extension Tensor {
  /// The root of the mean square and fifteen elements, evenly spread.
  func fingerprint() throws -> [Double] {
    let numbers = try to(.float32).contiguous().array(of: Float.self).map(Double.init)
    let square = numbers.reduce(0) { $0 + $1 * $1 } / Double(numbers.count)
    let stride = numbers.count / 15
    return [square.squareRoot()] + (0..<15).map { numbers[$0 * stride] }
  }
}
