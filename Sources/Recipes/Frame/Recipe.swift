public import SparringDatasets
public import SparringTorch

/// One training method: the networks it owns, by name, and one step over them.
///
/// A recipe knows nothing of files, schedules or reports. Everything that changes while it trains stands in its
/// stored properties, where ``RecipeParts`` finds it, so that a checkpoint of it continues the recipe bit for bit.
///
/// A step reads nothing back from its device and keeps no count of its own on the host: on a GPU it may be recorded
/// once and replayed (``StepGraph``). What changes from step to step lies in tensors: the step's time, and what the
/// recipe's parts hold. A recipe that counts on the host all the same is not recorded, and a warning says so.
public protocol Recipe: AnyObject {
  associatedtype Batch: TensorBatch

  /// The name on the command line, such as `supervised`.
  static var name: String { get }

  /// Changes the networks once.
  /// - Parameter time: How much of the run is done, for weights that change over it.
  /// - Returns: The losses before the change, in the order of display.
  func step(_ batch: Batch, at time: StepTime) throws -> Losses
}

/// - Throws: ``TorchError`` that names the option and its range.
func require(_ value: Double, named name: String, in range: ClosedRange<Double>) throws(TorchError) {
  guard range.contains(value) else {
    throw TorchError("options.\(name) is \(value); use \(range.lowerBound) to \(range.upperBound)")
  }
}

/// The losses of one step: scalars cut off from the graph, still on their device, so that reading
/// them does not stall the loop.
public struct Losses {
  /// Scalars of shape `[]`, in the order of display.
  public let values: [Named<Tensor>]
  /// Images that passed forward through a trained network in this step.
  public let imagePasses: Int

  /// Cuts the losses off from the graph.
  /// - Throws: `TorchError` when LibTorch cannot detach one.
  public init(_ values: KeyValuePairs<String, Tensor>, imagePasses: Int) throws {
    self.values = try values.map { Named($0.key, try $0.value.detached()) }
    self.imagePasses = imagePasses
  }
}

/// A recipe whose result names what an image shows.
public protocol ImageClassifying {
  /// Class logits `[N, K]` of images `[N, C, H, W]` on [-1, 1], by the averaged weights where the
  /// recipe keeps an average, in inference mode and without gradients.
  func classLogits(of images: Tensor) throws -> Tensor
}

/// A recipe whose result makes images.
public protocol ImageGenerating {
  var latentSize: Int { get }
  /// Images `[N, C, H, W]` on [-1, 1] for latents `[N, latentSize]`, in inference mode and without
  /// gradients.
  func generateImages(from latents: Tensor) throws -> Tensor
}
