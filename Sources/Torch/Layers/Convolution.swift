/// The border that a convolution adds to its input.
public enum Padding: Sendable, Hashable {
  /// The same number of zeros on all four sides.
  case explicit(Int)
  /// TensorFlow's `same`: the output has ⌈input / stride⌉ rows and columns (input · stride when
  /// transposed); where the border is odd, the extra zero comes after.
  case same

  /// Zeros before and after one dimension of `length`.
  func amounts(length: Int, kernelSize: Int, stride: Int) -> (before: Int, after: Int) {
    switch self {
    case .explicit(let amount): return (amount, amount)
    case .same:
      let outputs = (length + stride - 1) / stride
      let total = max(0, (outputs - 1) * stride + kernelSize - length)
      return (total / 2, total - total / 2)
    }
  }
}

/// A 2-D convolution, `[N, inputChannels, H, W]` to `[N, outputChannels, H', W']`.
public final class Conv2d: Layer {
  /// `[outputChannels, inputChannels, kernelSize, kernelWidth]`.
  public let weight: Parameter
  /// `[outputChannels]`.
  public let bias: Parameter?
  let weightNorm: (any WeightNormalizer)?
  private let kernel: (rows: Int, columns: Int)
  private let stride: Int
  private let padding: Padding

  /// - Parameters:
  ///   - kernelSize: Rows and columns of the kernel.
  ///   - kernelWidth: Columns of the kernel, where they are not as many as its rows.
  ///   - initializer: The weight's distribution; the bias begins at zero.
  ///   - weightNormalization: How the weight is rescaled before use.
  ///   - generator: Where the numbers come from, on the layer's device.
  public init(
    inputChannels: Int, outputChannels: Int, kernelSize: Int, kernelWidth: Int? = nil, stride: Int = 1,
    padding: Padding = .explicit(0), hasBias: Bool = true, initializer: Initializer = .fanInUniform,
    weightNormalization: WeightNormalization = .none, using generator: RandomGenerator
  ) throws(TorchError) {
    kernel = (kernelSize, kernelWidth ?? kernelSize)
    let window = kernel.rows * kernel.columns
    weight = try Parameter(
      initializer.make(
        [outputChannels, inputChannels, kernel.rows, kernel.columns], fanIn: inputChannels * window,
        fanOut: outputChannels * window, using: generator
      ).contiguous(channelsLast: true))
    bias = hasBias ? try Parameter(Tensor.zeros([outputChannels], device: generator.device)) : nil
    weightNorm = try weightNormalization.make(for: weight.value, outputDimension: 0, using: generator)
    (self.stride, self.padding) = (stride, padding)
  }

  /// `[N, inputChannels, H, W]` to `[N, outputChannels, H', W']`.
  public func callAsFunction(_ input: Tensor) throws(TorchError) -> Tensor { try self(input, leakyReLUSlope: 1) }

  /// The convolution and the activation max(x, slope·x) after it, for a slope from 0 to 1, which costs no second
  /// pass over the maps.
  public func callAsFunction(_ input: Tensor, leakyReLUSlope slope: Double) throws(TorchError) -> Tensor {
    try convolved(input, weight: usedWeight(), bias: bias?.value, slope: slope)
  }

  func convolved(_ input: Tensor, weight: Tensor, bias: Tensor?, slope: Double) throws(TorchError) -> Tensor {
    let rows = try extent(input.size(-2), kernel: kernel.rows)
    let columns = try extent(input.size(-1), kernel: kernel.columns)
    return try Operators.convolution(
      .tensor(input), .tensor(weight), .optional(bias), .int(stride), .ints([rows.before, columns.before]),
      .ints([rows.length, columns.length]), .bool(false), .double(slope))
  }

  func usedWeight() throws(TorchError) -> Tensor { try weightNorm?(weight.value) ?? weight.value }

