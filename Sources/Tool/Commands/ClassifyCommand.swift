import ArgumentParser
import SparringDatasets
import Foundation
import SparringExperiments
import SparringRecipes
import SparringReporting
import SparringTorch

struct ClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify", abstract: "Names what PNG or JPEG images show, by a trained run.")

  @Argument(help: ArgumentHelp("The run's folder.", valueName: "run"))
  var runFolder: String

  @Argument(help: "Images of any size; they are cropped and resized as in training.")
  var images: [String]

  @Option(help: "How many of the likeliest classes to print for each image.")
  var top = 3

  @OptionGroup var place: DeviceOption

  func validate() throws {
    guard top > 0 else { throw ValidationError("--top is \(top); use at least 1") }
  }

  func run() throws {
    let folder = try RunFolder.open(URL(fileURLWithPath: runFolder))
    let run = try TrainedRun(checkpoint: folder.newestCheckpoint(), device: place.chosen())
    let type = type(of: run.recipe)
    try requireAbility(run.recipe is any ImageClassifying, of: type, to: "classify") { $0 is any ImageClassifying.Type }
    guard let classifier = run.recipe as? any ImageClassifying else { return }
    let facts = run.facts
    for path in images {
      guard case .image(let channels, let height, _) = facts.shape else {
        throw ToolError("this run classifies \(facts.shape.plural) of \(facts.shape), not pictures")
      }
      let pixels = try ImageFile.square(path, size: height, channels: channels)
      let logits = try classifier.classLogits(of: facts.scaling.scaled(pixels).to(run.device))
      let (values, indices) = try logits.softmax().largest(min(top, facts.classCount))
      let answers = try zip(indices.integers(), values.array(of: Double.self)).map {
        "\(facts.classNames[$0]) \(percentage($1))"
      }
      say("\(path): \(answers.joined(separator: ", "))")
    }
  }
}
