import Torch
final class Net: Module { let conv1: Conv2d; let norm: BatchNorm; let layers: [any Layer]
  init(_ g: RandomGenerator) throws { conv1 = try Conv2d(inputChannels: 1, outputChannels: 4, kernelSize: 3, stride: 2, padding: .same, using: g); norm = try BatchNorm(features: 4); layers = [try Linear(inputFeatures: 3, outputFeatures: 2, hasBias: false, using: g), Function.relu] } }
let g = try RandomGenerator(seed: 1)
let net = try Net(g)
for p in net.namedParameters { print(p.path, p.value.shape) }
let y = try net.norm(net.conv1(Tensor.normal([2,1,5,5], using: g)))
print(y.shape, net.norm.runningVar.value)
net.setTraining(false); print(net.norm.isTraining)
do { try net.load(["a": y]) } catch { print(error) }
try net.load(net.state)