  /// The border before one dimension of `length`, and the outputs along it.
  private func extent(_ length: Int, kernel: Int) throws(TorchError) -> (before: Int, length: Int) {
    let border = padding.amounts(length: length, kernelSize: kernel, stride: stride)
    let room = length + border.before + border.after - kernel
    guard room >= 0 else {
      throw TorchError("a kernel of \(kernel) does not fit an image of \(length) with padding \(border.before)")
    }
    return (border.before, room / stride + 1)
  }
}

/// The gradient of a convolution used as a layer: it enlarges, `[N, inputChannels, H, W]` to
/// `[N, outputChannels, H·stride, W·stride]` with `same` padding.
public final class ConvTranspose2d: Layer {
  /// `[inputChannels, outputChannels, kernelSize, kernelSize]`.
  public let weight: Parameter
  /// `[outputChannels]`.
  public let bias: Parameter?
  private let weightNorm: (any WeightNormalizer)?
  private let kernelSize: Int
  private let stride: Int
  private let padding: Padding

  /// - Throws: ``TorchError`` when `same` padding is asked for with a kernel smaller than the stride.
  public init(
    inputChannels: Int, outputChannels: Int, kernelSize: Int, stride: Int = 1, padding: Padding = .explicit(0),
    hasBias: Bool = true, initializer: Initializer = .fanInUniform, weightNormalization: WeightNormalization = .none,
    using generator: RandomGenerator
  ) throws(TorchError) {
    if padding == .same, kernelSize < stride {
      throw TorchError("same padding needs a kernel of at least the stride, not \(kernelSize) for stride \(stride)")
    }
    let window = kernelSize * kernelSize
    // As in Keras: a transposed kernel's fan in counts its output channels.
    weight = try Parameter(
      initializer.make(
        [inputChannels, outputChannels, kernelSize, kernelSize], fanIn: outputChannels * window,
        fanOut: inputChannels * window, using: generator
      ).contiguous(channelsLast: true))
    bias = hasBias ? try Parameter(Tensor.zeros([outputChannels], device: generator.device)) : nil
    weightNorm = try weightNormalization.make(for: weight.value, outputDimension: 1, using: generator)
    (self.kernelSize, self.stride, self.padding) = (kernelSize, stride, padding)
  }

  /// `[N, inputChannels, H, W]` to `[N, outputChannels, H', W']`.
  public func callAsFunction(_ input: Tensor) throws(TorchError) -> Tensor { try self(input, leakyReLUSlope: 1) }

  /// The convolution and the activation max(x, slope·x) after it, for a slope from 0 to 1.
  public func callAsFunction(_ input: Tensor, leakyReLUSlope slope: Double) throws(TorchError) -> Tensor {
    try convolved(input, weight: usedWeight(), bias: bias?.value, slope: slope)
  }

  func convolved(_ input: Tensor, weight: Tensor, bias: Tensor?, slope: Double) throws(TorchError) -> Tensor {
    let rows = try extent(input.size(-2))
    let columns = try extent(input.size(-1))
    return try Operators.convolution(
      .tensor(input), .tensor(weight), .optional(bias), .int(stride), .ints([rows.before, columns.before]),
      .ints([rows.length, columns.length]), .bool(true), .double(slope))
  }

  func usedWeight() throws(TorchError) -> Tensor { try weightNorm?(weight.value) ?? weight.value }

  /// What is cut off before one dimension of `length`, and the outputs along it.
  private func extent(_ length: Int) throws(TorchError) -> (before: Int, length: Int) {
    switch padding {
    case .explicit(let amount):
      let outputs = (length - 1) * stride + kernelSize - 2 * amount
      guard outputs > 0 else { throw TorchError("padding \(amount) leaves nothing of an image of \(length)") }
      return (amount, outputs)
    case .same:
      // The full result is kernel − stride too long; TensorFlow cuts the smaller half in front.
      return ((kernelSize - stride) / 2, length * stride)
    }
  }
}
