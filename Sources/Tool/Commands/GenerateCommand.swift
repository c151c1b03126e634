import ArgumentParser
import SparringDatasets
import Foundation
import SparringExperiments
import SparringRecipes
import SparringReporting
import SparringTorch

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Makes images with a trained generator.",
    discussion: """
      Latents come from --seed, or from a safetensors file with one tensor [N, latentSize]. A .png output is a grid; \
      a .safetensors output holds 'images', float32 [N, C, H, W] on [-1, 1].
      """)

  @Argument(help: ArgumentHelp("The run's folder; or give --checkpoint.", valueName: "run"))
  var runFolder: String?

  @Option(help: ArgumentHelp("A checkpoint file.", valueName: "file"))
  var checkpoint: String?

  @Option(help: ArgumentHelp("Latents to start from, instead of random ones.", valueName: "file.safetensors"))
  var latents: String?

  @Option(help: "How many images to make from random latents.")
  var count = 64

  @Option(help: "What random latents flow from.")
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("grid.png or images.safetensors.", valueName: "file"))
  var output = "generated.png"

  @OptionGroup var place: DeviceOption

  func validate() throws {
    guard (runFolder == nil) != (checkpoint == nil) else {
      throw ValidationError("give either a run's folder or --checkpoint with a file")
    }
    guard count > 0 else { throw ValidationError("--count is \(count); use at least 1") }
    guard output.hasSuffix(".png") || output.hasSuffix(".safetensors") else {
      throw ValidationError("--output must end in .png or .safetensors, not '\(output)'")
    }
  }

  func run() throws {
    let file =
      if let checkpoint {
        URL(fileURLWithPath: checkpoint)
      } else {
        try RunFolder.open(URL(fileURLWithPath: runFolder ?? "")).newestCheckpoint()
      }
    let run = try TrainedRun(checkpoint: file, device: place.chosen())
    let type = type(of: run.recipe)
    try requireAbility(run.recipe is any ImageGenerating, of: type, to: "generate") { $0 is any ImageGenerating.Type }
    guard let generator = run.recipe as? any ImageGenerating else { return }
    let latents = try latents(size: generator.latentSize).to(run.device)
    var pieces: [Tensor] = []
    for part in try latents.split(into: 256) { pieces.append(try generator.generateImages(from: part)) }
    let images = try Tensor.concatenate(pieces).to(.cpu)
    let target = URL(fileURLWithPath: output)
    if output.hasSuffix(".png") {
      try write(PixelImages(images).grid(columns: columns(of: images)).png(), to: target)
    } else {
      try Safetensors.write(["images": images], metadata: ["checkpoint": file.lastPathComponent], to: target)
    }
    say("Wrote \(try images.size(0)) images to \(output)")
  }

  /// A grid about as wide as high.
  private func columns(of images: Tensor) throws -> Int {
    Int(Double(try images.size(0)).squareRoot().rounded(.up))
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

func write(_ data: Data, to file: URL) throws {
  do {
    try data.write(to: file, options: .atomic)
  } catch {
    throw ToolError("\(file.relativePath) cannot be written: is the folder there, and the disk not full?")
  }
}
