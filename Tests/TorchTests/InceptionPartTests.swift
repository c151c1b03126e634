import Foundation
import Testing

@testable import SparringTorch

/// What the Inception network needs beside the usual layers.
@Suite struct InceptionParts {
  @Test func resizingBeginsAtTheFirstPixel() throws {
    // Pixel i of four lies at i / 2 of two: 0, ½, 1, and beyond the last the last.
    let image = try Tensor([Float(0), 2, 4, 10], shape: [1, 1, 2, 2])
    let expected: [Double] = [0, 1, 2, 2, 2, 4, 6, 6, 4, 7, 10, 10, 4, 7, 10, 10]
    #expect(try isClose(image.resizedFromFirstPixel(height: 4, width: 4), expected))
    // Shrinking takes every second pixel as it is.
    let row = try Tensor([Float(1), 5, 2, 6], shape: [1, 1, 1, 4])
    #expect(try isClose(row.resizedFromFirstPixel(height: 1, width: 2), [1, 2]))
    #expect(try row.resizedFromFirstPixel(height: 1, width: 4).bytes() == row.bytes())
  }

  @Test func meansMayLeaveTheBorderOut() throws {
    let ones = try Tensor.ones([1, 1, 3, 3])
    let with = try ones.averagePooled(kernelSize: 3, stride: 1, padding: 1)
    #expect(try abs(with[0, 0, 0, 0].item() - 4.0 / 9) < 1e-6)
    #expect(
      try isClose(
        ones.averagePooled(kernelSize: 3, stride: 1, padding: 1, countsPadding: false), [Double](repeating: 1, count: 9)
      ))
  }

  /// A kernel of one row is a square one whose other rows are zero, in both number formats.
  @Test(arguments: Precision.allCases, [Padding.same, .explicit(0)])
  func kernelsNeedNotBeSquare(precision: Precision, padding: Padding) throws {
    let random = try RandomGenerator(seed: 3)
    let flat = try Conv2d(
      inputChannels: 8, outputChannels: 8, kernelSize: 1, kernelWidth: 3, padding: padding, using: random)
    let square = try Conv2d(inputChannels: 8, outputChannels: 8, kernelSize: 3, padding: .same, using: random)
    #expect(flat.weight.value.shape == [8, 8, 1, 3])
    try withoutGradients {
      try square.weight.value.copy(from: flat.weight.value.padded([0, 0, 1, 1]))
      let input = try Tensor.normal([2, 8, 6, 7], using: random).contiguous(channelsLast: true)
      let (found, whole) = try withAutocast(precision) {
        (try flat(input).to(.float32), try square(input).to(.float32))
      }
      let expected = padding == .same ? whole : try whole.narrowed(1..<6, along: 3)
      #expect(found.shape == expected.shape)
      #expect(try (found - expected).absolute().maximum().item() < (precision == .fp32 ? 1e-5 : 3e-2))
    }
  }

  @Test func referencesAreNotKept() throws {
    let layer = try Linear(inputFeatures: 2, outputFeatures: 2, using: RandomGenerator(seed: 1))
    try layer.freeze(asReference: true)
    #expect(layer.trainedParameters.isEmpty && layer.state.isEmpty && layer.namedParameters.count == 2)
    #expect(!layer.weight.value.requiresGradient)
    #expect(try ExponentialMovingAverage(of: layer, decay: 0.9).averages.isEmpty)
    try layer.load([:])
    #expect(throws: TorchError.self) { try layer.load(["weight": .zeros([2, 2])]) }
  }
}
