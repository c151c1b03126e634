import SparringRecipes
import SparringTorch
import SparringTraining

/// Takes a recipe's steps as the tool does on this device: recorded and replayed on CUDA, one by one elsewhere.
final class TrainingStep<Method: Recipe> {
  private let recipe: Method
  private let captured: CapturedStep<Method>?
  private let time: StepTime

  init(_ recipe: Method, on device: Device) throws {
    self.recipe = recipe
    time = try StepTime(on: device)
    captured = device.kind == .cuda ? CapturedStep(recipe, at: time, on: device) : nil
  }

  /// - Returns: The losses, to be waited for; still on their device.
  func callAsFunction(_ batch: Method.Batch) throws -> Tensor {
    if let captured {
      let losses = try captured(batch).values
      if let notice = captured.takeNotice() { throw BenchError(notice) }
      return losses
    }
    guard let last = try recipe.step(batch, at: time).values.last else { throw TorchError("a step without losses") }
    return last.value
  }
}
