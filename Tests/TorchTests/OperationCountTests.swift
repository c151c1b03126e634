import Testing

@testable import SparringTorch

/// What a step costs, against numbers worked out by hand: a product of m×k and k×n matrices takes 2·m·k·n operations, a
/// convolution two for every image, place of the kernel and number of the kernel.
@Suite struct OperationCounts {
  private let random = try! RandomGenerator(seed: 1)

  @Test func products() throws {
    let (left, right) = (try Tensor.ones([3, 4]), try Tensor.ones([4, 5]))
    #expect(try countingOperations { try left.matmul(right) }.count == 2 * 3 * 4 * 5)
    #expect(try countingOperations { try left + 1 }.count == 0)
    let layer = try Linear(inputFeatures: 4, outputFeatures: 6, using: random)
    #expect(try countingOperations { try layer(left) }.count == 2 * 3 * 4 * 6)
  }

  /// Forward once, backward once for the weight and, behind a layer that learns, once for the input; in every format.
  @Test(arguments: [Precision.fp32, .bf16]) func aNetwork(_ precision: Precision) throws {
    let convolution = try Conv2d(
      inputChannels: 3, outputChannels: 8, kernelSize: 3, stride: 2, padding: .same, using: random)
    let transposed = try ConvTranspose2d(
      inputChannels: 8, outputChannels: 4, kernelSize: 4, stride: 2, padding: .same, using: random)
    let linear = try Linear(inputFeatures: 4 * 8 * 8, outputFeatures: 10, using: random)
    let images = try Tensor.ones([2, 3, 8, 8]).contiguous(channelsLast: true)
    func forward() throws -> Tensor {
      try withAutocast(precision) {
        try linear(transposed(convolution(images)).flattened()).to(.float32).sum()
      }
    }
    // Kernels stand on 4×4 places in both convolutions.
    let (first, second, third) = (
      2.0 * 2 * 16 * (8 * 3 * 9), 2.0 * 2 * 16 * (8 * 4 * 16), 2.0 * 2 * (4 * 8 * 8) * 10
    )
    #expect(try countingOperations { try withoutGradients { try forward() } }.count == first + second + third)
    let learned = [convolution.weight, transposed.weight, linear.weight].map(\.value)
    let (count, _) = try countingOperations { try gradients(of: forward(), withRespectTo: learned) }
    // The images themselves need no gradient.
    #expect(count == 2 * first + 3 * second + 3 * third)
  }
}
