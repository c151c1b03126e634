import Torch
let g = try RandomGenerator(seed: 1)
let x = try Tensor.normal([2, 3], using: g).requiringGradient()
let y = try (x * x + 1.0).sum()
print(x, y, try gradients(of: y, withRespectTo: [x])[0])
do { _ = try x.matmul(x) } catch { print(error) }
print(try x[0, .range(1..<3)])
