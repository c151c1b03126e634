import ArgumentParser
import Foundation
import SparringDatasets
import SparringEvaluation
import SparringExperiments
import SparringRecipes
import SparringReporting
import SparringTorch
import SparringTraining

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measures a run's classifier on the test part again, or on another data set.",
    discussion: """
      Of a run that completes or enhances images: PSNR, SSIM and, where Inception's weights are here, the Fréchet distance \
      on test images, beside methods without a network on the same damage.
      """)

  @Argument(
    help: ArgumentHelp("The run's folder.", valueName: "run"), completion: .custom { _, _, _ in Completions.runs() })
  var runFolder: String

  @Option(
    help: ArgumentHelp(
      "Another data set of the run's classes: its test part, or all that is labelled. The run's folder stays as it is.",
      valueName: "name|path"))
  var dataset: String?

  @Option(help: "Of a run that restores images: how many test images are measured.")
  var images = 500

  @Flag(inversion: .prefixedNo, help: "Of a run that restores images: whether the Fréchet distance is measured, too.")
  var frechet = true

  @OptionGroup var place: DeviceOption

  func validate() throws {
    guard images > 1 else { throw ValidationError("--images is \(images); use at least 2") }
  }

  func run() throws {
    let folder = try RunFolder.open(URL(fileURLWithPath: runFolder))
    try evaluate(folder.recipeType(), in: folder)
  }

  private func evaluate<Method: Recipe>(_ type: Method.Type, in folder: RunFolder) throws {
    if type.restores { return try evaluateRestoration(type, in: folder) }
    try requireAbility(type is any ImageClassifying.Type, of: type, to: "classify") { $0 is any ImageClassifying.Type }
    var configuration = try folder.savedConfiguration(of: type)
    if let dataset {
      let run = try TrainedRun(checkpoint: folder.resultCheckpoint(), device: place.chosen())
      (configuration.dataset.name, configuration.dataset.labels) = (dataset, 0)
      let (answers, examples) = try run.predictions(on: configuration.dataset, progress: ReadingProgress().show)
      return try show(answers, run.facts.classNames, "Accuracy     ", on: examples)
    }
    let lock = try RunLock(folder)
    defer { withExtendedLifetime(lock) {} }
    // A run that was trained elsewhere can be measured anywhere.
    configuration.device = try (place.chosen() ?? (try? Device(configuration.device)) ?? .cpu).description
    let experiment = try Experiment(
      configuration, resuming: folder, progress: ReadingProgress().show,
      featureProgress: ReadingProgress("Computing features").show)
    complain(aboutUnreadable: experiment.data.unreadableSummary)
    try experiment.loadNetworks(from: folder.resultCheckpoint())
    guard let test = experiment.data.test, let answers = try experiment.testPredictions() else {
      throw ToolError("\(experiment.data.train.name) has no labelled test part to evaluate on")
    }
    try experiment.record(answers, in: folder)
    try show(answers, experiment.data.facts.classNames, "Test accuracy", on: test)
    try Report.write(run: folder)
  }

  private func show(_ answers: Predictions, _ classNames: [String], _ title: String, on examples: Dataset) throws {
    let confusion = try answers.confusion()
    let interval = try Interval.wilson(successes: answers.correctCount, of: answers.count)
    say("\(title) \(percentage(answers.accuracy)) on \(answers.count) \(examples.shape.plural)")
    say("95% interval  \(percentage(interval.low)) to \(percentage(interval.high)) (Wilson)")
    say("Balanced      \(percentage(confusion.balancedAccuracy)), each class counting alike")
    say("Calibration   \(percentage(try answers.expectedCalibrationError())) expected error (15 bins)")
    let widest = classNames.map(\.count).max() ?? 0
    for (name, accuracy) in zip(classNames, confusion.perClassAccuracy) {
      say("  \(name.padding(toLength: widest + 2, withPad: " ", startingAt: 0))\(accuracy.map(percentage) ?? "none")")
    }
  }
}

/// - Throws: ``ToolError`` that lists the recipes with the ability, unless this one has it.
func requireAbility(
  _ holds: Bool, of type: any Recipe.Type, to ability: String, _ has: (any Recipe.Type) -> Bool
) throws {
  guard !holds else { return }
  let able = AllRecipes.types.filter(has).map { $0.name }.joined(separator: ", ")
  throw ToolError("\(type.name) does not \(ability); these recipes do: \(able)")
}
