import ArgumentParser
import SparringDatasets
import Foundation
import SparringExperiments
import SparringRecipes
import SparringReporting
import SparringTorch
import SparringTraining

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Makes images or vectors with a trained generator.",
    discussion: """
        sparring generate runs/g --count 64 --output grid.png            one grid
        sparring generate runs/g --count 1000 --output made/             a picture each, in a folder
        sparring generate runs/c --per-class 8 --output classes.png      a row for each class
        sparring generate runs/c --class cat --count 16 --truncation 1   of one class; none far from the usual
        sparring generate runs/g --interpolate 8 --output strips.png     from one latent to another in each row
        sparring generate runs/g --animate 24 --count 16 --output moving.png

      Latents come from --seed, or from a safetensors file with one tensor [N, latentSize]. Images: a .png output is a \
      grid; a folder (an ending / makes one) gets a .png each; a .npy holds bytes [N, C, H, W]; a .safetensors holds \
      'images', float32 [N, C, H, W] on [-1, 1]. Vectors, in the units of the data: a .npy or .csv, or a .safetensors with \
      'examples', float32 [N, features]. An animation is an animated PNG, which browsers play.
      """)

  @Argument(help: ArgumentHelp("The run's folder; or give --checkpoint.", valueName: "run"))
  var runFolder: String?

  @Option(help: ArgumentHelp("A checkpoint file.", valueName: "file"))
  var checkpoint: String?

  @Option(help: ArgumentHelp("Latents to start from, instead of random ones.", valueName: "file.safetensors"))
  var latents: String?

  @Option(
    help: "How many examples to make from random latents; with --interpolate, rows (64; 8 rows, or 16 that move).")
  var count: Int?

  @Option(
    name: .customLong("class"),
    help: ArgumentHelp("The class of all examples, for a generator that has classes.", valueName: "name"))
  var className: String?

  @Option(help: ArgumentHelp("So many examples of every class, all from the same latents.", valueName: "count"))
  var perClass: Int?

  @Option(
    help: ArgumentHelp(
      "No number of a random latent is further from zero than this: below 2, better images that vary less.",
      valueName: "bound"))
  var truncation: Double?

  @Option(help: ArgumentHelp("So many steps from one random latent to another, in each row.", valueName: "steps"))
  var interpolate: Int?

  @Option(
    help: ArgumentHelp(
      "A sheet that moves from latent to latent and back to the first, with so many steps to each.", valueName: "steps")
  )
  var animate: Int?

  @Option(help: "What random latents flow from.")
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp(
      "Such as grid.png, made/ or vectors.npy; - for standard output; generated.png or, of vectors, .npy when left out.",
      valueName: "file"))
  var output: String?

  @OptionGroup var place: DeviceOption

  func validate() throws {
    guard (runFolder == nil) != (checkpoint == nil) else {
      throw ValidationError("give either a run's folder or --checkpoint with a file")
    }
    let numbers = [("count", count), ("per-class", perClass), ("interpolate", interpolate), ("animate", animate)]
    for (name, number) in numbers {
      guard let number, !(1...1_000_000).contains(number) else { continue }
      throw ValidationError("--\(name) is \(number); use 1 to 1,000,000")
    }
    if let truncation, !(truncation > 0 && truncation <= 10) {
      throw ValidationError("--truncation is \(truncation); use a number above 0, to 10")
    }
    try requireOneWay()
    if let output, output != "-", !isFolder(output), !["png", "npy", "safetensors", "csv"].contains(ending(of: output))
    {
      throw ValidationError(
        "--output must be -, end in .png, .npy, .safetensors or .csv, or name a folder by an ending /, not '\(output)'")
    }
  }

  /// What cannot be asked for together.
  private func requireOneWay() throws {
    let pairs: [(String, Bool, String, Bool)] = [
      ("--class", className != nil, "--per-class", perClass != nil),
      ("--count", count != nil, "--per-class", perClass != nil),
      ("--interpolate", interpolate != nil, "--per-class", perClass != nil),
      ("--interpolate", interpolate != nil, "--animate", animate != nil),
      ("--latents", latents != nil, "--truncation", truncation != nil),
      ("--latents", latents != nil, "--count", count != nil),
      ("--latents", latents != nil, "--interpolate", interpolate != nil),
      ("--latents", latents != nil, "--animate", animate != nil),
    ]
    for (first, isFirst, second, isSecond) in pairs where isFirst && isSecond {
      throw ValidationError("\(first) and \(second) do not go together; leave one out")
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
    let generation = try Generation(run)
    let classes = try classes(run.facts, of: type.name, generation)
    let writer = try GeneratedFile(output, facts: run.facts, isAnimated: animate != nil)
    do {
      if animate != nil {
        report(try writer.write(animation: frames(generation, classes)))
      } else {
        let made = try examples(generation, classes)
        report(
          try writer.write(
            made.examples, columns: made.columns, names: made.labels?.map { run.facts.classNames[$0] },
            metadata: ["checkpoint": file.lastPathComponent]))
      }
    } catch let broken as TorchError {
      throw ToolError("\(file.relativePath): \(broken.message)")
    }
  }

  /// Where the examples themselves are the output, nothing else is.
  private func report(_ written: String) {
    if output != "-" { say("Wrote \(written)") }
  }

  /// The classes that are asked for by number; nil for none in particular.
  private func classes(_ facts: DataFacts, of recipe: String, _ generation: Generation) throws -> [Int]? {
    guard className != nil || perClass != nil else { return nil }
    guard generation.hasClasses else {
      throw ToolError(
        "--\(className == nil ? "per-class" : "class"): this \(recipe) generates without classes; leave it out")
    }
    guard let className else { return Array(facts.classNames.indices) }
    guard let label = facts.classNames.firstIndex(of: className) else {
      throw ToolError(
        "--class: there is no class '\(className)'\(suggestion(for: className, among: facts.classNames)); the classes are "
          + facts.classNames.prefix(20).joined(separator: ", "))
    }
    return [label]
  }

  /// - Returns: Also the columns of a grid where rows mean something, and the examples' classes where they were asked for.
  private func examples(
    _ generation: Generation, _ classes: [Int]?
  ) throws -> (examples: Tensor, columns: Int?, labels: [Int]?) {
    if let interpolate {
      let rows = count ?? 8
      // The way and its end: as many columns as steps.
      let steps = try Generation.path(through: stops(generation, 2, rows), steps: max(1, interpolate - 1))
      let latents = try Tensor.stack(Array(steps.prefix(interpolate)), along: 1).reshaped(-1, generation.latentSize)
      // A row keeps its class.
      let ofRows = classes.map { [Int](repeating: $0[0], count: rows) } ?? generation.classesInTurn(rows)
      let labels = ofRows?.flatMap { [Int](repeating: $0, count: interpolate) }
      return (try generation.examples(from: latents, labels: labels), interpolate, classes == nil ? nil : labels)
    }
    let given = try latents.map { try readLatents($0, size: generation.latentSize) }
    let start = try given ?? generation.latents(perClass ?? count ?? 64, truncation: truncation, seed: seed)
    guard let classes else { return (try generation.examples(from: start), nil, nil) }
    let each = try start.size(0)
    let all = try Tensor.concatenate(classes.map { _ in start })
    let labels = classes.flatMap { [Int](repeating: $0, count: each) }
    return (try generation.examples(from: all, labels: labels), classes.count > 1 ? each : nil, labels)
  }

  /// The sheets of an animation, `[N, …]` each.
  private func frames(_ generation: Generation, _ classes: [Int]?) throws -> [Tensor] {
    let stops = try stops(generation, 4, perClass ?? count ?? 16)
    let path = try Generation.path(through: stops + stops.prefix(1), steps: animate ?? 1).dropLast()
    return try path.map { latents in
      guard let classes else { return try generation.examples(from: latents) }
      let labels = try classes.flatMap { try [Int](repeating: $0, count: latents.size(0)) }
      return try generation.examples(from: .concatenate(classes.map { _ in latents }), labels: labels)
    }
  }

  private func stops(_ generation: Generation, _ number: Int, _ count: Int) throws -> [Tensor] {
    try generation.latents(number * count, truncation: truncation, seed: seed).split(into: count)
  }

  private func readLatents(_ path: String, size: Int) throws -> Tensor {
    let tensors = try Safetensors.read(URL(fileURLWithPath: path)).tensors
    guard let latents = tensors["latents"] ?? (tensors.count == 1 ? tensors.values.first : nil) else {
      throw ToolError("\(path) holds \(tensors.count) tensors and none is called 'latents'")
    }
    guard latents.rank == 2, latents.shape[1] == size, latents.shape[0] > 0 else {
      throw ToolError("\(path): the latents have shape \(latents.shape), but the generator takes [N, \(size)]")
    }
    let numbers = try latents.to(.float32)
    guard try numbers.isFinite() else {
      throw ToolError("\(path): among the latents are numbers that are none, or infinite")
    }
    return numbers
  }
}
