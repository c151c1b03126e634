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

  @Argument(
    help: ArgumentHelp("A recipe, or a preset, which names its recipe.", valueName: "recipe|preset"),
    completion: .list(AllRecipes.names + Presets.names))
  var recipe: String?

  @OptionGroup var options: RunOptions

  @Option(help: ArgumentHelp("The run folder's name; made from recipe, data set and seed when left out."))
  var name: String?

  @Option(name: .customLong("runs"), help: ArgumentHelp("Where run folders go.", valueName: "folder"))
  var runsFolder = "runs"

  @Option(
    help: ArgumentHelp("Continues the run in this folder bit for bit.", valueName: "run"),
    completion: .custom { _, _, _ in Completions.runs() })
  var resume: String?

  @Option(
    help: ArgumentHelp(
      "Trains another recipe or preset afterwards, `supervised` for one, at as many image passes (a preset as it is), and compares the two on the test part.",
      valueName: "recipe|preset"))
  var against: String?

  func run() throws {
    if let resume { return try goOn(RunFolder.open(URL(fileURLWithPath: resume))) }
    var layers = try options.layers()
    try begin(layers.recipeType(recipe), layers)
  }

  private func begin<Method: Recipe>(_ type: Method.Type, _ layers: ConfigurationLayers) throws {
    let configuration = try layers.configuration(for: type)
    let against = try against.map { try Against($0, beside: type) }
    let runs = URL(fileURLWithPath: runsFolder)
    // Before data are read, which may take minutes.
    try RunFolder.requireFree(name, in: runs)
    let experiment = try Experiment<Method>(
      configuration, progress: ReadingProgress().show, featureProgress: ReadingProgress("Computing features").show)
    let folder = try experiment.makeFolder(named: name, in: runs)
    do {
      try against?.check(experiment, in: folder)
    } catch {
      try? FileManager.default.removeItem(at: folder.url)
      throw error
    }
    try finish(experiment, in: folder, against: against)
  }

  private func goOn(_ folder: RunFolder) throws {
    if let recipe { throw ToolError("--resume takes the recipe from the run folder; leave '\(recipe)' out") }
    guard name == nil, against == nil, runsFolder == "runs" else {
      throw ToolError("--resume goes on in the run's own folder; leave --name, --runs and --against out")
    }
    let steps = try furtherSteps()
    func resume<Method: Recipe>(_ type: Method.Type) throws {
      var configuration = try folder.savedConfiguration(of: type)
      if let steps {
        (configuration.training.steps, configuration.training.epochs) = (steps, 0)
        try configuration.validate()
        try folder.write(configuration: configuration.text())
      }
      try finish(
        Experiment(
          configuration, resuming: folder, progress: ReadingProgress().show,
          featureProgress: ReadingProgress("Computing features").show), in: folder, forLonger: steps != nil)
    }
    try resume(folder.recipeType())
  }

  /// How long a resumed run goes on, where that is asked for: the only thing that may change.
  private func furtherSteps() throws -> Int? {
    var others = options
    others.steps = nil
    let settings = others.settings.filter { $0.hasPrefix("training.steps=") }
    others.settings.removeAll { settings.contains($0) }
    guard others.areEmpty else {
      throw ToolError(
        "--resume continues with the run's own configuration; only --steps, to train on, may be given beside it")
    }
    guard let text = settings.last?.dropFirst("training.steps=".count) else { return options.steps }
    guard let steps = Int(text) else {
      throw ToolError("--set training.steps=\(text): the number of steps is no number")
    }
    return steps
  }

  /// Trains and says in one or two lines what came of it.
  private func finish<Method: Recipe>(
    _ experiment: Experiment<Method>, in folder: RunFolder, against: Against? = nil, forLonger: Bool = false
  ) throws {
    complain(aboutUnreadable: experiment.data.unreadableSummary)
    let interrupt = Interrupt()
    let progress = ConsoleProgress(console: .standardOutput(), label: nil)
    let path = folder.url.relativePath
    say("Training \(Method.name) in \(path): \(experiment.summary)")
    for remark in experiment.remarks { say(remark) }
    let outcome = try withExtendedLifetime(interrupt) {
      try experiment.run(
        in: folder, observers: [{ progress.show($0) }], stop: interrupt.request, forLonger: forLonger)
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
        say("Balanced accuracy \(percentage(evaluation.balancedAccuracy)), each class counting alike")
      }
    }
    if outcome.evaluation == nil, let samples = try folder.sampleSummary() { say(samples) }
    say("Report: \(folder.report.relativePath)")
    if let against {
      try withExtendedLifetime(interrupt) { try against.compare(experiment, outcome, stop: interrupt.request) }
    }
  }
}

func percentage(_ share: Double) -> String { String(format: "%.2f%%", share * 100) }
