import SparringTorch
import Testing

/// The gradient of a loss at a point against differences of its values.
func expectGradient(at point: [Double], of loss: (Tensor) throws -> Tensor) throws {
  let variable = try Tensor(point).requiringGradient()
  let slope = try gradients(of: loss(variable), withRespectTo: [variable])[0].array(of: Double.self)
  let step = 1e-4
  for place in point.indices {
    var (low, high) = (point, point)
    low[place] -= step
    high[place] += step
    let numeric = try (loss(Tensor(high)).item() - loss(Tensor(low)).item()) / (2 * step)
    #expect(abs(slope[place] - numeric) < 1e-6, "at \(place)")
  }
}
