package import Foundation
package import SparringDatasets
package import SparringRecipes
package import SparringTorch

/// Everything that a run needs to go on bit for bit: networks, optimisers, averages, random states,
/// the place in the data and the loop's own counts; one safetensors file, no pickle.
///
/// Networks stand under their names (`discriminator.convolutions.0.weight`), so the file reads in
/// Python as expected; the rest stands under `optimizer:`, `average:`, `random:` and `batches:`.
package enum Checkpoint {
  static let formatVersion = "3"

  /// Where the loop stood.
  package struct Progress: Codable {
    /// Steps done.
    package var step = 0
    /// Seconds of training so far, over every part of the run.
    package var seconds = 0.0
    /// Images that passed forward through any trained network so far.
    package var imagePasses = 0
    var meter = LossMeter()
    /// The measurement that was best so far; nil where the best is not kept.
    package var best: Best?
    /// Whether patience has run out.
    var hasEndedEarly = false
    /// The step from which patience counts.
    var patientSince = 0

    /// The beginning of a run: nothing done yet.
    package init() {}

    private enum CodingKeys: String, CodingKey {
      case step, seconds, imagePasses, meter, best, hasEndedEarly, patientSince
    }

    /// Reads what a checkpoint holds; older ones know of no best state.
    package init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      step = try values.decode(Int.self, forKey: .step)
      seconds = try values.decode(Double.self, forKey: .seconds)
      imagePasses = try values.decode(Int.self, forKey: .imagePasses)
      meter = try values.decode(LossMeter.self, forKey: .meter)
      best = try values.decodeIfPresent(Best.self, forKey: .best)
      hasEndedEarly = try values.decodeIfPresent(Bool.self, forKey: .hasEndedEarly) ?? false
      patientSince = try values.decodeIfPresent(Int.self, forKey: .patientSince) ?? 0
    }
  }

  /// A measurement that none was better than.
  package struct Best: Codable {
    /// Steps done by then.
    package let step: Int
    /// Higher is better.
    package let score: Double
  }

  /// Where the state that measured best is kept.
  package static let bestFileName = "best.safetensors"

  /// A file's place in its folder: `step-000500.safetensors`.
  package static func fileName(step: Int) -> String {
    "step-" + String(repeating: "0", count: max(0, 6 - String(step).count)) + "\(step).safetensors"
  }

  /// The checkpoints in a folder, oldest first.
  package static func files(in folder: URL) -> [URL] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let steps = names.compactMap { name in
      name.hasPrefix("step-") && name.hasSuffix(".safetensors") ? Int(name.dropFirst(5).dropLast(12)) : nil
    }
    return steps.sorted().map { folder.appending(path: fileName(step: $0)) }
  }

  /// Writes a whole file beside the old ones, which stay as they are if anything fails.
  package static func write(
    _ recipe: some Recipe, batches: any BatchSource, progress: Progress, configuration: String, facts: DataFacts? = nil,
    to file: URL
  ) throws {
    var tensors: [String: Tensor] = [:]
    func add(_ prefix: String, _ state: [String: Tensor]) {
      for (path, tensor) in state { tensors[prefix + path] = tensor }
    }
    for network in recipe.networks { add(network.name + ".", network.value.state) }
    for optimizer in recipe.optimizers { add("optimizer:\(optimizer.name).", try optimizer.value.state()) }
    for average in recipe.averages { add("average:\(average.name).", try average.value.state()) }
    for generator in recipe.generators { add("random:", [generator.name: try generator.value.state()]) }
    add("batches:", try batches.state())
    let loop = String(decoding: try JSONEncoder().encode(progress), as: UTF8.self)
    var metadata = [
      "format": "sparring checkpoint \(formatVersion)", "recipe": type(of: recipe).name, "loop": loop,
      "configuration": configuration,
    ]
    if let facts { metadata["data"] = String(decoding: try JSONEncoder().encode(facts), as: UTF8.self) }
    try Safetensors.write(tensors, metadata: metadata, to: file)
  }

  /// Puts a recipe and its batches back to where the file was written.
  /// - Throws: ``TrainingError`` or ``TorchError`` naming the file and what does not fit.
  package static func restore(
    _ recipe: some Recipe, batches: any BatchSource, from file: URL
  ) throws -> Progress {
    let saved = try SavedRun(file: file)
    guard saved.recipe == type(of: recipe).name else {
      throw TrainingError("\(file.path) holds a run of '\(saved.recipe)', not of '\(type(of: recipe).name)'")
    }
    return try saved.naming(file) {
      for network in recipe.networks { try network.value.load(saved.part(network.name + ".")) }
      for optimizer in recipe.optimizers {
        try optimizer.value.load(state: saved.part("optimizer:\(optimizer.name)."))
      }
      for average in recipe.averages { try average.value.load(state: saved.part("average:\(average.name).")) }
      let states = saved.part("random:")
      for generator in recipe.generators {
        guard let state = states[generator.name] else {
          throw TrainingError("it has no random state '\(generator.name)'")
        }
        try generator.value.setState(state)
      }
      try batches.restore(saved.part("batches:"))
      return try JSONDecoder().decode(Progress.self, from: Data(saved.loop.utf8))
    }
  }

  /// Loads only the networks and their averages, as classifying and generating need.
  package static func restoreNetworks(of recipe: some Recipe, from file: URL) throws {
    let saved = try SavedRun(file: file)
    try saved.naming(file) {
      for network in recipe.networks { try network.value.load(saved.part(network.name + ".")) }
      for average in recipe.averages { try average.value.load(state: saved.part("average:\(average.name).")) }
    }
  }
}

