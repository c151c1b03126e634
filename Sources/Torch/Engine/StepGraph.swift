internal import CSparringTorch

/// A device's work, recorded once and then repeated without the host's part in it.
///
/// What is recorded are kernels and the places in memory that they read and write: numbers that the
/// host worked out are the same in every replay. What is to change has to lie in tensors.
public protocol StepGraph: AnyObject {
  /// Records the work that `body` queues, without doing it.
  /// - Parameters:
  ///   - generators: Those that `body` draws from; each replay goes on where their state is by then.
  ///   - body: Queues work on one device and reads nothing back.
  /// - Returns: The tensors that `body` returned; every replay overwrites them.
  /// - Throws: Why the work cannot be recorded; the graph is of no use then, and nothing has been done.
  func capture(using generators: [RandomGenerator], _ body: @escaping () throws -> [Tensor]) throws -> [Tensor]
  /// Queues the recorded work.
  func replay() throws
}

/// LibTorch's own graph of a CUDA device. Capture and replays belong in one ``withOwnStream(on:_:)``.
public final class DeviceGraph: StepGraph {
  private let device: Device
  private let handle: ct_graph

  /// An empty graph.
  /// - Throws: ``TorchError`` saying why work on this device cannot be recorded.
  public init(on device: Device) throws(TorchError) {
    var created: ct_graph?
    try check(ct_graph_create(device.reference, &created))
    guard let created else { throw TorchError("no graph for device \(device)") }
    (self.device, handle) = (device, created)
  }

  deinit { ct_graph_release(handle) }

  /// Records the work that `body` queues; see ``StepGraph/capture(using:_:)``.
  public func capture(
    using generators: [RandomGenerator], _ body: @escaping () throws -> [Tensor]
  ) throws -> [Tensor] {
    for generator in generators { try check(ct_graph_register_generator(handle, generator.handle)) }
    try check(ct_device_synchronize(device.reference))
    try check(ct_graph_capture_begin(handle))
    let outputs = Result { try body() }
    let message = ct_graph_capture_end(handle)
    do {
      // What the step says is nearer to the cause than what ending its capture says.
      let outputs = try outputs.get()
      try check(message)
      return outputs
    } catch {
      if case .failure = outputs, let message { ct_free(message) }
      throw error
    }
  }

  /// Queues the recorded work on the thread's current stream.
  public func replay() throws { try check(ct_graph_replay(handle)) }
}

/// Runs `body` with this thread's work on a CUDA device in a stream of its own, as recording needs;
/// on other devices, just runs it.
///
/// What was queued before is done when `body` begins, and what `body` queues is done when this returns.
public func withOwnStream<Result>(on device: Device, _ body: () throws -> Result) throws -> Result {
  var scope: ct_stream_scope?
  try check(ct_stream_enter(device.reference, &scope))
  let result = Swift.Result { try body() }
  try check(ct_stream_leave(scope))
  return try result.get()
}
