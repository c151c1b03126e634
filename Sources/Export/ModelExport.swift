public import Foundation
public import SparringDatasets
import SparringModels
public import SparringRecipes
import SparringTorch

/// A trained network as files that other programs run, without anything that only training needs: ONNX, and
/// `.safetensors` with a page of PyTorch beside it.
public struct ModelExport {
  /// What the files are called: `classifier` or `generator`.
  public let name: String
  let graph: NetworkGraph
  let facts: DataFacts
  let fit: PictureFit
  let notes: [String: String]

  /// The averaged classifier of a recipe that has one, else its averaged generator.
  ///
  /// - Parameters:
  ///   - facts: What the networks know of the data.
  ///   - fit: How pictures of another shape are brought to the network's.
  ///   - notes: What else the files shall say of themselves, such as the test accuracy.
  /// - Throws: ``ExportError`` for a recipe with neither, or whose classifier is no network by itself, or a network with an operator that cannot be exported.
  public init(_ recipe: any Recipe, facts: DataFacts, fit: PictureFit, notes: [String: String]) throws {
    (self.facts, self.fit) = (facts, fit)
    self.notes = notes.merging(["recipe": type(of: recipe).name]) { $1 }
    if let recipe = recipe as? any ClassifierRecipe {
      name = "classifier"
      graph = try Self.graph(of: recipe.classifier, inputSizes: facts.shape.sizes) { try $0($1) }
    } else if recipe is any ImageClassifying {
      throw ExportError(
        "the classifier of \(type(of: recipe).name) cannot be exported yet")
    } else if let recipe = recipe as? any GeneratorRecipe {
      name = "generator"
      graph = try Self.graph(of: recipe.generator, inputSizes: [recipe.latentSize]) { try $0($1) }
    } else {
      throw ExportError("\(type(of: recipe).name) has neither a classifier nor a generator to export")
    }
  }

  /// Follows the averaged network as it stands in inference, in single precision. Gradients are recorded, so that
  /// normalisations stay layers of their own, with the names that they have in checkpoints.
  private static func graph<Network: Module>(
    of player: Player<Network>, inputSizes: [Int], _ forward: (Network, Tensor) throws -> Tensor
  ) throws -> NetworkGraph {
    let network = player.network
    func follow() throws -> NetworkGraph {
      let parameters = network.namedParameters.map { (path: $0.path, value: $0.value) }
      return try network.inInferenceMode {
        try NetworkGraph(
          parameters: parameters, inputSizes: inputSizes, device: parameters.first?.value.device ?? .cpu
        ) { try forward(network, $0) }
      }
    }
    return try player.average.map { try $0.withAverages(in: network) { try follow() } } ?? follow()
  }

  var isClassifier: Bool { name == "classifier" }

  /// Writes every file into a folder, which is made if it is not there; returns them.
  public func write(to folder: URL) throws -> [URL] {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw ExportError("cannot make \(folder.relativePath): \(error.localizedDescription)")
    }
    func file(_ ending: String) -> URL { folder.appending(path: "\(name).\(ending)") }
    let (onnx, weights, python) = (file("onnx"), file("safetensors"), file("py"))
    try write(onnxModel(), to: onnx)
    try Safetensors.write(graph.constants, metadata: metadata, to: weights)
    try write(Data(pythonText.utf8), to: python)
    var written = [onnx, weights, python]
    if isClassifier, facts.shape.isImage {
      let coreML = folder.appending(path: "core_ml.py")
      try write(Data(coreMLText.utf8), to: coreML)
      written.append(coreML)
    }
    return written
  }

  private func write(_ data: Data, to file: URL) throws {
    do {
      try AtomicFile.write(data, to: file)
    } catch {
      throw ExportError("cannot write \(file.relativePath): \(error)")
    }
  }

  /// What the files say of themselves: class names as a JSON list, what goes in, and the notes.
  var metadata: [String: String] {
    var metadata = notes
    metadata["data"] = facts.name
    if isClassifier { metadata["classes"] = Self.json(facts.classNames) }
    if case .image(let channels, let height, let width) = facts.shape {
      metadata["input"] =
        isClassifier
        ? "pixels [batch, \(channels), \(height), \(width)] of uint8, \(channels == 3 ? "red, green, blue" : "grey")"
        : "latents [batch, \(graph.inputSizes[0])] of float32, normally distributed"
      metadata["fit"] = fit.rawValue
    } else {
      metadata["input"] = "numbers [batch, \(graph.inputSizes[0])] of float32, as in the file"
      if let names = facts.featureNames { metadata["features"] = Self.json(names) }
    }
    return metadata
  }

  static func json(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
  }
}

extension ModelExport {
  /// From bytes (or a file's numbers) to logits and probabilities, or from latents to bytes.
  private func onnxModel() throws -> Data {
    let isImage = facts.shape.isImage
    let input =
      isClassifier
      ? ONNX.Port(isImage ? "pixels" : "numbers", isBytes: isImage, sizes: graph.inputSizes)
      : ONNX.Port("latents", sizes: graph.inputSizes)
    let outputs =
      isClassifier
      ? [ONNX.Port("logits", sizes: graph.outputSizes), ONNX.Port("probabilities", sizes: graph.outputSizes)]
      : [ONNX.Port(isImage ? "pixels" : "numbers", isBytes: isImage, sizes: graph.outputSizes)]
    return try ONNX.model(
      graph, name: name, input: input, outputs: outputs, metadata: metadata,
      prepare: { file, input in
        guard isClassifier else { return input }
        guard isImage else { return file.scaled(input, by: facts.scaling) }
        let floats = file.add("Cast", [input], integer: ["to": 1])
        let share = file.add("Div", [floats, file.constant(floats: [127.5])])
        return file.add("Sub", [share, file.constant(floats: [1])])
      },
      finish: { file, answer in
        if isClassifier {
          file.add("Identity", [answer], result: "logits")
          file.add("Softmax", [answer], result: "probabilities", integer: ["axis": -1])
        } else if isImage {
          let stretched = file.add(
            "Mul", [file.add("Add", [answer, file.constant(floats: [1])]), file.constant(floats: [127.5])])
          let clipped = file.add(
            "Clip", [file.add("Round", [stretched]), file.constant(floats: [0]), file.constant(floats: [255])])
          file.add("Cast", [clipped], result: "pixels", integer: ["to": 2])
        } else {
          file.unscaled(answer, by: facts.scaling, result: "numbers")
        }
      })
  }
}

extension ONNX {
  fileprivate mutating func scaled(_ input: String, by scaling: Scaling) -> String {
    let (centers, spreads) = (numbers(scaling.centers), numbers(scaling.spreads))
    return add("Div", [add("Sub", [input, centers]), spreads])
  }

  fileprivate mutating func unscaled(_ input: String, by scaling: Scaling, result: String) {
    let (centers, spreads) = (numbers(scaling.centers), numbers(scaling.spreads))
    add("Add", [add("Mul", [input, spreads]), centers], result: result)
  }

  private mutating func numbers(_ list: [Double]) -> String {
    constant(shape: list.count == 1 ? [] : [list.count], floats: list.map(Float.init))
  }
}
