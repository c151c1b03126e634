import ArgumentParser
import SparringDatasets
import Foundation
import SparringExperiments
import SparringRecipes
import SparringReporting
import SparringTraining
import SparringTorch

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Makes images or vectors with a trained generator.",
    discussion: """
      Latents come from --seed, or from a safetensors file with one tensor [N, latentSize]. Images: a .png output is a \
      grid; a .npy holds bytes [N, C, H, W]; a .safetensors holds 'images', float32 [N, C, H, W] on [-1, 1]. Vectors, in \
      the units of the data: a .npy or .csv, or a .safetensors with 'examples', float32 [N, features].
      """)

  @Argument(help: ArgumentHelp("The run's folder; or give --checkpoint.", valueName: "run"))
  var runFolder: String?

  @Option(help: ArgumentHelp("A checkpoint file.", valueName: "file"))
  var checkpoint: String?

  @Option(help: ArgumentHelp("Latents to start from, instead of random ones.", valueName: "file.safetensors"))
  var latents: String?

  @Option(help: "How many examples to make from random latents.")
  var count = 64

  @Option(
    name: .customLong("class"),
    help: ArgumentHelp("The class of all examples, for a generator that has classes.", valueName: "name"))
  var className: String?

  @Option(help: "What random latents flow from.")
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp(
      "Such as grid.png or vectors.npy; generated.png for images and generated.npy for vectors when left out.",
      valueName: "file"))
  var output: String?

  @OptionGroup var place: DeviceOption

  func validate() throws {
    guard (runFolder == nil) != (checkpoint == nil) else {
      throw ValidationError("give either a run's folder or --checkpoint with a file")
    }
    guard count > 0 else { throw ValidationError("--count is \(count); use at least 1") }
    if let output, !["png", "npy", "safetensors", "csv"].contains(ending(of: output)) {
      throw ValidationError("--output must end in .png, .npy, .safetensors or .csv, not '\(output)'")
    }
  }

  func run() throws {
    let file =
      if let checkpoint {
        URL(fileURLWithPath: checkpoint)
      } else {
        try RunFolder.open(URL(fileURLWithPath: runFolder ?? "")).resultCheckpoint()
      }
    let run = try TrainedRun(checkpoint: file, device: place.chosen())
    let type = type(of: run.recipe)
    try requireAbility(run.recipe is any ImageGenerating, of: type, to: "generate") { $0 is any ImageGenerating.Type }
    guard let generator = run.recipe as? any ImageGenerating else { return }
    let target = try target(run.facts)
    let latents = try latents(size: generator.latentSize).to(run.device)
    var pieces: [Tensor] = []
    let make = try maker(generator, facts: run.facts, recipe: type.name)
    for part in try latents.split(into: 256) { pieces.append(try make(part)) }
    let examples = try Tensor.concatenate(pieces).to(.cpu)
    guard try examples.isFinite() else {
      throw ToolError("\(file.relativePath) makes numbers that are none: its weights are broken; train again")
    }
    try write(examples, of: run.facts, to: target, metadata: ["checkpoint": file.lastPathComponent])
    say("Wrote \(try examples.size(0)) \(run.facts.shape.plural) to \(target)")
  }

  /// Latents to examples: of every class in turn, or of the one that is asked for.
  private func maker(
    _ generator: any ImageGenerating, facts: DataFacts, recipe: String
  ) throws -> (Tensor) throws -> Tensor {
    guard let className else { return { try generator.generateImages(from: $0) } }
    guard let generator = generator as? any ClassConditionalGenerating else {
      throw ToolError("--class: \(recipe) generates without classes; leave it out")
    }
    guard let label = facts.classNames.firstIndex(of: className) else {
      throw ToolError(
        "--class: there is no class '\(className)'\(suggestion(for: className, among: facts.classNames)); the classes are "
          + facts.classNames.prefix(20).joined(separator: ", "))
    }
    return { latents in
      let labels = try Tensor(indices: [Int](repeating: label, count: latents.size(0))).to(latents.device)
      return try generator.generateImages(from: latents, labels: labels)
    }
  }

  private func ending(of path: String) -> String { (path as NSString).pathExtension.lowercased() }

  /// - Throws: ``ToolError`` for a kind of file that cannot hold such examples, before any is made.
  private func target(_ facts: DataFacts) throws -> String {
    let target = output ?? (facts.shape.isImage ? "generated.png" : "generated.npy")
    if facts.shape.isImage, ending(of: target) == "csv" {
      throw ToolError("\(target): images do not fit into a table; use .png, .npy or .safetensors")
    }
    if !facts.shape.isImage, ending(of: target) == "png" {
      throw ToolError("\(target): vectors of \(facts.shape) are no pictures; use .npy, .safetensors or .csv")
    }
    return target
  }

  private func write(
    _ examples: Tensor, of facts: DataFacts, to target: String, metadata: [String: String]
  ) throws {
    let url = URL(fileURLWithPath: target)
    switch (facts.shape, ending(of: target)) {
    case (.image, "png"):
      let images = try PixelImages(examples)
      try save(images.grid(columns: images.squarestColumns).png(), to: url)
    case (.image, "npy"): try NPY.write(PixelImages(examples).tensor(), to: target)
    case (.image, _): try Safetensors.write(["images": examples], metadata: metadata, to: url)
    case (.vector, "npy"): try NPY.write(facts.scaling.unscaled(examples), to: target)
    case (.vector, "csv"):
      try save(CSV.text(facts.scaling.unscaled(examples), names: facts.featureNames), to: url)
    case (.vector, _):
      try Safetensors.write(["examples": facts.scaling.unscaled(examples)], metadata: metadata, to: url)
    }
  }

  private func latents(size: Int) throws -> Tensor {
    guard let path = latents else {
      return try Tensor.normal(
        [count, size], using: RandomGenerator(seed: seed, purpose: "generated latents"))
    }
    let tensors = try Safetensors.read(URL(fileURLWithPath: path)).tensors
    guard let latents = tensors["latents"] ?? (tensors.count == 1 ? tensors.values.first : nil) else {
      throw ToolError("\(path) holds \(tensors.count) tensors and none is called 'latents'")
    }
    guard latents.rank == 2, latents.shape[1] == size, latents.shape[0] > 0 else {
      throw ToolError("\(path): the latents have shape \(latents.shape), but the generator takes [N, \(size)]")
    }
    return try latents.to(.float32)
  }
}

func save(_ data: Data, to file: URL) throws {
  do {
    try AtomicFile.write(data, to: file)
  } catch {
    throw ToolError("\(file.relativePath) cannot be written: is the folder there, and the disk not full?")
  }
}
