import SparringDatasets
import SparringEvaluation
import Foundation
import SparringRecipes
import SparringTraining

@testable import SparringReporting

/// One grey pixel, a whole PNG file: pictures' content is no matter here.
let onePixelPNG =
  Data(
    base64Encoded:
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==") ?? Data()

/// A run as a training would leave it: losses, accuracies, samples, a warning and an evaluation.
@discardableResult
func makeRun(
  _ name: String, in runs: URL, classNames: [String] = ["zero", "one"], isEvaluated: Bool = true
) throws -> RunFolder {
  let folder = try RunFolder.create(named: name, in: runs)
  try folder.write(configuration: "recipe: gan\nnote: \"<script>alert(1)</script>\"\n")
  try folder.write(
    environment: RunEnvironment(
      versions: ["libtorch": "2.13.0"], cpu: "A & B", threads: 1, device: "cpu",
      date: Date(timeIntervalSince1970: 1_700_000_000), commandLine: ["sparring", "train"]))
  let recorder = RunRecorder(folder, encodePNG: { _ in onePixelPNG })
  let image = try PixelImages(bytes: [9], count: 1, height: 1, width: 1, channels: 1)
  try recorder.record(
    .started(
      RunStart(
        recipe: "semi-supervised-gan", totalSteps: 1000, stepsPerEpoch: 100, firstStep: 0,
        networks: [NetworkSize("generator", parameterCount: 1234)])))
  for step in stride(from: 100, through: 1000, by: 100) {
    let losses = [
      MeasuredValue(.discriminator, 1 / Double(step)), MeasuredValue(.generator, step == 500 ? .nan : 0.7),
    ]
    try recorder.record(
      .stepped(
        StepReport(
          step: step, epoch: step / 100, losses: losses, learningRate: 1e-3, seconds: 1, imagesPerSecond: 1000)))
    try recorder.record(
      .measured(.init(step: step, split: "validation", values: [MeasuredValue(.accuracy, Double(step) / 1100)])))
    try recorder.record(.sampled(SampleReport(step: step, images: image)))
  }
  try recorder.record(.warned(StabilityWarning(step: 500, message: "the loss is <not> a number")))
  try recorder.record(.finished(RunEnd(step: 1000, isComplete: true, seconds: 61, imagePasses: 64_000)))
  if isEvaluated {
    let answers = try Predictions(
      probabilities: [0.9, 0.1, 0.8, 0.2, 0.3, 0.7], truths: [0, 1, 1], classCount: 2)
    try folder.write(
      evaluation: answers, split: "test", classNames: classNames, image: { _ in image },
      encodePNG: { _ in onePixelPNG })
  }
  return folder
}

/// Two recipes over as many seeds as there are figures, saved in `runs/demo` with their runs.
@discardableResult
func makeComparison(in runs: URL, baseline: [Double], method: [Double]) throws -> URL {
  let folder = runs.appendingPathComponent("demo")
  func arm(_ recipe: String, _ accuracies: [Double]) throws -> Comparison.Arm {
    try Comparison.Arm(
      recipe: recipe,
      rows: accuracies.enumerated().map { seed, accuracy in
        let run = try makeRun("\(recipe)-seed\(seed)", in: folder)
        try Report.write(run: run)
        return .init(
          seed: seed, accuracy: accuracy, seconds: 61, steps: 1000, imagePasses: 64_000,
          runFolder: run.name)
      })
  }
  let comparison = try Comparison(
    dataset: "MNIST", labelCount: 100, split: "test", imageCount: 10_000,
    arms: [arm("supervised", baseline), arm("semi-supervised-gan", method)], baseline: "supervised",
    method: "semi-supervised-gan")
  try comparison.write(to: folder)
  return folder
}
