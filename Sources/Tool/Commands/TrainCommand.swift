import ArgumentParser
import Foundation
import SparringDatasets
import SparringEvaluation
import SparringExperiments
import SparringPresets
import SparringRecipes
import SparringReporting
import SparringTraining

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Trains a recipe in a run folder, or resumes one.",
    discussion: """
      Recipes:
      \(listed(AllRecipes.types.map { ($0.name, $0.summary) }))
      Presets, each of which names its recipe:
      \(listed(Presets.names.map { ($0, Presets.summary(of: $0)) }))

        sparring train PRESET --dataset mnist --labels 100 --seed 1
        sparring train RECIPE --dataset vectors.npy --set training.steps=1000
        sparring train RECIPE --preset PRESET --config file.yaml
        sparring train --resume runs/NAME
      """)

  @Argument(help: ArgumentHelp("A recipe, or a preset, which names its recipe.", valueName: "recipe|preset"))
  var recipe: String?

  @OptionGroup var options: RunOptions

  @Option(help: ArgumentHelp("The run folder's name; made from recipe, data set and seed when left out."))
  var name: String?

  @Option(name: .customLong("runs"), help: ArgumentHelp("Where run folders go.", valueName: "folder"))
  var runsFolder = "runs"

  @Option(help: ArgumentHelp("Continues the run in this folder bit for bit.", valueName: "run"))
  var resume: String?

  func run() throws {
    if let resume { return try goOn(RunFolder.open(URL(fileURLWithPath: resume))) }
    var layers = try options.layers()
    try begin(layers.recipeType(recipe), layers)
  }

  private func begin<Method: Recipe>(_ type: Method.Type, _ layers: ConfigurationLayers) throws {
    let configuration = try layers.configuration(for: type)
    let runs = URL(fileURLWithPath: runsFolder)
    // Before data are read, which may take minutes.
    try RunFolder.requireFree(name, in: runs)
    let experiment = try Experiment<Method>(configuration, progress: ReadingProgress().show)
    try finish(experiment, in: experiment.makeFolder(named: name, in: runs))
  }

  private func goOn(_ folder: RunFolder) throws {
    if let recipe { throw ToolError("--resume takes the recipe from the run folder; leave '\(recipe)' out") }
    guard options.areEmpty else {
      throw ToolError("--resume continues with the run's own configuration; leave every other option out")
    }
    func resume<Method: Recipe>(_ type: Method.Type) throws {
      let configuration = try folder.savedConfiguration(of: type)
      try finish(Experiment(configuration, resuming: folder, progress: ReadingProgress().show), in: folder)
    }
    try resume(folder.recipeType())
  }

  /// Trains and says in one or two lines what came of it.
  private func finish<Method: Recipe>(_ experiment: Experiment<Method>, in folder: RunFolder) throws {
    complain(aboutUnreadable: experiment.data.unreadableSummary)
    let interrupt = Interrupt()
    let progress = ConsoleProgress(console: .standardOutput(), label: nil)
    let path = folder.url.relativePath
    say("Training \(Method.name) in \(path): \(experiment.summary)")
    for remark in experiment.remarks { say(remark) }
    let outcome = try withExtendedLifetime(interrupt) {
      try experiment.run(in: folder, observers: [{ progress.show($0) }], stop: interrupt.request)
    }
    guard outcome.end.isComplete else {
      say("Stopped after step \(outcome.end.step). Resume with: sparring train --resume \(path)")
      throw ExitCode(130)
    }
    if let evaluation = outcome.evaluation {
      let (low, high) = (percentage(evaluation.interval.low), percentage(evaluation.interval.high))
      let examples = experiment.data.facts.shape.plural
      say("Test accuracy \(percentage(evaluation.accuracy)) [\(low), \(high)] on \(evaluation.count) \(examples)")
      if evaluation.confusion.hasUnequalClasses {
        say("Balanced accuracy \(percentage(evaluation.confusion.balancedAccuracy)), each class counting alike")
      }
    }
    say("Report: \(folder.report.relativePath)")
  }
}

func percentage(_ share: Double) -> String { String(format: "%.2f%%", share * 100) }
