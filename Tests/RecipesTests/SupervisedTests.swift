import SparringDatasets
import SparringModels
import SparringTorch
import Testing

@testable import SparringRecipes

/// What may be chosen of the baseline.
@Suite struct SupervisedChoices {
  init() { Machine.threadCount = 1 }

  private let images = try! Tensor.normal([3, 1, 8, 10], using: RandomGenerator(seed: 2)).tanh()

  private func recipe(_ change: (inout Supervised.Options) -> Void = { _ in }) throws -> Supervised {
    var options = Supervised.Options()
    change(&options)
    return try Supervised(
      options,
      in: Setting(
        shape: .image(channels: 1, height: 8, width: 10), classCount: 3,
        classifier: TrunkConfiguration(ConvolutionalFamily(widths: [4, 6])), learningRate: 0.1, seed: 3))
  }

  /// An image and its mirror image count half; those moved by a pixel the other half.
  @Test func answersOverViews() throws {
    let (plain, averaging) = (try recipe(), try recipe { $0.averagesViews = true })
    func both(_ shown: Tensor) throws -> Tensor {
      try (plain.classLogits(of: shown) + plain.classLogits(of: shown.flipped(3))) * 0.5
    }
    let pixels = try images.array(of: Float.self)
    /// What lies `offset` rows below and columns to the right; beyond the edge lies the edge.
    func moved(_ offset: Int) throws -> Tensor {
      var numbers: [Float] = []
      for image in 0..<3 {
        for row in 0..<8 {
          for column in 0..<10 {
            let (y, x) = (min(max(row + offset, 0), 7), min(max(column + offset, 0), 9))
            numbers.append(pixels[image * 80 + y * 10 + x])
          }
        }
      }
      return try Tensor(numbers, shape: [3, 1, 8, 10])
    }
    let expected = try both(images) * 0.5 + (both(moved(-1)) + both(moved(1))) * 0.25
    let answers = try averaging.classLogits(of: images)
    #expect(try (answers - expected).absolute().maximum().item() < 1e-5)
    #expect(try (answers - plain.classLogits(of: images)).absolute().maximum().item() > 1e-4)
    // All views of a plain surface are one.
    let surface = try Tensor.full([2, 1, 8, 10], 0.4)
    let same = try averaging.classLogits(of: surface) - plain.classLogits(of: surface)
    #expect(try same.absolute().maximum().item() < 1e-5)
  }

  @Test func vectorsHaveOneView() throws {
    var options = Supervised.Options()
    options.averagesViews = true
    let setting = Setting(
      shape: .vector(features: 4), classCount: 2, classifier: TrunkConfiguration(FullyConnectedFamily()), seed: 3)
    let recipe = try Supervised(options, in: setting)
    #expect(try recipe.classLogits(of: Tensor.ones([2, 4])).shape == [2, 2])
  }

  /// w ← w − α·g without momentum; with it twice the same slope moves w by α·(1 + μ)·g first (Nesterov).
  @Test(arguments: [(0.0, 1.0), (0.5, 1.5)]) func byStochasticGradientDescent(momentum: Double, factor: Double) throws {
    let recipe = try recipe {
      ($0.classifier.optimizer, $0.classifier.beta1) = (.sgd, momentum)
      $0.classifier.averageDecay = 0
    }
    #expect(recipe.classifier.optimizer is SGD)
    let parameters = recipe.classifier.parameters
    let before = try parameters.map { try $0.cloned() }
    let slopes = try parameters.map { try $0.onesLike() }
    try recipe.classifier.step(slopes)
    for (old, new) in zip(before, parameters) {
      #expect(try (old - new.detached() - 0.1 * factor).absolute().maximum().item() < 1e-5)
    }
  }
}
