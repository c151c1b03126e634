import ArgumentParser
import SparringEvaluation
import Foundation
import SparringReporting
import SparringTorch
import SparringTraining

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measures a run's classifier on the test images again.")

  @Argument(help: ArgumentHelp("The run's folder.", valueName: "run"))
  var runFolder: String

  @OptionGroup var place: DeviceOption

  func run() throws {
    let folder = try RunFolder.open(URL(fileURLWithPath: runFolder))
    try Experiments.perform(EvaluateTask(folder: folder, place: place), onRecipe: recipeName(of: folder))
  }
}

private struct EvaluateTask: ExperimentTask {
  let folder: RunFolder
  let place: DeviceOption

  func run<Chosen: Experiment>(_ experiment: Chosen.Type) throws {
    var configuration = try savedConfiguration(of: Chosen.self, in: folder)
    configuration.device = try place.device(insteadOf: configuration.device).description
    let session = try Session<Chosen>(configuration)
    _ = try session.loadNetworks(from: newestCheckpoint(in: folder))
    guard let record = try session.evaluate(in: folder) else {
      throw ToolError("\(Chosen.name) does not classify; evaluate takes a supervised or semi-supervised-gan run")
    }
    say("Test accuracy \(percentage(record.accuracy)) on \(record.count) images")
    say("95% interval  \(percentage(record.interval.low)) to \(percentage(record.interval.high)) (Wilson)")
    say("Calibration   \(percentage(record.calibrationError)) expected error")
    let widest = record.classNames.map(\.count).max() ?? 0
    for (name, accuracy) in zip(record.classNames, record.confusion.perClassAccuracy) {
      say(
        "  \(name.padding(toLength: widest + 2, withPad: " ", startingAt: 0))\(accuracy.map(percentage) ?? "no images")"
      )
    }
    try Report.write(run: folder)
  }
}
