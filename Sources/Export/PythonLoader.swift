import Foundation

/// A graph as a page of PyTorch that loads its weights from a `.safetensors` file and computes the same.
struct PythonLoader {
  let graph: NetworkGraph

  /// The body of a function of `x`, one operation a line.
  var body: String {
    var names: [Int: String] = [:]
    func text(_ value: NetworkGraph.Value) -> String {
      switch value {
      case .input: "x"
      case .result(let place): names[place] ?? "x"
      case .constant(let name): "w[\"\(name)\"]"
      }
    }
    var lines: [String] = []
    for (place, node) in graph.nodes.enumerated() {
      names[place] = "x\(place + 1)"
      lines.append("    x\(place + 1) = \(Self.expression(node.operation, node.inputs.map(text)))")
    }
    lines.append("    return \(text(graph.output))")
    return lines.joined(separator: "\n")
  }

  private static func expression(_ operation: NetworkGraph.Operation, _ inputs: [String]) -> String {
    let input = inputs[0]
    let rest = inputs.dropFirst().joined(separator: ", ")
    func list(_ numbers: [Int]) -> String {
      "(\(numbers.map(String.init).joined(separator: ", "))\(numbers.count == 1 ? "," : ""))"
    }
    switch operation {
    case .convolution(let stride, let before, let behind):
      let borders = [before[1], behind[1], before[0], behind[0]]
      let padded = borders.allSatisfy { $0 == 0 } ? input : "F.pad(\(input), \(list(borders)))"
      return "F.conv2d(\(padded), \(rest), stride=\(stride))"
    case .transposedConvolution(let stride, let before, let behind):
      // What is cut off in front and behind may differ.
      let full = "F.conv_transpose2d(\(input), \(rest), stride=\(stride))"
      let cut = [-before[1], -behind[1], -before[0], -behind[0]]
      return cut.allSatisfy { $0 == 0 } ? full : "F.pad(\(full), \(list(cut)))"
    case .batchNormalization(let epsilon):
      return "F.batch_norm(\(input), \(inputs[3]), \(inputs[4]), \(inputs[1]), \(inputs[2]), eps=\(epsilon))"
    case .linear: return "F.linear(\(input), \(rest))"
    case .leakyReLU(let slope): return slope == 0 ? "F.relu(\(input))" : "F.leaky_relu(\(input), \(slope))"
    case .gelu: return "F.gelu(\(input))"
    case .tanh: return "torch.tanh(\(input))"
    case .sigmoid: return "torch.sigmoid(\(input))"
    case .add: return "\(input) + \(rest)"
    case .multiply: return "\(input) * \(rest)"
    case .addNumber(let number): return "\(input) + \(number)"
    case .multiplyByNumber(let number): return "\(input) * \(number)"
    case .clamp(let low, let high):
      return "\(input).clamp(\(low.map { "\($0)" } ?? "None"), \(high.map { "\($0)" } ?? "None"))"
    case .maxPool(let size, let stride, let padding):
      return "F.max_pool2d(\(input), \(size), \(stride), \(padding))"
    case .averagePool(let size, let stride, let padding, let countsPadding):
      let further = countsPadding ? "" : ", count_include_pad=False"
      return "F.avg_pool2d(\(input), \(size), \(stride), \(padding)\(further))"
    case .mean(let dimensions, let keeps): return "\(input).mean(\(list(dimensions)), \(keeps ? "True" : "False"))"
    case .maximum(let dimensions, let keeps): return "\(input).amax(\(list(dimensions)), \(keeps ? "True" : "False"))"
    case .permute(let order): return "\(input).permute\(list(order))"
    case .reshape(let sizes): return "\(input).reshape(\(([-1] + sizes).map(String.init).joined(separator: ", ")))"
    case .concatenate(let dimension): return "torch.cat([\(inputs.joined(separator: ", "))], \(dimension))"
    case .select(let dimension, let indices):
      return "\(input).index_select(\(dimension), torch.tensor(\(indices), device=\(input).device))"
    case .upsampleNearest(let scale): return "F.interpolate(\(input), scale_factor=\(scale), mode=\"nearest\")"
    }
  }
}
