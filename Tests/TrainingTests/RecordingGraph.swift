import SparringRecipes
import SparringTorch

@testable import SparringTraining

/// Stands in for a device's graph: it records by running the step and undoing it, and replays by running
/// it again.
final class RecordingGraph<Method: Recipe>: StepGraph {
  private(set) var captures = 0
  private(set) var replays = 0
  private let recipe: Method
  private let failure: TorchError?
  private var body: (() throws -> [Tensor])?
  private var outputs: [Tensor] = []

  init(of recipe: Method, failingWith failure: TorchError? = nil) {
    (self.recipe, self.failure) = (recipe, failure)
  }

  func capture(
    using generators: [RandomGenerator], _ body: @escaping () throws -> [Tensor]
  ) throws -> [Tensor] {
    captures += 1
    let tensors = try everything()
    let before = try tensors.map { try $0.cloned() }
    let draws = try generators.map { try $0.state() }
    outputs = try body()
    try withoutGradients { for (tensor, value) in zip(tensors, before) { try tensor.copy(from: value) } }
    for (generator, state) in zip(generators, draws) { try generator.setState(state) }
    // Nothing has been computed yet.
    for output in outputs { try output.fill(.nan) }
    if let failure { throw failure }
    self.body = body
    return outputs
  }

  func replay() throws {
    replays += 1
    for (output, value) in zip(outputs, try body?() ?? []) { try output.copy(from: value) }
  }

  private func everything() throws -> [Tensor] {
    try recipe.networks.flatMap { $0.value.state.values } + recipe.optimizers.flatMap { try $0.value.state().values }
      + recipe.averages.flatMap { try $0.value.state().values }
  }
}
