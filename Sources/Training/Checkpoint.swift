package import Foundation
package import SparringDatasets
package import SparringRecipes
import SparringTorch

/// Everything that a run needs to go on bit for bit: networks, optimisers, averages, random states,
/// the place in the data and the loop's own counts; one safetensors file, no pickle.
///
/// Networks stand under their names (`discriminator.convolutions.0.weight`), so the file reads in
/// Python as expected; the rest stands under `optimizer:`, `average:`, `random:` and `batches:`.
package enum Checkpoint {
  static let formatVersion = "4"
  /// Written before checkpoints had a digest, and else the same.
  private static let olderVersion = "3"
  /// No run is longer.
  static let mostSteps = 1 << 40

  static func isKnown(format: String) -> Bool {
    [formatVersion, olderVersion].contains { format == "sparring checkpoint \($0)" }
  }

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
    /// What the watch remembers.
    var watch = WatchMemory()

    /// The beginning of a run: nothing done yet.
    package init() {}

    private enum CodingKeys: String, CodingKey {
      case step, seconds, imagePasses, meter, best, hasEndedEarly, patientSince, watch
    }

    /// Reads what a checkpoint holds; older ones know of no best state, and of no watch.
    package init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      step = try values.decode(Int.self, forKey: .step)
      seconds = try values.decode(Double.self, forKey: .seconds)
      imagePasses = try values.decode(Int.self, forKey: .imagePasses)
      meter = try values.decode(LossMeter.self, forKey: .meter)
      best = try values.decodeIfPresent(Best.self, forKey: .best)
      hasEndedEarly = try values.decodeIfPresent(Bool.self, forKey: .hasEndedEarly) ?? false
      patientSince = try values.decodeIfPresent(Int.self, forKey: .patientSince) ?? 0
      watch = try values.decodeIfPresent(WatchMemory.self, forKey: .watch) ?? WatchMemory()
      let counts = 0...Checkpoint.mostSteps
      guard counts.contains(step), (0...(1 << 60)).contains(imagePasses), (0...1e12).contains(seconds),
        counts.contains(patientSince), watch.isPossible, best.map({ counts.contains($0.step) }) ?? true
      else {
        throw DecodingError.dataCorruptedError(
          forKey: .step, in: values, debugDescription: "its counts are none that a run has")
      }
    }
  }

  /// A measurement that none was better than.
  package struct Best: Codable {
    /// Steps done by then.
    package let step: Int
    /// Higher is better.
    package let score: Double
  }

  /// Something that was to be saved is no longer a finite number.
  struct BrokenNumber: Error, CustomStringConvertible {
    let name: String
    var description: String { "'\(name)' is no longer a finite number: nothing was saved" }
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
    return names.compactMap(step(inFileName:)).sorted().map { folder.appending(path: fileName(step: $0)) }
  }

  /// The step in a checkpoint's file name; nil for other files.
  static func step(inFileName name: String) -> Int? {
    guard name.hasPrefix("step-"), name.hasSuffix(".safetensors"), let step = Int(name.dropFirst(5).dropLast(12)),
      step >= 0, name == fileName(step: step)
    else { return nil }
    return step
  }

  /// Writes a whole file beside the old ones, which stay as they are if anything fails.
  /// - Throws: ``BrokenNumber`` where a number to be kept is none any more.
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
    if let name = try FiniteCheck(tensors).firstBroken() { throw BrokenNumber(name: name) }
    let loop = String(decoding: try JSONEncoder().encode(progress), as: UTF8.self)
    var metadata = [
      "format": "sparring checkpoint \(formatVersion)", "recipe": type(of: recipe).name, "loop": loop,
      "configuration": configuration, "threads": "\(Machine.threadCount)",
    ]
    if let facts { metadata["data"] = String(decoding: try JSONEncoder().encode(facts), as: UTF8.self) }
    metadata[SavedRun.digestKey] = try SavedRun.digest(of: tensors, metadata)
    try Safetensors.write(tensors, metadata: metadata, to: file)
  }

  /// Puts a recipe and its batches back to where the file was written.
  /// - Throws: ``TrainingError`` or ``TorchError`` naming the file and what does not fit.
  package static func restore(
    _ recipe: some Recipe, batches: any BatchSource, from file: URL
  ) throws -> Progress {
    try restore(recipe, batches: batches, from: SavedRun(file: file), file)
  }

  static func restore(
    _ recipe: some Recipe, batches: any BatchSource, from saved: SavedRun, _ file: URL
  ) throws -> Progress {
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
    try restoreNetworks(of: recipe, from: SavedRun(file: file), file)
  }

  /// The same from a file that has been read.
  package static func restoreNetworks(of recipe: some Recipe, from saved: SavedRun, _ file: URL) throws {
    try saved.naming(file) {
      for network in recipe.networks { try network.value.load(saved.part(network.name + ".")) }
      for average in recipe.averages { try average.value.load(state: saved.part("average:\(average.name).")) }
    }
  }
}
