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
      \(AllRecipes.types.map { "  \($0.name.padding(toLength: 22, withPad: " ", startingAt: 0))\($0.summary)" }
        .joined(separator: "\n"))

        sparring train few-labels-gan --dataset mnist --seed 1
        sparring train gan --preset cifar10-dcgan --dataset cifar10
        sparring train supervised --dataset vectors.npy --labels 100
        sparring train --resume runs/gan-cifar10-seed1
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
    try begin(chosenRecipe(&layers), layers)
  }

  private func begin<Method: Recipe>(_ type: Method.Type, _ layers: ConfigurationLayers) throws {
    let experiment = try Experiment<Method>(layers.configuration(for: type), progress: ReadingProgress().show)
    try finish(experiment, in: experiment.makeFolder(named: name, in: URL(fileURLWithPath: runsFolder)))
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

  /// The recipe that was typed, or that of the preset or file that was.
  private func chosenRecipe(_ layers: inout ConfigurationLayers) throws -> any Recipe.Type {
    guard let recipe else {
      guard let named = try layers.recipe() else {
        throw ToolError(
          "name a recipe (\(AllRecipes.names.joined(separator: ", "))) or a preset, or give --resume a run folder")
      }
      return try recipeType(named: named)
    }
    guard AllRecipes.named(recipe) == nil, Presets.names.contains(recipe) else { return try recipeType(named: recipe) }
    guard layers.preset == nil || layers.preset == recipe else {
      throw ToolError("two presets, '\(recipe)' and '\(layers.preset ?? "")': leave one out")
    }
    layers.preset = recipe
    guard let named = try layers.recipe() else {
      throw ToolError("preset \(recipe) names no recipe; name one before it")
    }
    return try recipeType(named: named)
  }

  /// Trains and says in one or two lines what came of it.
  private func finish<Method: Recipe>(_ experiment: Experiment<Method>, in folder: RunFolder) throws {
    complain(aboutUnreadable: experiment.data.unreadableSummary)
    let interrupt = Interrupt()
    let progress = ConsoleProgress(console: .standardOutput(), label: nil)
    let path = folder.url.relativePath
    say("Training \(Method.name) in \(path)")
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
    }
    say("Report: \(folder.report.relativePath)")
  }
}

func percentage(_ share: Double) -> String { String(format: "%.2f%%", share * 100) }
