import ArgumentParser
import SparringDatasets
import Foundation
import SparringExperiments
import SparringRecipes
import SparringReporting
import SparringTorch

struct ClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify", abstract: "Names what images or vectors show, by a trained run.",
    discussion: """
      Images are PNG or JPEG files of any size, fitted as in training. A .npy, .safetensors or .csv file gives a line for \
      each of its rows, counted from 0; its numbers are scaled as the run's own were, and labels in it are passed over.
      """)

  @Argument(help: ArgumentHelp("The run's folder.", valueName: "run"))
  var runFolder: String

  @Argument(help: ArgumentHelp("Images, or files of examples.", valueName: "files"))
  var files: [String]

  @Option(help: "How many of the likeliest classes to print for each example.")
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
    for path in files {
      guard ExampleFile.isNamed(path) else {
        try classify(picture(path, run.facts), by: classifier, of: run) { _ in path }
        continue
      }
      try classify(ExampleFile.examples(in: path, for: run.facts), by: classifier, of: run) { "\(path)[\($0)]" }
    }
  }

  private func picture(_ path: String, _ facts: DataFacts) throws -> Tensor {
    guard case .image(let channels, let height, let width) = facts.shape else {
      let endings = ExampleFile.endings.map { ".\($0)" }.joined(separator: ", ")
      throw ToolError("\(path): the run takes vectors of \(facts.shape); give a file that ends in \(endings)")
    }
    let pixels = try ImageFile.fitted(path, size: ImageSize(height: height, width: width), channels: channels)
    return try facts.scaling.scaled(pixels)
  }

  /// A line for each example, a few hundred at a time.
  private func classify(
    _ examples: Tensor, by classifier: any ImageClassifying, of run: TrainedRun, name: (Int) -> String
  ) throws {
    let (names, shown) = (run.facts.classNames, min(top, run.facts.classCount))
    var row = 0
    for part in try examples.split(into: 500) {
      let (values, indices) = try classifier.classLogits(of: part.to(run.device)).softmax().largest(shown)
      let answers = try zip(indices.integers(), values.array(of: Double.self)).map { "\(names[$0]) \(percentage($1))" }
      for start in stride(from: 0, to: answers.count, by: shown) {
        say("\(name(row)): \(answers[start..<start + shown].joined(separator: ", "))")
        row += 1
      }
    }
  }
}
