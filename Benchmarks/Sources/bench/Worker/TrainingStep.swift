import Recipes
import Torch

/// Takes a recipe's steps as the tool does on this device: the one place that says how.
struct TrainingStep<Method: Recipe> {
  let recipe: Method

  /// - Returns: The last loss, to be waited for; still on its device.
  func callAsFunction(_ batch: Method.Batch) throws -> Tensor {
    guard let last = try recipe.step(batch).values.last else { throw TorchError("a step without losses") }
    return last.value
  }
}
