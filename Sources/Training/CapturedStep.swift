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
    let names: [String]
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
  private let numbers: [any StepNumbers]
  private var phase = Phase.warmingUp(stepsLeft: CapturedStep.warmUpSteps)
  private var notice: String?
  private var hasSaidShape = false

  /// Steps of a recipe on a CUDA device, all of them within one `withOwnStream(on:_:)`.
  /// - Throws: `TorchError` when the device has no memory left for the numbers that change from step to step.
  public convenience init(_ recipe: Method, on device: Device) throws {
    try self.init(recipe, makeGraph: { try DeviceGraph(on: device) })
  }

  init(_ recipe: Method, makeGraph: @escaping () throws -> any StepGraph) throws {
    (self.recipe, self.makeGraph) = (recipe, makeGraph)
    numbers = recipe.optimizers.map { $0.value as any StepNumbers } + recipe.averages.map(\.value)
    for number in numbers { try number.keepNumbersOnDevice() }
  }

  /// One step, by whatever way this batch allows.
  public func callAsFunction(_ batch: Method.Batch) throws -> StepLosses {
    for number in numbers { try number.prepareStep() }
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
    return try StepLosses(recipe.step(batch))
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
    do {
      let inputs = try batch.tensors.map { try $0.cloned() }
      let fixed = try Method.Batch(tensors: inputs)
      let graph = try makeGraph()
      var names: [String] = []
      var imagePasses = 0
      let outputs = try graph.capture(using: recipe.generators.map(\.value)) { [recipe] in
        let losses = try StepLosses(recipe.step(fixed))
        (names, imagePasses) = (losses.names, losses.imagePasses)
        return [losses.values]
      }
      return Recording(graph: graph, inputs: inputs, outputs: outputs, names: names, imagePasses: imagePasses)
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
    return StepLosses(names: recording.names, values: values, imagePasses: recording.imagePasses)
  }
}
