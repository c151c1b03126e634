public import Foundation
import SparringReporting
import SparringTorch

/// A graph as an ONNX file (opset 17), which onnxruntime and most other engines run.
///
/// Field numbers are those of `onnx.proto`; tensors are stored as raw little-endian bytes.
public struct ONNX {
  /// What goes into the model or comes out, with the batch as first dimension.
  public struct Port: Sendable {
    /// Its name in the file.
    public let name: String
    /// Whether its numbers are bytes from 0 to 255 and not floats.
    public let isBytes: Bool
    /// Of one example.
    public let sizes: [Int]

    /// A port of that name.
    public init(_ name: String, isBytes: Bool = false, sizes: [Int]) {
      (self.name, self.isBytes, self.sizes) = (name, isBytes, sizes)
    }
  }

  private var nodes: [ProtobufMessage] = []
  private var initializers: [ProtobufMessage] = []
  private var count = 0

  /// A model that turns what people have into what the network takes, runs it, and turns what it gives into answers.
  ///
  /// - Parameters:
  ///   - prepare: Adds operations before the network, from the input's name to that of what it takes.
  ///   - finish: Adds operations after it, from its answer's name; their results must bear the outputs' names.
  ///   - metadata: Anything worth telling whoever loads the file.
  /// - Throws: ``ExportError`` or LibTorch's error when a tensor cannot be read.
  public static func model(
    _ graph: NetworkGraph, name: String, input: Port, outputs: [Port], metadata: [String: String],
    prepare: (inout ONNX, String) throws -> String, finish: (inout ONNX, String) throws -> Void
  ) throws -> Data {
    var file = ONNX()
    let start = try prepare(&file, input.name)
    for (name, tensor) in graph.constants.sorted(by: { $0.key < $1.key }) {
      try file.constant(name, shape: tensor.shape, floats: tensor.array(of: Float.self))
    }
    var results: [String] = []
    func place(of value: NetworkGraph.Value) -> String {
      switch value {
      case .input: start
      case .result(let place): results[place]
      case .constant(let name): name
      }
    }
    for node in graph.nodes {
      results.append(try file.add(node.operation, node.inputs.map(place), graph.constants))
    }
    try finish(&file, place(of: graph.output))
    return file.encoded(name, input, outputs, metadata)
  }

  /// Adds an operation; returns the name of its result.
  @discardableResult
  public mutating func add(
    _ type: String, _ inputs: [String], result: String? = nil, integers: [String: [Int]] = [:],
    integer: [String: Int] = [:], float: [String: Double] = [:], text: [String: String] = [:]
  ) -> String {
    count += 1
    let output = result ?? "value_\(count)"
    var node = ProtobufMessage()
    for input in inputs { node.bytes(1, Data(input.utf8)) }
    node.bytes(2, Data(output.utf8))
    node.bytes(3, Data("\(type)_\(count)".utf8))
    node.bytes(4, Data(type.utf8))
    func attribute(_ name: String, type: Int, _ fill: @escaping (inout ProtobufMessage) -> Void) {
      node.message(5) {
        $0.bytes(1, Data(name.utf8))
        fill(&$0)
        $0.integer(20, type)
      }
    }
    for (name, value) in float.sorted(by: { $0.key < $1.key }) {
      attribute(name, type: 1) { $0.float(2, Float(value)) }
    }
    for (name, value) in integer.sorted(by: { $0.key < $1.key }) { attribute(name, type: 2) { $0.integer(3, value) } }
    for (name, value) in text.sorted(by: { $0.key < $1.key }) {
      attribute(name, type: 3) { $0.bytes(4, Data(value.utf8)) }
    }
    for (name, values) in integers.sorted(by: { $0.key < $1.key }) {
      attribute(name, type: 7) { message in values.forEach { message.integer(8, $0) } }
    }
    nodes.append(node)
    return output
  }

  /// Adds numbers that the operations use; returns their name.
  @discardableResult
  public mutating func constant(_ name: String? = nil, shape: [Int] = [], floats: [Float]) -> String {
    let data = floats.withUnsafeBufferPointer { Data(buffer: $0) }
    return constant(name, shape, type: 1, data)
  }

  private mutating func constant(integers: [Int]) -> String {
    constant(nil, [integers.count], type: 7, integers.map(Int64.init).withUnsafeBufferPointer { Data(buffer: $0) })
  }

  private mutating func constant(_ name: String?, _ shape: [Int], type: Int, _ data: Data) -> String {
    count += 1
    let name = name ?? "number_\(count)"
    var tensor = ProtobufMessage()
    for size in shape { tensor.integer(1, size) }
    tensor.integer(2, type)
    tensor.bytes(8, Data(name.utf8))
    tensor.bytes(9, data)
    initializers.append(tensor)
    return name
  }

