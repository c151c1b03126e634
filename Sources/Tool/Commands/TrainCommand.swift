import ArgumentParser
import SparringEvaluation
import Foundation
import SparringReporting
import SparringTraining

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Trains a recipe in a run folder, or resumes one.",
    discussion: """
      Recipes: \(Experiments.names.joined(separator: ", ")).

        sparring train semi-supervised-gan --dataset mnist --labels 100 --seed 1
        sparring train gan --preset cifar10-dcgan --dataset cifar10
        sparring train --resume runs/gan-cifar10-seed1
      """)

  @Argument(help: ArgumentHelp("What to train; left out when resuming.", valueName: "recipe"))
  var recipe: String?

  @OptionGroup var options: RunOptions

  @Option(help: ArgumentHelp("The run folder's name; made from recipe, data set and seed when left out."))
  var name: String?

  @Option(name: .customLong("runs"), help: ArgumentHelp("Where run folders go.", valueName: "folder"))
  var runsFolder = "runs"

  @Option(help: ArgumentHelp("Continues the run in this folder bit for bit.", valueName: "run"))
  var resume: String?

  func run() throws {
    if let resume {
      guard recipe == nil else {
        throw ToolError("--resume takes the recipe from the run folder; leave '\(recipe ?? "")' out")
      }
      let folder = try RunFolder.open(URL(fileURLWithPath: resume))
      try Experiments.perform(ResumeTask(folder: folder, options: options), onRecipe: recipeName(of: folder))
      return
    }
    guard let recipe else {
      throw ToolError("name a recipe (\(Experiments.names.joined(separator: ", "))) or give --resume a run folder")
    }
    try Experiments.perform(
      TrainTask(options: options, name: name, runs: URL(fileURLWithPath: runsFolder)), onRecipe: recipe)
  }
}

private struct TrainTask: ExperimentTask {
  let options: RunOptions
  let name: String?
  let runs: URL

  func run<Chosen: Experiment>(_ experiment: Chosen.Type) throws {
    let session = try Session<Chosen>(options.resolve(Chosen.defaults))
    let folder = try session.makeFolder(named: name, in: runs)
    try finish(session, in: folder)
  }
}

private struct ResumeTask: ExperimentTask {
  let folder: RunFolder
  let options: RunOptions

  func run<Chosen: Experiment>(_ experiment: Chosen.Type) throws {
    guard options.areEmpty else {
      throw ToolError("--resume continues with the run's own configuration; leave every other option out")
    }
    try finish(Session<Chosen>(savedConfiguration(of: Chosen.self, in: folder)), in: folder)
  }
}

/// Trains and says in one or two lines what came of it.
private func finish<Chosen: Experiment>(_ session: Session<Chosen>, in folder: RunFolder) throws {
  let interrupt = Interrupt()
  let path = folder.url.relativePath
  say("Training \(Chosen.name) in \(path)")
  let outcome = try withExtendedLifetime(interrupt) { try session.run(in: folder, stop: interrupt.request) }
  guard outcome.end.isComplete else {
    say("Stopped after step \(outcome.end.step). Resume with: sparring train --resume \(path)")
    throw ExitCode(130)
  }
  if let evaluation = outcome.evaluation {
    say(
      "Test accuracy \(percentage(evaluation.accuracy)) [\(percentage(evaluation.interval.low)), \(percentage(evaluation.interval.high))] on \(evaluation.count) images"
    )
  }
  say("Report: \(folder.report.relativePath)")
}

func percentage(_ share: Double) -> String { String(format: "%.2f%%", share * 100) }
