import Foundation
import Testing
import SparringTorch

/// A file of reference values, made by a script in Scripts/fixtures.
struct Fixture {
  let tensors: [String: Tensor]

  init(_ name: String) throws {
    let file = try #require(
      Bundle.module.url(forResource: name, withExtension: "safetensors", subdirectory: "Fixtures"))
    tensors = try Safetensors.read(file).tensors
  }

  subscript(_ name: String) -> Tensor {
    get throws { try #require(tensors[name], "the fixture has no '\(name)'") }
  }

  /// Everything below a path, without it.
  func below(_ path: String) -> [String: Tensor] {
    Dictionary(
      uniqueKeysWithValues: tensors.filter { $0.key.hasPrefix(path + "/") }.map {
        (String($0.key.dropFirst(path.count + 1)), $0.value)
      })
  }
}

/// Holds a layer to a case of a fixture: output, gradients, and buffers after the pass.
private func check(_ name: String, _ layer: any Layer, in fixture: Fixture) throws {
  let parameters = fixture.below("\(name)/parameter")
  if !parameters.isEmpty || !layer.namedParameters.isEmpty { try layer.load(parameters) }
  let input = try fixture["\(name)/input"]
  if input.dtype.isFloatingPoint { try input.requiringGradient() }
  let output = try layer(input)
  #expect(try isClose(output, fixture["\(name)/output"], absolute: 2e-6), "\(name): the output differs")

  let trained = layer.trainedParameters
  let targets = trained.map(\.value) + (input.requiresGradient ? [input] : [])
  let found = try gradients(
    of: [output], weightedBy: [fixture["\(name)/weighting"]], withRespectTo: targets)
  for (parameter, gradient) in zip(trained, found) {
    #expect(
      try isClose(gradient, fixture["\(name)/gradient/\(parameter.path)"], relative: 2e-5, absolute: 5e-6),
      "\(name): the gradient of \(parameter.path) differs")
  }
  if input.requiresGradient, let last = found.last {
    #expect(
      try isClose(last, fixture["\(name)/input_gradient"], relative: 2e-5, absolute: 5e-6),
      "\(name): the gradient of the input differs")
  }
  for (path, value) in fixture.below("\(name)/after") {
    #expect(try isClose(#require(layer.state[path]), value), "\(name): \(path) after the pass differs")
  }
}

@Suite struct PyTorchParityTests {
  private let fixture: Fixture
  private let random: RandomGenerator
  init() throws {
    fixture = try Fixture("layers")
    random = try RandomGenerator(seed: 1)
  }

  @Test func everyCaseIsChecked() throws {
    let names = Set(fixture.tensors.keys.compactMap { $0.split(separator: "/").first.map(String.init) })
    var layers = try plain()
    for (name, normalization) in [
      ("weight_norm", WeightNormalization.weight), ("spectral_norm", .spectral()),
    ] {
      layers.merge(try normalized(name, normalization)) { first, _ in first }
    }
    layers["linear_spectral_norm_3"] = try Linear(
      inputFeatures: 6, outputFeatures: 3, weightNormalization: .spectral(iterations: 3), using: random)
    let resting = try Linear(inputFeatures: 6, outputFeatures: 3, weightNormalization: .spectral(), using: random)
    resting.setTraining(false)
    layers["linear_spectral_norm_inference"] = resting
    #expect(names == Set(layers.keys))
    for (name, layer) in layers.sorted(by: { $0.key < $1.key }) { try check(name, layer, in: fixture) }
  }

  private func plain() throws -> [String: any Layer] {
    let resting = try BatchNorm(features: 4)
    resting.setTraining(false)
    return [
      "linear": try Linear(inputFeatures: 6, outputFeatures: 3, using: random),
      "linear_without_bias": try Linear(inputFeatures: 6, outputFeatures: 3, hasBias: false, using: random),
      "convolution": try Conv2d(
        inputChannels: 4, outputChannels: 3, kernelSize: 3, stride: 2, padding: .explicit(1), using: random),
      "convolution_1x1": try Conv2d(
        inputChannels: 4, outputChannels: 3, kernelSize: 1, hasBias: false, using: random),
      "transposed_convolution": try ConvTranspose2d(
        inputChannels: 4, outputChannels: 3, kernelSize: 4, stride: 2, padding: .explicit(1), using: random),
      "batch_norm_rows": try BatchNorm(features: 6),
      "batch_norm_images": try BatchNorm(features: 4, momentum: 0.3, epsilon: 1e-3),
      "batch_norm_inference": resting,
      "embedding": try Embedding(count: 7, features: 3, using: random),
      "max_pool": Function { try $0.maxPooled(kernelSize: 3, stride: 2, padding: 1) },
      "average_pool": Function { try $0.averagePooled(kernelSize: 2) },
      "global_average_pool": Function { try $0.globallyAveraged() },
      "flatten": Function { try $0.flattened() }, "relu": Function { try $0.relu() },
      "leaky_relu": Function { try $0.leakyReLU(slope: 0.3) }, "elu": Function { try $0.elu(alpha: 1.5) },
      "gelu": Function { try $0.gelu() }, "silu": Function { try $0.silu() },
      "sigmoid": Function { try $0.sigmoid() }, "tanh": Function { try $0.tanh() },
      "softplus": Function { try $0.softplus() }, "upsample_nearest": Function { try $0.upsampledNearest() },
    ]
  }

