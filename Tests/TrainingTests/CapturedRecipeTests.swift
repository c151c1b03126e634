import SparringDatasets
import Foundation
import SparringModels
import SparringRecipes
import Testing
import SparringTorch

@testable import SparringTraining

/// Ten steps through a graph against ten steps without, on the CPU with the stand-in and, where there is
/// one, on a GPU.
@Suite(.serialized) struct CapturedRecipes {
  static let gpuReason: Comment = "no CUDA device here: LibTorch's own graphs are not tried"
  static let hasGPU = Machine.cudaDeviceCount > 0
  static let schedule = LearningRateSchedule.linear(decayStart: 0.2, warmUpSteps: 3)

  init() { Machine.threadCount = 1 }

  static func dataset(on device: Device) throws -> Dataset {
    try TrainerFixture().dataset.to(device)
  }

  static func gan(on device: Device) throws -> GAN {
    var options = GAN.Options()
    options.averageDecay = 0.9
    options.augmentationPace = 20
    return try GAN(
      options,
      in: Setting(
        shape: .image(channels: 1, height: 28, width: 28), generator: DCGANGeneratorFamily(width: 2), latentSize: 4,
        discriminator: DCGANFamily(width: 2), augmentation: .digits, learningRate: 2e-4, seed: 11, device: device))
  }

  static func supervised(on device: Device) throws -> Supervised {
    var options = Supervised.Options()
    options.classifier.weightDecay = 0.01
    return try Supervised(
      options,
      in: Setting(
        shape: .image(channels: 1, height: 28, width: 28), classCount: 4, classifier: classifier, augmentation: .digits,
        seed: 11,
        device: device))
  }

  static func semiSupervised(on device: Device) throws -> SemiSupervisedGAN {
    var options = SemiSupervisedGAN.Options()
    options.generator.batchSize = 4
    return try SemiSupervisedGAN(
      options,
      in: Setting(
        shape: .image(channels: 1, height: 28, width: 28), classCount: 4, classifier: classifier,
        generator: DCGANGeneratorFamily(width: 2),
        latentSize: 4, augmentation: .photographs, seed: 11, device: device))
  }

  static var classifier: TrunkConfiguration {
    TrunkConfiguration(ConvolutionalFamily(widths: [4, 8], normalization: .batch), dropout: 0.3)
  }

  static func unlabelled(_ dataset: Dataset) throws -> UnlabelledSource {
    try UnlabelledSource(dataset: dataset, batchSize: 6, seed: 11)
  }

  static func images(_ dataset: Dataset) throws -> ConvertedSource<UnlabelledSource, ExampleBatch> {
    ConvertedSource(try unlabelled(dataset)) { ExampleBatch(images: $0.images) }
  }

  static func labelled(_ dataset: Dataset) throws -> LabelledSource {
    try LabelledSource(dataset: dataset, indices: Array(0..<8), batchSize: 6, seed: 11)
  }

  static func mixed(_ dataset: Dataset) throws -> SemiSupervisedSource {
    try SemiSupervisedSource(
      dataset: dataset, labelledIndices: Array(0..<8), unlabelledIndices: Array(0..<40), labelledBatchSize: 5,
      unlabelledBatchSize: 7, seed: 11)
  }

  /// All that a step changes, and the losses `[steps, names]`.
  struct Outcome {
    var state: [String: [UInt8]] = [:]
    var losses: [[Double]] = []

    init<Method: Recipe>(of recipe: Method, losses: [StepLosses]) throws {
      var tensors: [String: Tensor] = [:]
      for network in recipe.networks { tensors.merge(network.value.state.prefixed(network.name)) { $1 } }
      for optimizer in recipe.optimizers {
        tensors.merge(try optimizer.value.state().prefixed("o" + optimizer.name)) { $1 }
      }
      for average in recipe.averages { tensors.merge(try average.value.state().prefixed("a" + average.name)) { $1 } }
      for generator in recipe.generators { tensors["random " + generator.name] = try generator.value.state() }
      state = try tensors.mapValues { [UInt8](try $0.to(.cpu).bytes()) }
      self.losses = try losses.map { try $0.values.array(of: Double.self) }
    }
  }

  /// Ten steps of a learning-rate schedule.
  static func outcome<Method: Recipe, Source: BatchSource>(
    of recipe: Method, _ batches: Source, by step: (Method.Batch) throws -> StepLosses
  ) throws -> Outcome where Source.Batch == Method.Batch {
    let rates = recipe.optimizers.map(\.value.learningRate)
    var losses: [StepLosses] = []
    for index in 0..<10 {
      for (optimizer, rate) in zip(recipe.optimizers, rates) {
        try optimizer.value.setLearningRate(rate * schedule.factor(step: index, of: 10))
      }
      losses.append(try step(batches.next()))
    }
    return try Outcome(of: recipe, losses: losses)
  }

  static func compare<Method: Recipe, Source: BatchSource>(
    on device: Device = .cpu, _ make: (Device) throws -> Method, _ source: (Dataset) throws -> Source
  ) throws where Source.Batch == Method.Batch {
    let dataset = try dataset(on: device)
    let usual = try make(device)
    let time = try StepTime(on: device)
    let plain = try outcome(of: usual, source(dataset)) { try StepLosses(usual.step($0, at: time)) }

    let recipe = try make(device)
    let stand = RecordingGraph(of: recipe)
    let captured = try withOwnStream(on: device) {
      let step = CapturedStep(recipe, at: time) { () throws -> any StepGraph in
        if device == .cpu { return stand }
        return try DeviceGraph(on: device)
      }
      defer { if let notice = step.takeNotice() { Issue.record("\(notice)") } }
      return try outcome(of: recipe, source(dataset)) { try step($0) }
    }
    #expect(captured.state.keys == plain.state.keys)
    for (path, bytes) in plain.state where path.hasPrefix("random") || path.contains("(updates)") {
      #expect(captured.state[path] == bytes, "\(path)")
    }
    if device == .cpu {
      #expect(stand.captures == 1 && stand.replays == 7)
      #expect(captured.losses == plain.losses)
      for (path, bytes) in plain.state {
        let isSame = captured.state[path] == bytes
        #expect(isSame, "\(path)")
      }
    }
    for (found, expected) in zip(captured.losses, plain.losses) {
      for (value, other) in zip(found, expected) {
        #expect((value - other).magnitude < 2e-2 * (1 + other.magnitude))
      }
    }
  }

  @Test func ganStepsAreTheSame() throws { try Self.compare(Self.gan, Self.images) }
  @Test func supervisedStepsAreTheSame() throws { try Self.compare(Self.supervised, Self.labelled) }
  @Test func semiSupervisedStepsAreTheSame() throws { try Self.compare(Self.semiSupervised, Self.mixed) }

  @Test(.enabled(if: hasGPU, gpuReason)) func onAGPUStepsAreTheSame() throws {
    let device = try Device("cuda:0")
    try Self.compare(on: device, Self.gan, Self.images)
    try Self.compare(on: device, Self.supervised, Self.labelled)
    try Self.compare(on: device, Self.semiSupervised, Self.mixed)
  }
}

extension [String: Tensor] {
  fileprivate func prefixed(_ prefix: String) -> [String: Tensor] {
    Dictionary(uniqueKeysWithValues: map { (prefix + "." + $0.key, $0.value) })
  }
}