/// A checkpoint as read, before anything is put back.
package struct SavedRun {
  /// The recipe's name.
  package let recipe: String
  /// The resolved configuration as YAML.
  package let configuration: String
  /// What the networks know of the data; nil where the trainer was not told.
  package let facts: DataFacts?
  let loop: String
  private let tensors: [String: Tensor]

  /// - Throws: ``TrainingError`` when the file is no checkpoint of ours, ``SafetensorsError`` when it is
  ///   damaged.
  package init(file: URL) throws {
    let (tensors, metadata) = try Safetensors.read(file)
    guard let format = metadata["format"], format.hasPrefix("sparring checkpoint"), let recipe = metadata["recipe"],
      let configuration = metadata["configuration"], let loop = metadata["loop"]
    else { throw TrainingError("\(file.path) is a safetensors file, but not a checkpoint of sparring") }
    guard format == "sparring checkpoint \(Checkpoint.formatVersion)" else {
      throw TrainingError(
        "\(file.path) has the format '\(format)', which this version cannot read: train again, or use the version that wrote it"
      )
    }
    (self.tensors, self.recipe, self.configuration, self.loop) = (tensors, recipe, configuration, loop)
    do {
      facts = try metadata["data"].map { try JSONDecoder().decode(DataFacts.self, from: Data($0.utf8)) }
      try facts?.validate()
    } catch {
      throw TrainingError("\(file.path) does not say what data it is for: \(error)")
    }
  }

  /// The parameters of a network's trunk by their paths in it, as averaged where the run kept an average.
  ///
  /// - Parameter name: The network's, such as `classifier`; where the run has none of that name, its only trunk serves.
  /// - Throws: ``TrainingError`` when there is none, or more than one to choose from.
  package func trunk(of name: String, in file: URL) throws -> [String: Tensor] {
    let names = Set(tensors.keys.filter { !$0.contains(":") && $0.contains(".trunk.") }.map { $0.prefix { $0 != "." } })
    guard let chosen = names.contains(name[...]) ? name[...] : names.count == 1 ? names.first : nil else {
      let found = names.isEmpty ? "no network with a trunk" : "the trunks of \(names.sorted().joined(separator: ", "))"
      throw TrainingError("\(file.path) holds \(found), and none of a \(name)")
    }
    return part("\(chosen).trunk.").merging(part("average:\(chosen).trunk.")) { $1 }
  }

  func part(_ prefix: String) -> [String: Tensor] {
    var found: [String: Tensor] = [:]
    for (path, tensor) in tensors where path.hasPrefix(prefix) { found[String(path.dropFirst(prefix.count))] = tensor }
    return found
  }

  /// Says which file an error is about.
  func naming<Result>(_ file: URL, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch {
      throw TrainingError("\(file.path): \(error)")
    }
  }
}
