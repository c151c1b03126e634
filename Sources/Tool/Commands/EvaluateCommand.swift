import ArgumentParser
import SparringEvaluation
import Foundation
import SparringDatasets
import SparringExperiments
import SparringRecipes
import SparringReporting
import SparringTorch
import SparringTraining

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measures a run's classifier on the test part again.")

  @Argument(help: ArgumentHelp("The run's folder.", valueName: "run"))
  var runFolder: String

  @OptionGroup var place: DeviceOption

  func run() throws {
    let folder = try RunFolder.open(URL(fileURLWithPath: runFolder))
    try evaluate(folder.recipeType(), in: folder)
  }

  private func evaluate<Method: Recipe>(_ type: Method.Type, in folder: RunFolder) throws {
    try requireAbility(type is any ImageClassifying.Type, of: type, to: "classify") { $0 is any ImageClassifying.Type }
    var configuration = try folder.savedConfiguration(of: type)
    // A run that was trained elsewhere can be measured anywhere.
    configuration.device = try (place.chosen() ?? (try? Device(configuration.device)) ?? .cpu).description
    let experiment = try Experiment(configuration, resuming: folder, progress: ReadingProgress().show)
    complain(aboutUnreadable: experiment.data.unreadableSummary)
    try experiment.loadNetworks(from: folder.newestCheckpoint())
    guard let record = try experiment.evaluate(in: folder) else {
      throw ToolError("\(experiment.data.train.name) has no labelled test part to evaluate on")
    }
    say("Test accuracy \(percentage(record.accuracy)) on \(record.count) \(experiment.data.facts.shape.plural)")
    say("95% interval  \(percentage(record.interval.low)) to \(percentage(record.interval.high)) (Wilson)")
    say("Calibration   \(percentage(record.calibrationError)) expected error")
    let widest = record.classNames.map(\.count).max() ?? 0
    for (name, accuracy) in zip(record.classNames, record.confusion.perClassAccuracy) {
      say(
        "  \(name.padding(toLength: widest + 2, withPad: " ", startingAt: 0))\(accuracy.map(percentage) ?? "none")"
      )
    }
    try Report.write(run: folder)
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
