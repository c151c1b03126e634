import ArgumentParser
import Foundation
import SparringEvaluation
import SparringExperiments
import SparringExport
import SparringRecipes
import SparringReporting

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Writes a run's averaged network for other programs: ONNX, PyTorch, Core ML.",
    discussion: """
      NAME.onnx takes pixels as bytes and gives logits and probabilities; class names and what goes in stand in its \
      metadata. NAME.safetensors holds the weights, NAME.py beside it loads them with PyTorch, and core_ml.py makes a \
      Core ML model of that, on a Mac.
      """)

  @Argument(
    help: ArgumentHelp("The run's folder.", valueName: "run"), completion: .custom { _, _, _ in Completions.runs() })
  var runFolder: String

  @Option(name: .shortAndLong, help: ArgumentHelp("Where the files go; RUN/export when left out.", valueName: "folder"))
  var output: String?

  func run() throws {
    let folder = try RunFolder.open(URL(fileURLWithPath: runFolder))
    let run = try TrainedRun(checkpoint: folder.resultCheckpoint())
    var notes = ["sparring": SparringVersion.text, "run": folder.name]
    if let evaluation = try? folder.evaluationRecord() {
      // The file holds the network alone.
      let views = (run.recipe as? Supervised)?.averagesViews == true ? ", its answers averaged over six views" : ""
      notes["accuracy"] =
        "\(percentage(evaluation.accuracy))\(views) on \(evaluation.count) \(evaluation.split) examples, 95% interval "
        + "\(percentage(evaluation.interval.low)) to \(percentage(evaluation.interval.high))"
    }
    let export = try ModelExport(run.recipe, facts: run.facts, fit: run.pictureFit, notes: notes)
    let place = output.map { URL(fileURLWithPath: $0) } ?? folder.url.appending(path: "export")
    for file in try export.write(to: place) {
      let size = (try? file.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0
      say("\(file.relativePath)  \(size.formatted(.byteCount(style: .file)))")
    }
  }
}
