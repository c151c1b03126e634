import ArgumentParser
import Foundation
import SparringDatasets
import SparringExperiments
import SparringRecipes
import SparringReporting
import SparringTorch
import SparringTraining

struct CompleteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "complete", abstract: "Fills missing parts of pictures by a trained run.",
    discussion: """
      Pictures are files of any size, grey or in colour; of a folder, all in it and in the folders below; `-` reads one from \
      the standard input. What is known of a picture stays as it is; the results are PNG files. Without --mask, --box and \
      --random, what is transparent by more than half is missing, and the result is opaque; otherwise transparency stays.

      What is no picture is named and passed over; the status is then 1.

        sparring train completion --dataset photographs --image-size 64
        sparring complete runs/NAME holiday.jpg --box 120,80,64,48
        sparring complete runs/NAME scratched.png --mask scratches.png --output mended.png
      """)

  @OptionGroup var source: RestoringRun

  @Option(help: ArgumentHelp("A picture of the same size, white where a pixel is missing.", valueName: "file"))
  var mask: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The missing rectangle in pixels, from the left and the top.", valueName: "x,y,w,h"))
  var box: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The share of pixels that is missing, above 0 and below 1.", valueName: "share"))
  var random: Double?

  @Option(help: "How many fillings to make, numbered, by a run that gives several (options.latentSize).")
  var count = 1

  @Option(help: "What --random, and fillings of which there are several, flow from.")
  var seed: UInt64 = 1

  func validate() throws {
    guard [mask != nil, box != nil, random != nil].filter({ $0 }).count < 2 else {
      throw ValidationError("give one of --mask, --box and --random")
    }
    guard (1...1000).contains(count) else { throw ValidationError("--count is \(count); use 1 to 1000") }
    if let random, !(random > 0 && random < 1) {
      throw ValidationError("--random is \(random); use a share above 0 and below 1")
    }
  }

  func run() throws {
    let missing = try missingPart()
    let trained = try source.load()
    let type = type(of: trained.recipe)
    try requireAbility(trained.recipe is any ImageCompleting, of: type, to: "complete images") {
      $0 is any ImageCompleting.Type
    }
    guard let completion = PictureCompletion(trained) else { return }
    guard count == 1 || completion.isStochastic else {
      throw ToolError(
        "--count \(count): this run gives one filling; train one with --set options.latentSize=16 for several")
    }
    let files = try PictureFiles(source.inputs, output: source.output, word: "completed", count: count)
    try files.forEach { picture, name in
      let draws = try RandomGenerator(seed: seed, purpose: "missing pixels")
      let holes = try missing.holes(of: picture, named: name, using: draws)
      let random = try RandomGenerator(seed: seed, purpose: "fillings", device: trained.device)
      let fillings = try (0..<count).map { _ in
        try completion(picture, holes: holes, keepsOpacity: missing != .transparent, using: random)
      }
      if count > 1 { try noteLikeness(PictureCompletion.spread(of: fillings, holes: holes), of: name) }
      return fillings
    }
  }

  private func noteLikeness(_ spread: Double, of name: String) {
    guard spread < Self.leastSpread else { return }
    complain(
      "Note: \(name): the \(count) fillings are alike, \(String(format: "%.1f", spread)) levels of 255 apart: train longer, "
        + "unless what stands around the hole leaves nothing open")
  }

  /// In levels of 255, what an eye does not see.
  private static let leastSpread = 2.0

  /// - Throws: ``ToolError`` for a mask that is no picture, or a box that is none.
  private func missingPart() throws -> MissingPart {
    if let mask {
      do throws(DatasetError) {
        return .mask(try WholePicture(contentsOf: mask), name: mask)
      } catch {
        throw ToolError("--mask: \(error.message)")
      }
    }
    if let random { return .random(random) }
    guard let box else { return .transparent }
    let numbers = box.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 4, case let sides = numbers.compactMap(\.self), sides.count == 4,
      sides.allSatisfy({ $0 < 1 << 30 }), sides[0] >= 0, sides[1] >= 0, sides[2] > 0, sides[3] > 0
    else {
      throw ToolError(
        "--box \(box): use x,y,w,h in whole pixels, such as 40,20,64,48: x and y from 0, width and height from 1")
    }
    return .box(x: sides[0], y: sides[1], width: sides[2], height: sides[3])
  }
}

extension RestoringRun {
  /// The run's weights, ready for use.
  func load() throws -> TrainedRun {
    let file =
      if let checkpoint {
        URL(fileURLWithPath: checkpoint)
      } else {
        try RunFolder.open(URL(fileURLWithPath: words[0])).resultCheckpoint()
      }
    return try TrainedRun(checkpoint: file, device: place.chosen(), precision: .fp32)
  }
}
