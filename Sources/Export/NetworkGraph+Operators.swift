import SparringTorch

extension NetworkGraph {
  typealias Step = (Operation, [Operand])

  /// What a call of LibTorch's dispatcher is, in operations.
  /// - Throws: ``ExportError`` for a call that networks have not made so far.
  static func operations(_ call: OperatorTrace.Call) throws -> [Step] {
    let arguments = Arguments(call)
    if call.name == "aten::cat" {
      let dimension = try arguments.integer(1)
      guard dimension > 0 else { throw ExportError("aten::cat mixes the examples of a batch") }
      return [(.concatenate(dimension: dimension), call.tensors.map(Operand.tensor))]
    }
    let input = try arguments.tensor(0)
    let one: [Operand] = [.tensor(input)]
    switch call.name {
    case "sparring::convolution": return try convolution(arguments, result: call.results[0])
    case "sparring::batch_norm":
      let operands = try (0..<5).map { Operand.tensor(try arguments.tensor($0)) }
      return [(.batchNormalization(epsilon: try arguments.real(6)), operands)] + activation(try arguments.real(7))
    case "aten::linear":
      let bias = arguments.optionalTensor(2).map { [Operand.tensor($0)] } ?? []
      return [(.linear, one + [.tensor(try arguments.tensor(1))] + bias)]
    case "aten::leaky_relu": return [(.leakyReLU(slope: try arguments.real(1)), one)]
    case "aten::relu": return [(.leakyReLU(slope: 0), one)]
    case "aten::gelu": return [(.gelu, one)]
    case "aten::tanh": return [(.tanh, one)]
    case "aten::sigmoid": return [(.sigmoid, one)]
    case "aten::clamp": return [(.clamp(low: arguments.optionalReal(1), high: arguments.optionalReal(2)), one)]
    case "aten::add", "aten::mul":
      let isSum = call.name == "aten::add"
      if let other = arguments.optionalTensor(1) { return [(isSum ? .add : .multiply, one + [.tensor(other)])] }
      let number = try arguments.real(1)
      return [(isSum ? .addNumber(number) : .multiplyByNumber(number), one)]
    case "aten::max_pool2d", "aten::avg_pool2d":
      let (size, stride, padding) = (
        try arguments.integers(1)[0], try arguments.integers(2)[0], try arguments.integers(3)[0]
      )
      return [
        (
          call.name == "aten::max_pool2d"
            ? .maxPool(size: size, stride: stride, padding: padding)
            : .averagePool(
              size: size, stride: stride, padding: padding, countsPadding: arguments.flag(5, otherwise: true)), one
        )
      ]
    case "aten::mean", "aten::amax":
      let dimensions = try arguments.integers(1).map { $0 < 0 ? $0 + input.rank : $0 }.sorted()
      let keeps = arguments.flag(2)
      return [
        (
          call.name == "aten::mean"
            ? .mean(dimensions: dimensions, keepsThem: keeps) : .maximum(dimensions: dimensions, keepsThem: keeps), one
        )
      ]
    case "aten::index_select":
      let dimension = try arguments.integer(1)
      guard dimension > 0 else { throw ExportError("aten::index_select chooses among the examples of a batch") }
      return [(.select(dimension: dimension, indices: try arguments.tensor(2).integers()), one)]
    case "aten::permute": return [(.permute(try arguments.integers(1)), one)]
    case "aten::flatten", "aten::reshape", "aten::unsqueeze", "aten::squeeze":
      let sizes = call.results[0].shape
      guard sizes.first == input.shape.first else { throw ExportError("\(call.name) mixes the examples of a batch") }
      return [(.reshape(Array(sizes.dropFirst())), one)]
    case "aten::upsample_nearest2d":
      return [(.upsampleNearest(scale: Double(call.results[0].shape[2]) / Double(input.shape[2])), one)]
    default: throw ExportError("the operator \(call.name) cannot be exported yet")
    }
  }

  private static func activation(_ slope: Double) -> [Step] {
    slope == 1 ? [] : [(.leakyReLU(slope: slope), [.before])]
  }

  /// Arguments: input, weight, bias, stride, the border in front of rows and columns, the result's rows and columns,
  /// whether it is transposed, and the slope of the activation after it.
  private static func convolution(_ arguments: Arguments, result: Tensor) throws -> [Step] {
    let (input, weight) = (try arguments.tensor(0), try arguments.tensor(1))
    let stride = try arguments.integer(3)
    let (before, lengths) = (try arguments.integers(4), try arguments.integers(5))
    let isTransposed = arguments.flag(6)
    let behind = [0, 1].map { side in
      let (length, kernel) = (input.shape[2 + side], weight.shape[2 + side])
      return isTransposed
        ? (length - 1) * stride + kernel - before[side] - lengths[side]
        : (lengths[side] - 1) * stride + kernel - before[side] - length
    }
    let operands =
      [input, weight].map(Operand.tensor) + (arguments.optionalTensor(2).map { [Operand.tensor($0)] } ?? [])
    let operation: Operation =
      isTransposed
      ? .transposedConvolution(stride: stride, before: before, behind: behind)
      : .convolution(stride: stride, before: before, behind: behind)
    return [(operation, operands)] + activation(try arguments.real(7))
  }
}

/// The arguments of a call by their places.
private struct Arguments {
  private let call: OperatorTrace.Call

  init(_ call: OperatorTrace.Call) { self.call = call }

  private func value(_ place: Int) -> OperatorTrace.Value {
    place < call.arguments.count ? call.arguments[place] : .none
  }

  private func missing(_ place: Int) -> ExportError {
    ExportError("\(call.name) has no argument \(place) of that kind")
  }

  func tensor(_ place: Int) throws -> Tensor {
    guard let tensor = optionalTensor(place) else { throw missing(place) }
    return tensor
  }

  func optionalTensor(_ place: Int) -> Tensor? { if case .tensor(let tensor) = value(place) { tensor } else { nil } }

  func integer(_ place: Int) throws -> Int {
    guard case .integer(let number) = value(place) else { throw missing(place) }
    return number
  }

  func integers(_ place: Int) throws -> [Int] {
    guard case .integers(let list) = value(place) else { throw missing(place) }
    return list
  }

  func real(_ place: Int) throws -> Double {
    guard let number = optionalReal(place) else { throw missing(place) }
    return number
  }

  func optionalReal(_ place: Int) -> Double? {
    switch value(place) {
    case .real(let number): number
    case .integer(let number): Double(number)
    default: nil
    }
  }

  func flag(_ place: Int, otherwise missing: Bool = false) -> Bool {
    if case .flag(let flag) = value(place) { flag } else { missing }
  }
}
