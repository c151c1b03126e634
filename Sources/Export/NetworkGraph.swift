import Foundation
public import SparringTorch

/// What a network computes, as a list of operations that other programs know: made by following one forward pass, so that
/// every family of networks can be exported without a line of its own.
public struct NetworkGraph {
  /// What one operation does.
  public enum Operation: Hashable, Sendable {
    /// Input, weight, and a bias where there is one; borders in front of and behind rows and columns.
    case convolution(stride: Int, before: [Int], behind: [Int])
    /// The gradient of a convolution: the borders are cut off the result.
    case transposedConvolution(stride: Int, before: [Int], behind: [Int])
    /// Input, γ, β, mean, variance.
    case batchNormalization(epsilon: Double)
    /// Input, weight `[out, in]`, and a bias where there is one.
    case linear
    /// max(x, slope·x).
    case leakyReLU(slope: Double)
    case gelu
    case tanh
    case sigmoid
    case add
    case multiply
    case addNumber(Double)
    case multiplyByNumber(Double)
    case clamp(low: Double?, high: Double?)
    case maxPool(size: Int, stride: Int, padding: Int)
    case averagePool(size: Int, stride: Int, padding: Int, countsPadding: Bool)
    case mean(dimensions: [Int], keepsThem: Bool)
    case maximum(dimensions: [Int], keepsThem: Bool)
    case permute([Int])
    /// To the sizes of one example; the batch stays.
    case reshape([Int])
    case upsampleNearest(scale: Double)
    case concatenate(dimension: Int)
    /// The rows, columns or channels at fixed places, one after the other.
    case select(dimension: Int, indices: [Int])
  }

  /// A value that is computed or known.
  public enum Value: Hashable, Sendable {
    /// What goes in.
    case input
    /// What an operation gives, by its place.
    case result(Int)
    /// A tensor of the network, by its name.
    case constant(String)
  }

  /// One operation.
  public struct Node: Hashable, Sendable {
    /// What it does.
    public let operation: Operation
    /// What it is given.
    public let inputs: [Value]
  }

  /// In the order of computation.
  public private(set) var nodes: [Node] = []
  /// The network's tensors that take part, by the paths of its parameters; what is computed from those alone, such as a
  /// normalised weight, is kept as it comes out.
  public private(set) var constants: [String: Tensor] = [:]
  /// What comes out.
  public private(set) var output = Value.input
  /// The sizes of one example that goes in.
  public let inputSizes: [Int]
  /// The sizes of one that comes out.
  public let outputSizes: [Int]

  private var values: [UnsafeRawPointer: Value] = [:]
  private var names: [UnsafeRawPointer: String]
  private var furtherResults: Set<UnsafeRawPointer> = []
  /// Results of operators, so that none is freed and its address taken by another while the graph is made.
  private var alive: [Tensor] = []

  /// Follows `network` over one batch of examples.
  ///
  /// - Parameters:
  ///   - parameters: The network's, by their paths, with the numbers that shall be exported.
  ///   - inputSizes: Of one example, such as `[3, 32, 32]`.
  ///   - forward: The forward pass in inference mode, in single precision.
  /// - Throws: ``ExportError`` for an operator that is none of the above.
  public init(
    parameters: [(path: String, value: Tensor)], inputSizes: [Int], device: Device = .cpu,
    forward: (Tensor) throws -> Tensor
  ) throws {
    names = Dictionary(parameters.map { ($0.value.identity, $0.path) }) { first, _ in first }
    self.inputSizes = inputSizes
    // Two examples: a batch of one could not be told from a size of one.
    let input = try Tensor.zeros([2] + inputSizes, device: device)
    let (trace, result) = try OperatorTrace.recording { try forward(input) }
    outputSizes = Array(result.shape.dropFirst())
    alive = trace.calls.flatMap(\.results) + [input, result]
    values[input.identity] = .input
    for call in trace.calls { try add(call) }
    guard let output = values[result.identity] else {
      throw ExportError("the network's answer does not depend on its input")
    }
    self.output = output
    (values, names, furtherResults) = ([:], [:], [])
    alive = []
  }

  private mutating func add(_ call: OperatorTrace.Call) throws {
    // What does not depend on the input is a constant, whatever it was computed by.
    guard let first = call.results.first,
      call.tensors.contains(where: { values[$0.identity] != nil || furtherResults.contains($0.identity) })
    else { return }
    if Self.changesNothing.contains(call.name), let source = call.tensors.first {
      values[first.identity] = values[source.identity]
      return
    }
    nameWeight(of: call)
    for (operation, operands) in try Self.operations(call) {
      let inputs = try operands.map { operand in
        switch operand {
        case .tensor(let tensor): try value(of: tensor)
        case .before: Value.result(nodes.count - 1)
        }
      }
      nodes.append(Node(operation: operation, inputs: inputs))
    }
    values[first.identity] = .result(nodes.count - 1)
    // They depend on the input, too, and must not pass for constants.
    furtherResults.formUnion(call.results.dropFirst().map(\.identity))
  }

  /// A weight that was computed from others, as normalised ones are, takes the name of the one that its layer keeps.
  private mutating func nameWeight(of call: OperatorTrace.Call) {
    guard call.name == "sparring::convolution" || call.name == "aten::linear", call.arguments.count > 2,
      case .tensor(let weight) = call.arguments[1], case .tensor(let bias) = call.arguments[2],
      names[weight.identity] == nil, let name = names[bias.identity], name.hasSuffix(".bias")
    else { return }
    names[weight.identity] = name.dropLast(4) + "weight"
  }

  private static let changesNothing: Set = ["aten::contiguous", "aten::to", "aten::detach", "aten::clone"]

  private mutating func value(of tensor: Tensor) throws -> Value {
    if let known = values[tensor.identity] { return known }
    guard !furtherResults.contains(tensor.identity) else {
      throw ExportError("an operator's second result takes part in the network, which cannot be exported yet")
    }
    let name = names[tensor.identity] ?? "constant_\(constants.count)"
    constants[name] = try tensor.detached().to(.cpu).to(.float32).contiguous().cloned()
    values[tensor.identity] = .constant(name)
    return .constant(name)
  }

  /// Where an operand comes from.
  enum Operand {
    case tensor(Tensor)
    /// The operation before it, of the same call.
    case before
  }
}

/// Why a network cannot be exported, in one line.
public struct ExportError: Error, CustomStringConvertible, Sendable {
  /// The line.
  public let description: String

  init(_ description: String) { self.description = description }
}

extension OperatorTrace.Call {
  var tensors: [Tensor] {
    arguments.flatMap { argument -> [Tensor] in
      switch argument {
      case .tensor(let tensor): return [tensor]
      case .tensors(let list): return list
      default: return []
      }
    }
  }
}
