import SparringDatasets
public import SparringRecipes
public import SparringTorch

/// A recipe's whole step (both networks, optimisers, averages, augmentation), recorded once on a
/// device and then replayed, so that a GPU need not wait for the host to queue kernel after kernel.
///
/// The first steps run as they are: libraries choose their kernels, memory is found. Then one step is
/// recorded with a batch's tensors in fixed places; every later batch is copied into those places before
/// a replay. A batch of another shape, or a step that cannot be recorded, runs as it is, and
/// ``takeNotice()`` says so once.
///
/// A resumed run warms up again. That changes nothing: a replay does what the step does.
public final class CapturedStep<Method: Recipe> {
  /// Steps before the recording.
  static var warmUpSteps: Int { 3 }

  private struct Recording {
    let graph: any StepGraph
    let inputs: [Tensor]
    let outputs: [Tensor]
    let quantities: [Quantity]
    let imagePasses: Int

    func takes(_ tensors: [Tensor]) -> Bool {
      inputs.count == tensors.count
        && zip(inputs, tensors).allSatisfy { $0.shape == $1.shape && $0.dtype == $1.dtype }
    }
  }

  private enum Phase {
    case warmingUp(stepsLeft: Int)
    case replaying(Recording)
    case abandoned
  }

  private let recipe: Method
  private let makeGraph: () throws -> any StepGraph
  private let time: StepTime
  private var phase = Phase.warmingUp(stepsLeft: CapturedStep.warmUpSteps)
  private var notice: String?
  private let hostValues: HostValues
  private var hasSaidShape = false

  /// Steps of a recipe on a CUDA device, all of them within one `withOwnStream(on:_:)`.
  /// - Parameter time: What ``StepClock`` changes between two steps.
  public convenience init(_ recipe: Method, at time: StepTime, on device: Device) {
    self.init(recipe, at: time, makeGraph: { try DeviceGraph(on: device) })
  }

  init(_ recipe: Method, at time: StepTime, makeGraph: @escaping () throws -> any StepGraph) {
    (self.recipe, self.time, self.makeGraph) = (recipe, time, makeGraph)
    hostValues = HostValues(of: recipe)
  }

  /// One step, by whatever way this batch allows.
  public func callAsFunction(_ batch: Method.Batch) throws -> StepLosses {
    switch phase {
    case .abandoned: break
    case .warmingUp(let stepsLeft) where stepsLeft > 0: phase = .warmingUp(stepsLeft: stepsLeft - 1)
    case .warmingUp:
      do {
        let recording = try record(batch)
        phase = .replaying(recording)
        return try replay(recording, with: batch.tensors)
      } catch let failure as CaptureFailure {
        phase = .abandoned
        notice = "steps are not replayed as a graph, which would be faster: \(failure.reason)"
      }
    case .replaying(let recording):
      let tensors = batch.tensors
      if recording.takes(tensors) { return try replay(recording, with: tensors) }
      if !hasSaidShape {
        hasSaidShape = true
        let shapes = tensors.map { "\($0.shape)" }.joined(separator: ", ")
        notice = "a batch of other shapes (\(shapes)) does not fit the recorded step and runs without it, more slowly"
      }
    }
    return try StepLosses(recipe.step(batch, at: time))
  }

  /// What a person should know of the last step; nil the next time.
  public func takeNotice() -> String? {
    defer { notice = nil }
    return notice
  }

  private struct CaptureFailure: Error {
    let reason: String
  }

  private func record(_ batch: Method.Batch) throws -> Recording {
    if let name = HostValues(of: recipe).firstDifference(from: hostValues) {
      throw CaptureFailure(
        reason: "the recipe changes '\(name)' on the host, which a recorded step would leave as it is; keep it in a "
          + "tensor, or use the step's time")
    }
    do {
      let inputs = try batch.tensors.map { try $0.cloned() }
      let fixed = try Method.Batch(tensors: inputs)
      let graph = try makeGraph()
      var quantities: [Quantity] = []
      var imagePasses = 0
      let outputs = try graph.capture(using: recipe.generators.map(\.value)) { [recipe, time] in
        let losses = try StepLosses(recipe.step(fixed, at: time))
        (quantities, imagePasses) = (losses.quantities, losses.imagePasses)
        return [losses.values]
      }
      return Recording(
        graph: graph, inputs: inputs, outputs: outputs, quantities: quantities, imagePasses: imagePasses)
    } catch {
      let line = "\(error)".split(separator: "\n").first.map(String.init) ?? "no reason given"
      throw CaptureFailure(reason: line)
    }
  }

  private func replay(_ recording: Recording, with tensors: [Tensor]) throws -> StepLosses {
    for (place, tensor) in zip(recording.inputs, tensors) { try place.copy(from: tensor) }
    try recording.graph.replay()
    // The next replay overwrites the outputs.
    guard let values = try recording.outputs.first?.cloned() else { throw TrainingError("the step has no losses") }
    return StepLosses(quantities: recording.quantities, values: values, imagePasses: recording.imagePasses)
  }
}

/// The plain values among a recipe's stored properties. One that steps change would stand still in a replay.
private struct HostValues {
  private var values: [String: String] = [:]

  init(of recipe: AnyObject) {
    var level: Mirror? = Mirror(reflecting: recipe)
    while let mirror = level {
      for child in mirror.children { note(child.value, as: child.label ?? "") }
      level = mirror.superclassMirror
    }
  }

  private mutating func note(_ value: Any, as name: String) {
    switch value {
    case is any BinaryInteger, is any BinaryFloatingPoint, is Bool, is String: values[name] = "\(value)"
    default:
      let mirror = Mirror(reflecting: value)
      // Objects are the recipe's parts, which live in tensors.
      guard mirror.displayStyle != .class else { return }
      for (index, child) in mirror.children.enumerated() {
        note(child.value, as: "\(name).\(child.label ?? String(index))")
      }
    }
  }

  func firstDifference(from other: HostValues) -> String? {
    Set(values.keys).union(other.values.keys).sorted().first { values[$0] != other.values[$0] }
  }
}
