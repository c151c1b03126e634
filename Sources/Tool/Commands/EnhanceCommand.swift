import ArgumentParser
import Foundation
import SparringDatasets
import SparringExperiments
import SparringRecipes
import SparringTorch

struct EnhanceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "enhance", abstract: "Enlarges pictures, or takes noise out of them, by a trained run.",
    discussion: """
      A run is trained for one scale (options.scale: 1, 2 or 4) and for noise up to a strength (options.denoise). Pictures \
      are files of any size, grey or in colour, with or without transparency; of a folder, all in it and in the folders \
      below; `-` reads one from the standard input. The results are PNG files.

      What is no picture is named and passed over; the status is then 1.

        sparring train enhancement --dataset photographs --image-size 64 --set options.scale=2
        sparring enhance runs/NAME small.jpg --scale 2 --output large.png
        sparring enhance runs/NAME noisy.png --denoise 20
      """)

  @OptionGroup var source: RestoringRun

  @Option(
    parsing: .unconditional,
    help: "How many times as high and wide; the run's own when left out, and no other is possible.")
  var scale: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The standard deviation of the pictures' noise in levels of 255, up to what the run was trained for; none when left out, or for a run of scale 1 the strongest.",
      valueName: "σ"))
  var denoise: Double?

  func run() throws {
    let trained = try source.load()
    let type = type(of: trained.recipe)
    try requireAbility(trained.recipe is any ImageEnhancing, of: type, to: "enhance images") {
      $0 is any ImageEnhancing.Type
    }
    guard let enhancement = PictureEnhancement(trained) else { return }
    let levels = enhancement.noiseLevels
    if let scale, scale != enhancement.scale {
      let advice =
        [1, 2, 4].contains(scale)
        ? "train one with sparring train enhancement --set options.scale=\(scale)" : "use 1, 2 or 4"
      throw ToolError("--scale \(scale): this run was trained for scale \(enhancement.scale); \(advice)")
    }
    let noise = denoise ?? (enhancement.scale == 1 ? levels.upperBound : 0)
    guard noise.isFinite, noise >= 0 else {
      throw ToolError("--denoise \(noise): use a standard deviation from 0, in levels of 255")
    }
    guard levels.contains(noise) else {
      throw ToolError(
        "--denoise \(noise): this run was trained for noise up to \(levels.upperBound); train one with sparring train "
          + "enhancement --set options.scale=\(enhancement.scale) --set options.denoise=\(noise)")
    }
    let files = try PictureFiles(source.inputs, output: source.output, word: "enhanced", count: 1)
    try files.forEach { picture, name in
      let pixels = picture.height * picture.width * enhancement.scale * enhancement.scale
      guard pixels <= ReadingLimits.current.pixels else {
        throw DatasetError("\(name) would become larger than \(ReadingLimits.current.pixels) pixels: make it smaller")
      }
      return [try enhancement(picture, noise: noise)]
    }
  }
}