  private func encoded(_ name: String, _ input: Port, _ outputs: [Port], _ metadata: [String: String]) -> Data {
    var model = ProtobufMessage()
    model.integer(1, 8)
    model.bytes(2, Data("sparring".utf8))
    model.message(7) { graph in
      for node in nodes { graph.bytes(1, node.data) }
      graph.bytes(2, Data(name.utf8))
      for tensor in initializers { graph.bytes(5, tensor.data) }
      graph.message(11) { Self.describe(input, in: &$0) }
      for output in outputs { graph.message(12) { Self.describe(output, in: &$0) } }
    }
    model.message(8) { $0.integer(2, 17) }
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      model.message(14) {
        $0.bytes(1, Data(key.utf8))
        $0.bytes(2, Data(value.utf8))
      }
    }
    return model.data
  }

  private static func describe(_ port: Port, in message: inout ProtobufMessage) {
    message.bytes(1, Data(port.name.utf8))
    message.message(2) {
      $0.message(1) { tensor in
        tensor.integer(1, port.isBytes ? 2 : 1)
        tensor.message(2) { shape in
          shape.message(1) { $0.bytes(2, Data("batch".utf8)) }
          for size in port.sizes { shape.message(1) { $0.integer(1, size) } }
        }
      }
    }
  }
}

// The operations of a network.
extension ONNX {
  fileprivate mutating func add(
    _ operation: NetworkGraph.Operation, _ inputs: [String], _ constants: [String: Tensor]
  ) throws -> String {
    switch operation {
    case .convolution(let stride, let before, let behind):
      return add(
        "Conv", inputs,
        integers: ["strides": [stride, stride], "pads": before + behind.map { max(0, $0) }])
    case .transposedConvolution(let stride, let before, let behind):
      return add(
        "ConvTranspose", inputs,
        integers: [
          "strides": [stride, stride], "pads": before + behind.map { max(0, $0) },
          "output_padding": behind.map { max(0, -$0) },
        ])
    case .batchNormalization(let epsilon): return add("BatchNormalization", inputs, float: ["epsilon": epsilon])
    case .linear: return add("Gemm", inputs, integer: ["transB": 1])
    case .leakyReLU(let slope):
      return slope == 0 ? add("Relu", inputs) : add("LeakyRelu", inputs, float: ["alpha": slope])
    case .gelu: return gelu(inputs[0])
    case .tanh: return add("Tanh", inputs)
    case .sigmoid: return add("Sigmoid", inputs)
    case .add: return add("Add", inputs)
    case .multiply: return add("Mul", inputs)
    case .addNumber(let number): return add("Add", inputs + [constant(floats: [Float(number)])])
    case .multiplyByNumber(let number): return add("Mul", inputs + [constant(floats: [Float(number)])])
    case .clamp(let low, let high):
      return add(
        "Clip",
        inputs
          + [low ?? -.greatestFiniteMagnitude, high ?? .greatestFiniteMagnitude].map { constant(floats: [Float($0)]) })
    case .maxPool(let size, let stride, let padding):
      return add("MaxPool", inputs, integers: Self.window(size, stride, padding))
    case .averagePool(let size, let stride, let padding, let countsPadding):
      return add(
        "AveragePool", inputs, integers: Self.window(size, stride, padding),
        integer: ["count_include_pad": countsPadding ? 1 : 0])
    case .mean(let dimensions, let keeps):
      return add("ReduceMean", inputs, integers: ["axes": dimensions], integer: ["keepdims": keeps ? 1 : 0])
    case .maximum(let dimensions, let keeps):
      return add("ReduceMax", inputs, integers: ["axes": dimensions], integer: ["keepdims": keeps ? 1 : 0])
    case .permute(let order): return add("Transpose", inputs, integers: ["perm": order])
    case .reshape(let sizes): return add("Reshape", inputs + [constant(integers: [-1] + sizes)])
    case .concatenate(let dimension): return add("Concat", inputs, integer: ["axis": dimension])
    case .select(let dimension, let indices):
      return add("Gather", inputs + [constant(integers: indices)], integer: ["axis": dimension])
    case .upsampleNearest(let scale):
      let scales = constant(shape: [4], floats: [1, 1, Float(scale), Float(scale)])
      return add(
        "Resize", [inputs[0], "", scales],
        text: ["mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"])
    }
  }

  private static func window(_ size: Int, _ stride: Int, _ padding: Int) -> [String: [Int]] {
    [
      "kernel_shape": [size, size], "strides": [stride, stride],
      "pads": [Int](repeating: padding, count: 4),
    ]
  }

  /// x · (1 + erf(x/√2)) / 2, for engines of before opset 20.
  private mutating func gelu(_ input: String) -> String {
    let scaled = add("Mul", [input, constant(floats: [Float(0.5.squareRoot())])])
    let share = add("Add", [add("Erf", [scaled]), constant(floats: [1])])
    return add("Mul", [add("Mul", [input, share]), constant(floats: [0.5])])
  }
}
