import SparringTorch
import Testing

@testable import SparringModels

@Suite struct Restorers {
  static let families: [any RestorerFamily] = [UNetFamily(widths: [4, 6, 8])]

  @Test func everyFamilyIsTested() {
    #expect(Set(Self.families.map { type(of: $0).name }) == Set(NetworkFamilies.restorers.map { $0.name }))
  }

  /// A network that has left its beginning, where it adds nothing.
  private func trained(
    _ family: any RestorerFamily, _ inputChannels: Int, _ outputChannels: Int, _ random: RandomGenerator
  ) throws -> Restorer {
    let restorer = try Restorer(
      RestorerConfiguration(family), inputChannels: inputChannels, outputChannels: outputChannels, using: random)
    let images = try Tensor.normal([1, inputChannels, 16, 16], using: random)
    #expect(try restorer(images).absolute().maximum().item() == 0, "it begins by adding nothing")
    try withoutGradients {
      for parameter in restorer.trainedParameters {
        try parameter.value.copy(from: parameter.value + Tensor.normal(parameter.value.shape, using: random) * 0.1)
      }
    }
    return restorer
  }

  /// One network for images of any size, also odd, not square, and smaller than what is halved.
  @Test(arguments: families.indices, [[28, 28], [32, 48], [17, 31], [5, 3], [1, 1], [64, 7]])
  func shapes(index: Int, size: [Int]) throws {
    let random = try RandomGenerator(seed: 1)
    let restorer = try trained(Self.families[index], 5, 3, random)
    let images = try Tensor.normal([2, 5] + size, using: random)
    let made = try restorer(images)
    #expect(made.shape == [2, 3] + size && made.dtype == .float32)
    // An image by itself is restored as it is beside others.
    let alone = try restorer(images.narrowed(0..<1))
    #expect(try (alone - made.narrowed(0..<1)).absolute().maximum().item() < 1e-4)
    #expect(!restorer.mixesExamples)
  }

  /// A part of an image with enough around it becomes what it becomes in the whole.
  @Test func partsBecomeWhatTheyAreInTheWhole() throws {
    let random = try RandomGenerator(seed: 1)
    let restorer = try trained(UNetFamily(widths: [4, 6, 8]), 1, 1, random)
    let images = try Tensor.normal([1, 1, 200, 90], using: random)
    let whole = try restorer(images).narrowed(64..<100, along: 2)
    let part = try restorer(images.narrowed(0..<164, along: 2)).narrowed(64..<100, along: 2)
    #expect(try (whole - part).absolute().maximum().item() < 1e-4)
  }

  @Test func parameterPathsReadAsInPython() throws {
    let random = try RandomGenerator(seed: 1)
    let restorer = try Restorer(
      RestorerConfiguration(UNetFamily(widths: [4, 8])), inputChannels: 2, outputChannels: 1, using: random)
    let paths = restorer.namedParameters.map(\.path)
    #expect(paths.first == "body.entry.weight")
    #expect(paths.contains("body.down.1.blocks.0.first.weight") && paths.contains("body.exit.bias"))
    // Entry and exit, three levels' blocks, halving, narrowing and joint, each with its bias.
    let expected =
      (9 * 2 * 4 + 4) + (9 * 4 + 1) + 4 * (9 * 16 + 4) + 2 * (9 * 64 + 8) + (16 * 32 + 8) + (32 + 4) + (9 * 32 + 4)
    #expect(restorer.trainedParameterCount == expected)
  }

  @Test func sizesOutOfRange() throws {
    for family in [UNetFamily(widths: []), UNetFamily(widths: [4, 0]), UNetFamily(widths: [4], blocks: 0)] {
      #expect(throws: TorchError.self) { try family.validate(under: "model.restorer") }
    }
  }
}