  private func normalized(_ name: String, _ kind: WeightNormalization) throws -> [String: any Layer] {
    [
      "linear_\(name)": try Linear(inputFeatures: 6, outputFeatures: 3, weightNormalization: kind, using: random),
      "convolution_\(name)": try Conv2d(
        inputChannels: 4, outputChannels: 3, kernelSize: 3, padding: .explicit(1), weightNormalization: kind,
        using: random),
      "transposed_convolution_\(name)": try ConvTranspose2d(
        inputChannels: 4, outputChannels: 3, kernelSize: 4, stride: 2, padding: .explicit(1),
        weightNormalization: kind, using: random),
    ]
  }

  @Test func optimizersTakeTheSameFiveSteps() throws {
    let fixture = try Fixture("optimizers")
    typealias Make = ([NamedParameter]) throws -> any Optimizer
    let kinds: [String: Make] = [
      "sgd": { try SGD(parameters: $0, learningRate: 0.1) },
      "sgd_decay": { try SGD(parameters: $0, learningRate: 0.1, weightDecay: 0.05) },
      "sgd_momentum": { try SGD(parameters: $0, learningRate: 0.1, momentum: 0.9, weightDecay: 0.05) },
      "sgd_nesterov": {
        try SGD(parameters: $0, learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.05)
      },
      "adam": { try Adam(parameters: $0, learningRate: 2e-2, beta1: 0.5) },
      "adam_decay": {
        try Adam(parameters: $0, learningRate: 2e-2, beta2: 0.95, epsilon: 1e-4, weightDecay: 0.1)
      },
      "adamw": { try AdamW(parameters: $0, learningRate: 2e-2, beta2: 0.99, weightDecay: 0.1) },
    ]
    let names = Set(fixture.tensors.keys.compactMap { $0.split(separator: "/").first.map(String.init) })
    #expect(names == Set(kinds.keys).union(["start", "gradient"]))
    for (kind, make) in kinds {
      let parameters = try ["weight", "bias"].map { try named($0, fixture["start/\($0)"].cloned()) }
      let optimizer = try make(parameters)
      for step in 0..<5 {
        try optimizer.step(["weight", "bias"].map { try fixture["gradient/\(step)/\($0)"] })
        for parameter in parameters {
          #expect(
            try isClose(parameter.value, fixture["\(kind)/\(step)/\(parameter.path)"]),
            "\(kind): \(parameter.path) differs after step \(step)")
        }
      }
    }
  }
}

@Suite struct KerasParityTests {
  @Test func samePaddingAndBatchNormalisationAgree() throws {
    let fixture = try Fixture("keras")
    let random = try RandomGenerator(seed: 1)
    let names = Set(fixture.tensors.keys.compactMap { $0.split(separator: "/").first.map(String.init) })
    #expect(names.count == 15)
    for name in names.sorted() {
      let numbers = name.split(separator: "_").compactMap { Int($0) }
      let layer: any Layer
      if name.hasPrefix("convolution") {
        layer = try Conv2d(
          inputChannels: 3, outputChannels: 4, kernelSize: numbers[0], stride: numbers[1], padding: .same,
          using: random)
      } else if name.hasPrefix("transposed") {
        layer = try ConvTranspose2d(
          inputChannels: 3, outputChannels: 2, kernelSize: numbers[0], stride: numbers[1], padding: .same,
          using: random)
      } else {
        layer = try BatchNorm(features: 5, momentum: 0.01, epsilon: 1e-3, usesBiasedVariance: true)
      }
      try check(name, layer, in: fixture)
    }
  }
}

/// A function of tensors in a table of layers.
final class Function: Layer {
  private let body: (Tensor) throws -> Tensor

  init(_ body: @escaping (Tensor) throws -> Tensor) { self.body = body }

  func callAsFunction(_ input: Tensor) throws -> Tensor { try body(input) }
}
