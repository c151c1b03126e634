import ArgumentParser
import SparringDatasets
import Foundation
import SparringModels
import SparringRecipes
import SparringReporting
import SparringTorch
import SparringTraining

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
    let file = try newestCheckpoint(in: folder)
    let saved = try SavedRun(file: file)
    try Experiments.perform(ClassifyTask(command: self, file: file, saved: saved), onRecipe: saved.recipe)
  }
}

private struct ClassifyTask: ExperimentTask {
  let command: ClassifyCommand
  let file: URL
  let saved: SavedRun

  func run<Chosen: Experiment>(_ experiment: Chosen.Type) throws {
    let recipe = try trainedRecipe(of: Chosen.self, saved: saved, file: file, place: command.place)
    guard let classifier = recipe as? any ImageClassifying, let sizes = sizes(recipe) else {
      throw ToolError("\(Chosen.name) does not classify; classify takes a supervised or semi-supervised-gan run")
    }
    let classNames = try configuration(of: Chosen.self, yaml: saved.configuration, source: file.path).dataset.classNames
    guard classNames.count == sizes.classCount else {
      throw ToolError("\(file.path) names \(classNames.count) classes for a network of \(sizes.classCount)")
    }
    for path in command.images {
      let pixels = try ImageFile.square(path, size: sizes.imageSize, channels: sizes.channels)
      let images = try Dataset.normalized(pixels.to(device(of: recipe)))
      let (values, indices) = try classifier.classLogits(of: images).softmax().largest(
        min(command.top, classNames.count))
      let answers = try zip(indices.integers(), values.array(of: Double.self)).map {
        "\(classNames[$0]) \(percentage($1))"
      }
      say("\(path): \(answers.joined(separator: ", "))")
    }
  }

  private func sizes(_ recipe: Any) -> ClassifierConfiguration? {
    let classifier = (recipe as? Supervised)?.classifier ?? (recipe as? SemiSupervisedGAN)?.classifier
    return classifier?.network.configuration
  }
}
